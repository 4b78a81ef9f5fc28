/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

import io.bouncedma.lab.sizing.DeviceDemand.Chains;

import java.util.List;
import java.util.function.Predicate;

/**
 * What devices with full queues take of a pool, each mapping rounded up to what the allocator hands out. A pool can not
 * be smaller than the sum; how much larger it has to be is for a replay to say.
 *
 * @param coherent  bytes of rings and other memory that is used in place.
 * @param longLived bytes of buffers that wait in queues for what may never come.
 * @param transients bytes of requests in flight.
 */
public record PoolParts(long coherent, long longLived, long transients)
{
    /**
     * Add up what devices take.
     *
     * @param allocator of the pool.
     * @param devices   that share it.
     * @return the parts.
     */
    public static PoolParts of(final SizedAllocator allocator, final List<DeviceDemand> devices)
    {
        return new PoolParts(
            devices.stream().flatMap(device -> device.coherent().stream())
                .mapToLong(blocks -> allocator.coherent(blocks.bytes()) * blocks.count()).sum(),
            sum(allocator, devices, Chains::isLongLived),
            sum(allocator, devices, chains -> !chains.isLongLived()));
    }

    /**
     * All of them.
     *
     * @return bytes.
     */
    public long total()
    {
        return coherent + longLived + transients;
    }

    private static long sum(
        final SizedAllocator allocator, final List<DeviceDemand> devices, final Predicate<Chains> which)
    {
        return devices.stream().flatMap(device -> device.chains().stream()).filter(which)
            .mapToLong(chains -> allocator.chain(chains.elements()) * chains.queues() * chains.depth()).sum();
    }
}
