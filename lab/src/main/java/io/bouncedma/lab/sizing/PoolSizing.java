/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

import io.bouncedma.lab.BouncePoolKind;
import io.bouncedma.lab.DeviceMasks;
import io.bouncedma.lab.DmbKind;
import io.bouncedma.lab.DmbShape;
import io.bouncedma.lab.PoolKind;
import io.bouncedma.lab.SmallestPool;
import io.bouncedma.lab.SwiotlbKind;
import io.bouncedma.lab.SwiotlbModel;
import io.bouncedma.lab.Trace;

import java.util.List;
import java.util.function.LongConsumer;

/**
 * The smallest pool for devices whose queues are full. What mappings take is a sum; what an allocator needs beside it,
 * because what is free is in pieces, follows from how it works, up to as much again. So the devices' workload is made
 * and replayed, and the smallest pool that refuses nothing of it is searched.
 */
public final class PoolSizing
{
    /** Of the order in which chains end. */
    private static final long SEED = 42;

    private PoolSizing()
    {
    }

    /**
     * What an allocator needs.
     *
     * @param parts      of what is mapped, rounded up to what the allocator hands out.
     * @param poolBytes  the smallest pool that served the replay; 0 if none of any size does.
     * @param maxMapping the most bytes of one mapping: what that pool grants, or if there is none one of any size.
     */
    public record Result(PoolParts parts, long poolBytes, long maxMapping)
    {
        /**
         * Whether there is a pool.
         *
         * @return false if none is large enough.
         */
        public boolean isFound()
        {
            return poolBytes > 0;
        }

        /**
         * What the pool has beside what is mapped: free pieces that nothing fits into, and what is never handed out.
         *
         * @return bytes; 0 if there is no pool.
         */
        public long beside()
        {
            return isFound() ? poolBytes - parts.total() : 0;
        }
    }

    /**
     * Search a pool that devices share, or one region that a device has for itself.
     *
     * @param allocator of the pool; {@link SizedAllocator#DMB} for one device only.
     * @param devices   that use it.
     * @param cpus      that the guest could have, one or more.
     * @param progress  told each size that is tried.
     * @return what it needs.
     * @throws IllegalArgumentException if the devices have more mappings than {@link QueueWorkload#MAX_LIVE}, or a
     *                                  region is to be shared.
     */
    public static Result of(
        final SizedAllocator allocator,
        final List<DeviceDemand> devices,
        final int cpus,
        final LongConsumer progress)
    {
        if (SizedAllocator.DMB == allocator && devices.size() > 1)
        {
            throw new IllegalArgumentException("a region is one device's alone: devices=" + devices.size());
        }
        final Trace trace = workload(devices);
        final PoolKind kind = switch (allocator)
        {
            case BOUNCE_DMA -> new BouncePoolKind(DeviceMasks.NONE, trace.devices());
            case SWIOTLB -> new SwiotlbKind(DeviceMasks.NONE, trace.devices(), false, cpus);
            case DMB -> new DmbKind(devices.size(), cpus);
        };
        final SmallestPool.Result found = SmallestPool.searchSize(trace, kind, progress);
        return new Result(
            PoolParts.of(allocator, devices), found.poolBytes(), maxMapping(allocator, kind, found.poolBytes(), cpus));
    }

    /**
     * The workload that is replayed.
     *
     * @param devices whose queues are full.
     * @return the same trace for the same devices.
     * @throws IllegalArgumentException as {@link QueueWorkload#generate}.
     */
    public static Trace workload(final List<DeviceDemand> devices)
    {
        return QueueWorkload.generate("queues", devices, SEED);
    }

    private static long maxMapping(
        final SizedAllocator allocator, final PoolKind kind, final long found, final int cpus)
    {
        final long length = found > 0 ? found : kind.maxLength();
        return switch (allocator)
        {
            case BOUNCE_DMA -> length;
            case SWIOTLB -> SwiotlbModel.maxMapping(0);
            case DMB -> DmbShape.of(length, cpus).maxMapping();
        };
    }
}
