/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.Demand;
import io.bouncedma.lab.DeviceMasks;
import io.bouncedma.lab.RestrictedDmaPool;
import io.bouncedma.lab.SmallestPool;
import io.bouncedma.lab.SwiotlbKind;
import io.bouncedma.lab.SwiotlbParameter;
import io.bouncedma.lab.SwiotlbSizing;
import io.bouncedma.lab.Trace;

import java.util.function.LongConsumer;

/**
 * What to write so that the kernel's own pool serves a trace.
 *
 * @param cpus            of the guest, or 0 if they are not known.
 * @param smallestBytes   of the default pool, if it could have any number of segments.
 * @param parameter       for the command line, or null if no pool serves.
 * @param restrictedBytes of the smallest pool of these devices alone, with their coherent memory; 0 if none serves.
 * @param node            for the device tree, or null if no such pool serves.
 */
record StressSwiotlb(
    int cpus,
    long smallestBytes,
    SwiotlbParameter parameter,
    long restrictedBytes,
    RestrictedDmaPool node)
{
    static StressSwiotlb of(
        final Trace trace,
        final DeviceMasks masks,
        final int cpus,
        final long smallestBytes,
        final LongConsumer progress)
    {
        final SwiotlbKind kind = new SwiotlbKind(masks, trace.devices(), true, 1);
        final SwiotlbKind usual = new SwiotlbKind(masks, trace.devices(), false, 1);
        // Without coherent memory the two pools serve the same.
        final long restrictedBytes = Demand.of(trace, kind).maps() == Demand.of(trace, usual).maps() ?
            smallestBytes : SmallestPool.searchSize(trace, kind, progress).poolBytes();
        return new StressSwiotlb(
            cpus,
            smallestBytes,
            SwiotlbSizing.parameter(trace, masks, cpus, smallestBytes, progress),
            restrictedBytes,
            restrictedBytes > 0 ? SwiotlbSizing.restricted(trace, masks, restrictedBytes, progress) : null);
    }

    /**
     * How much larger the pool is that the parameter makes, as a part of the smallest.
     */
    double margin()
    {
        return (double)(parameter.bytes() - smallestBytes) / smallestBytes;
    }

    /** Whether the kernel makes a larger pool if nothing is written. */
    boolean isBelowDefault()
    {
        return null != parameter && parameter.slots() < SwiotlbParameter.DEFAULT_SLOTS;
    }

    double nodeMargin()
    {
        return (double)(node.bytes() - restrictedBytes) / restrictedBytes;
    }
}
