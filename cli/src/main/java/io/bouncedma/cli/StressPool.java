/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.CpuOrder;
import io.bouncedma.lab.DmbModel;
import io.bouncedma.lab.MappingPolicy;
import io.bouncedma.lab.PoolKind;
import io.bouncedma.lab.SwiotlbKind;
import io.bouncedma.lab.Trace;

import java.util.function.Function;

/**
 * A pool to replay against, as often as is wanted: each time a new one.
 *
 * @param kind    of the pool.
 * @param length  bytes.
 * @param regions of each device, bytes, if that is what the pool is made of; else none.
 * @param cpus    that the guest could have, one or more.
 */
record StressPool(PoolKind kind, long length, long[] regions, int cpus)
{
    static StressPool of(final StressPolicy policy, final Trace trace, final long length, final StressGuest guest)
    {
        return new StressPool(policy.kind(trace.devices(), guest), length, new long[0], Math.max(1, guest.cpus()));
    }

    /**
     * The pool that a search found.
     */
    static StressPool found(final StressSearch search, final Trace trace, final StressGuest guest)
    {
        // The search is for one area, whatever the guest: its areas count where the line for the kernel is proved.
        final PoolKind kind = StressPolicy.SWIOTLB == search.policy() ?
            new SwiotlbKind(guest.masks(), trace.devices(), false, 1) :
            search.policy().kind(trace.devices(), guest);
        return new StressPool(kind, search.found().poolBytes(),
            search.regions().stream().mapToLong(region -> region.found().poolBytes()).toArray(),
            Math.max(1, guest.cpus()));
    }

    /**
     * Do something with an empty pool that is gone afterwards.
     */
    <T> T with(final Function<MappingPolicy, T> work)
    {
        return regions.length > 0 ?
            work.apply(new DmbModel(regions, cpus, CpuOrder.ROUND_ROBIN)) : kind.with(length, work);
    }
}
