/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * Finds what to write for the kernel so that it serves a trace: the smallest pool with its margin, rounded as the
 * kernel does, and proved by replays, of the default pool with as many areas as the guest will have.
 */
public final class SwiotlbSizing
{
    /** If the guest's CPUs are not known, the answer holds for guests of 1 to so many. */
    public static final int MOST_CPUS = 64;

    private SwiotlbSizing()
    {
    }

    /**
     * Find the line.
     *
     * @param trace         that the pool must serve, without coherent memory.
     * @param masks         of its devices.
     * @param cpus          that the guest could have, or 0 if that is not known.
     * @param smallestBytes of the pool that {@link SmallestPool} found with one area.
     * @param progress      told each size that is tried.
     * @return the parameter, with areas if the CPUs are known; or null if no pool up to 64 GiB serves.
     */
    public static SwiotlbParameter parameter(
        final Trace trace,
        final DeviceMasks masks,
        final int cpus,
        final long smallestBytes,
        final LongConsumer progress)
    {
        final long wanted = SwiotlbParameter.withMargin(smallestBytes);
        for (long bytes = wanted; bytes <= SwiotlbPool.MAX_LENGTH; bytes *= 2)
        {
            final SwiotlbParameter parameter = SwiotlbParameter.atLeast(bytes, cpus);
            progress.accept(parameter.bytes());
            if (serves(trace, masks, parameter, cpus))
            {
                return parameter;
            }
        }
        return null;
    }

    /**
     * Find the node of the device tree, for devices that have a pool of their own.
     *
     * @param trace         that the pool must serve, with coherent memory.
     * @param masks         of its devices.
     * @param smallestBytes of the restricted pool that {@link SmallestPool} found.
     * @param progress      told each size that is tried.
     * @return the pool; or null if none up to 64 GiB serves.
     */
    public static RestrictedDmaPool restricted(
        final Trace trace, final DeviceMasks masks, final long smallestBytes, final LongConsumer progress)
    {
        final SwiotlbKind kind = new SwiotlbKind(masks, trace.devices(), true, 1);
        RestrictedDmaPool pool = RestrictedDmaPool.atLeast(SwiotlbParameter.withMargin(smallestBytes));
        while (pool.bytes() <= kind.maxLength())
        {
            progress.accept(pool.bytes());
            if (kind.fits(trace, pool.bytes()))
            {
                return pool;
            }
            pool = RestrictedDmaPool.atLeast(SwiotlbParameter.withMargin(pool.bytes()));
        }
        return null;
    }

    /**
     * Whether the pool that a guest makes of a line refuses nothing of a trace, with every order of its CPUs that is
     * tried: both ends, and sixteen in between.
     *
     * @param trace     to replay, without coherent memory.
     * @param masks     of its devices.
     * @param parameter to try.
     * @param cpus      that the guest could have, or 0 to try 1 to {@link #MOST_CPUS}, each doubled.
     * @return false at the first refusal.
     */
    public static boolean serves(
        final Trace trace, final DeviceMasks masks, final SwiotlbParameter parameter, final int cpus)
    {
        // CPUs in between have the areas of the next power of two, and scatter what they map much as that many do.
        final IntStream tried = 0 < cpus ? IntStream.of(cpus) : IntStream.iterate(1, i -> i <= MOST_CPUS, i -> 2 * i);
        return tried.mapToObj(parameter::pool).allMatch(pool -> CpuOrder.allFit(pool.areas(), (order, seed) ->
            Replay.fits(trace, new SwiotlbModel(pool, order, seed, masks, trace.devices()))));
    }
}
