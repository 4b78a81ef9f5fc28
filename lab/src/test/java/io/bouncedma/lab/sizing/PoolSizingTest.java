/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

import io.bouncedma.lab.BouncePoolKind;
import io.bouncedma.lab.DeviceMasks;
import io.bouncedma.lab.DmbKind;
import io.bouncedma.lab.PoolKind;
import io.bouncedma.lab.SmallestPool;
import io.bouncedma.lab.SwiotlbKind;
import io.bouncedma.lab.Trace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PoolSizingTest
{
    private static final double TOLERANCE = 0.05;
    private static final int CPUS = 4;
    private static final long OTHER_SEED = 1;

    private static final List<SizedDevice> DEVICES = List.of(
        new BlkQueues(1, 32, 64 * 1024, false),
        new BlkQueues(2, 32, 256 * 1024, false),
        new BlkQueues(2, 100, 4096, true),
        new BlkQueues(2, 16, 192 * 1024, true),
        new NetQueues(1, 256, 1500, true, false),
        new NetQueues(2, 128, 9000, true, true),
        new NetQueues(1, 32, 1500, false, false));

    static Stream<Object[]> cases()
    {
        final List<Object[]> cases = new ArrayList<>();
        for (final DriverModel drivers : DriverModel.values())
        {
            for (final SizedAllocator allocator : SizedAllocator.values())
            {
                DEVICES.forEach(device -> cases.add(new Object[]{drivers, allocator, device}));
            }
        }
        return cases.stream();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("cases")
    void shouldAgreeWithASearchOnOtherWorkloadsOfTheSameQueues(
        final DriverModel drivers, final SizedAllocator allocator, final SizedDevice device)
    {
        final List<DeviceDemand> demand = List.of(drivers.demand("device", device));
        final PoolSizing.Result sized = PoolSizing.of(allocator, demand, CPUS, length ->
        {
        });
        assertTrue(sized.beside() >= 0);
        final Trace trace = QueueWorkload.generate("other", demand, OTHER_SEED);
        final PoolKind kind = kind(allocator, trace);
        final long found = SmallestPool.searchSize(trace, kind, length ->
        {
        }).poolBytes();
        // Of swiotlb a step is 256 KiB, more than that part of a small pool.
        assertEquals(found, sized.poolBytes(), Math.max(TOLERANCE * found, kind.step()),
            () -> "sized=" + sized + ", found=" + found);
    }

    @Test
    void shouldSizeWhatDevicesShare()
    {
        final List<DeviceDemand> both = List.of(
            DriverModel.LINUX.demand("disk", new BlkQueues(1, 32, 64 * 1024, false)),
            DriverModel.LINUX.demand("card", new NetQueues(1, 256, 1500, true, false)));
        for (final SizedAllocator allocator : List.of(SizedAllocator.BOUNCE_DMA, SizedAllocator.SWIOTLB))
        {
            final long disk = size(allocator, both.subList(0, 1)).poolBytes();
            final long card = size(allocator, both.subList(1, 2)).poolBytes();
            final long shared = size(allocator, both).poolBytes();
            assertTrue(shared > Math.max(disk, card) && shared < 1.3 * (disk + card), allocator + " " + shared);
        }
        assertThrows(IllegalArgumentException.class, () -> size(SizedAllocator.DMB, both));
    }

    @Test
    void shouldTellWhatNoPoolMaps()
    {
        final List<DeviceDemand> own =
            List.of(DriverModel.BOUNCE_DMA.demand("disk", new BlkQueues(1, 4, 1 << 20, false)));
        final PoolSizing.Result swiotlb = size(SizedAllocator.SWIOTLB, own);
        assertFalse(swiotlb.isFound());
        assertEquals(0, swiotlb.beside());
        assertEquals(256 * 1024, swiotlb.maxMapping());
        assertTrue(size(SizedAllocator.BOUNCE_DMA, own).isFound());
        // An eighth of the region.
        final PoolSizing.Result dmb = size(SizedAllocator.DMB, own);
        assertEquals(8 * (1 << 20) + 4096, dmb.poolBytes());
        assertEquals(1 << 20, dmb.maxMapping());
    }

    private static PoolSizing.Result size(final SizedAllocator allocator, final List<DeviceDemand> devices)
    {
        return PoolSizing.of(allocator, devices, 1, length ->
        {
        });
    }

    private static PoolKind kind(final SizedAllocator allocator, final Trace trace)
    {
        return switch (allocator)
        {
            case BOUNCE_DMA -> new BouncePoolKind(DeviceMasks.NONE, trace.devices());
            case SWIOTLB -> new SwiotlbKind(DeviceMasks.NONE, trace.devices(), false, CPUS);
            case DMB -> new DmbKind(trace.devices().size(), CPUS);
        };
    }
}
