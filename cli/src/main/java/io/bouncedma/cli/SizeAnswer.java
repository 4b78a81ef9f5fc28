/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.DeviceMasks;
import io.bouncedma.lab.sizing.DeviceDemand;
import io.bouncedma.lab.sizing.DriverModel;
import io.bouncedma.lab.sizing.PoolParts;
import io.bouncedma.lab.sizing.PoolSizing;
import io.bouncedma.lab.sizing.QueueWorkload;
import io.bouncedma.lab.sizing.SizedAllocator;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * What was found out of pools for some devices.
 *
 * @param drivers   that map.
 * @param cpus      that the guest could have, or 0 if that is not known.
 * @param devices   whose queues are full.
 * @param each      by device and allocator: what it needs alone.
 * @param total     by allocator: what all of them need, of one common pool or of a region each.
 * @param swiotlb   what to write for the kernel, or null if no pool of its own serves.
 */
record SizeAnswer(
    DriverModel drivers,
    int cpus,
    List<SizeDevices.Device> devices,
    Map<String, Map<SizedAllocator, PoolSizing.Result>> each,
    Map<SizedAllocator, PoolSizing.Result> total,
    StressSwiotlb swiotlb)
{
    static SizeAnswer find(final DriverModel drivers, final int cpus, final List<SizeDevices.Device> devices)
    {
        final Progress progress = new Progress();
        QueueWorkload.requireLive(devices.stream().map(SizeDevices.Device::demand).toList());
        try
        {
            final Map<String, Map<SizedAllocator, PoolSizing.Result>> each = new LinkedHashMap<>();
            for (final SizeDevices.Device device : devices)
            {
                final Map<SizedAllocator, PoolSizing.Result> results = new EnumMap<>(SizedAllocator.class);
                for (final SizedAllocator allocator : SizedAllocator.values())
                {
                    results.put(allocator, size(allocator, List.of(device.demand()), cpus, progress));
                }
                each.put(device.name(), results);
            }
            final List<DeviceDemand> demands = devices.stream().map(SizeDevices.Device::demand).toList();
            final Map<SizedAllocator, PoolSizing.Result> total = 1 == devices.size() ?
                each.values().iterator().next() : together(demands, each, cpus, progress);
            return new SizeAnswer(drivers, cpus, devices, each, total, swiotlb(total, demands, cpus, progress));
        }
        finally
        {
            progress.clear();
        }
    }

    private static Map<SizedAllocator, PoolSizing.Result> together(
        final List<DeviceDemand> demands,
        final Map<String, Map<SizedAllocator, PoolSizing.Result>> each,
        final int cpus,
        final Progress progress)
    {
        final Map<SizedAllocator, PoolSizing.Result> total = new EnumMap<>(SizedAllocator.class);
        total.put(SizedAllocator.BOUNCE_DMA, size(SizedAllocator.BOUNCE_DMA, demands, cpus, progress));
        total.put(SizedAllocator.SWIOTLB, size(SizedAllocator.SWIOTLB, demands, cpus, progress));
        // Nothing is shared of regions, so they add up; a mapping fits if it does into that of its device.
        final List<PoolSizing.Result> regions = each.values().stream()
            .map(results -> results.get(SizedAllocator.DMB)).toList();
        total.put(SizedAllocator.DMB, new PoolSizing.Result(PoolParts.of(SizedAllocator.DMB, demands),
            regions.stream().allMatch(PoolSizing.Result::isFound) ?
                regions.stream().mapToLong(PoolSizing.Result::poolBytes).sum() : 0,
            regions.stream().mapToLong(PoolSizing.Result::maxMapping).min().orElse(0)));
        return total;
    }

    private static PoolSizing.Result size(
        final SizedAllocator allocator, final List<DeviceDemand> demands, final int cpus, final Progress progress)
    {
        // A region is divided by the CPUs, too; there is no one size for all numbers of them.
        return PoolSizing.of(allocator, demands, Math.max(1, cpus), tell(allocator, demands, progress));
    }

    private static StressSwiotlb swiotlb(
        final Map<SizedAllocator, PoolSizing.Result> total,
        final List<DeviceDemand> demands,
        final int cpus,
        final Progress progress)
    {
        final PoolSizing.Result smallest = total.get(SizedAllocator.SWIOTLB);
        return smallest.isFound() ? StressSwiotlb.of(PoolSizing.workload(demands), DeviceMasks.NONE, cpus,
            smallest.poolBytes(), tell(SizedAllocator.SWIOTLB, demands, progress)) : null;
    }

    private static LongConsumer tell(
        final SizedAllocator allocator, final List<DeviceDemand> demands, final Progress progress)
    {
        return length -> progress.show(() -> "trying " + allocator.label() + " with " + ByteSize.describe(length) +
            " for " + demands.getFirst().name() + (demands.size() > 1 ? " and others" : ""));
    }
}
