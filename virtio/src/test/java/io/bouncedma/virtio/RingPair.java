/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.memory.OrderedMemory;

import java.lang.foreign.MemorySegment;

/**
 * A split ring with both its ends, and its raw memory.
 */
final class RingPair implements AutoCloseable
{
    final TestRegion shared;
    final int size;
    final DriverRing driver;
    final DeviceRing device;
    final DescriptorChain chain;
    final MemorySegment memory;
    private final OrderedMemory raw;

    RingPair(final TestRegion shared, final int size)
    {
        this.shared = shared;
        this.size = size;
        final CoherentBuffer buffer = shared.dma.allocateCoherent(RingFormat.SPLIT.totalLength(size), 64);
        memory = buffer.memory();
        raw = new OrderedMemory(memory);
        driver = Rings.driver(Features.MANDATORY, size, 0, buffer);
        device = Rings.device(Features.MANDATORY, RingAreas.at(RingFormat.SPLIT, size, shared.region,
            driver.areas().descAddress(), driver.areas().driverAddress(), driver.areas().deviceAddress()));
        chain = new DescriptorChain();
    }

    /**
     * The bus address of a byte in the half of the region that is not pool.
     */
    long bus(final int offset)
    {
        return shared.region.busAddress(shared.free + offset);
    }

    /**
     * Add a chain of readable elements and then writable ones, all of one length, and do not publish it.
     */
    int add(final int readable, final int writable, final int length, final long token)
    {
        final long[] addresses = new long[readable + writable];
        final int[] lengths = new int[readable + writable];
        for (int i = 0; i < lengths.length; i++)
        {
            addresses[i] = bus(i * length);
            lengths[i] = length;
        }
        return driver.add(addresses, lengths, readable, writable, token);
    }

    void availIdx(final int value)
    {
        raw.storeRelease16(RingFormat.SPLIT.driverOffset(size) + SplitRingLayout.AREA_IDX_OFFSET, value);
    }

    int availIdx()
    {
        return raw.load16(RingFormat.SPLIT.driverOffset(size) + SplitRingLayout.AREA_IDX_OFFSET);
    }

    int usedIdx()
    {
        return raw.load16(RingFormat.SPLIT.deviceOffset(size) + SplitRingLayout.AREA_IDX_OFFSET);
    }

    int usedFlags()
    {
        return raw.load16(RingFormat.SPLIT.deviceOffset(size) + SplitRingLayout.AREA_FLAGS_OFFSET);
    }

    @Override
    public void close()
    {
        driver.close();
    }
}
