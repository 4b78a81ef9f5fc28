/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.pool.OrderedMemory;

import java.lang.foreign.MemorySegment;

/**
 * A split ring with both its ends, and its raw memory for a peer that does not play by the rules.
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
        final CoherentBuffer buffer = shared.dma.allocateCoherent(SplitRingLayout.totalLength(size), 64);
        memory = buffer.memory();
        raw = new OrderedMemory(memory);
        driver = Rings.driver(Features.MANDATORY, size, 0, buffer);
        device = Rings.device(Features.MANDATORY, RingAreas.at(RingFormat.SPLIT, size, shared.region,
            driver.areas().descAddress(), driver.areas().driverAddress(), driver.areas().deviceAddress()));
        chain = new DescriptorChain(shared.region);
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

    // What a hostile driver writes.

    void desc(final int index, final long address, final int length, final int flags, final int next)
    {
        final long at = SplitRingLayout.descOffset(index);
        raw.store64(at, address);
        raw.store32(at + SplitRingLayout.LEN_OFFSET, length);
        raw.store16(at + SplitRingLayout.FLAGS_OFFSET, flags);
        raw.store16(at + SplitRingLayout.NEXT_OFFSET, next);
    }

    void availEntry(final int slot, final int head)
    {
        raw.store16(SplitRingLayout.driverOffset(size) + SplitRingLayout.availEntryOffset(slot), head);
    }

    void availIdx(final int value)
    {
        raw.storeRelease16(SplitRingLayout.driverOffset(size) + SplitRingLayout.AREA_IDX_OFFSET, value);
    }

    void availFlags(final int value)
    {
        raw.store16(SplitRingLayout.driverOffset(size) + SplitRingLayout.AREA_FLAGS_OFFSET, value);
    }

    int availIdx()
    {
        return raw.load16(SplitRingLayout.driverOffset(size) + SplitRingLayout.AREA_IDX_OFFSET);
    }

    int availFlags()
    {
        return raw.load16(SplitRingLayout.driverOffset(size) + SplitRingLayout.AREA_FLAGS_OFFSET);
    }

    // What a hostile device writes.

    void usedEntry(final int slot, final int id, final int length)
    {
        final long at = SplitRingLayout.deviceOffset(size) + SplitRingLayout.usedEntryOffset(slot);
        raw.store32(at, id);
        raw.store32(at + SplitRingLayout.USED_LEN_OFFSET, length);
    }

    int usedEntryLength(final int slot)
    {
        return raw.load32(SplitRingLayout.deviceOffset(size) + SplitRingLayout.usedEntryOffset(slot) +
            SplitRingLayout.USED_LEN_OFFSET);
    }

    int usedEntryId(final int slot)
    {
        return raw.load32(SplitRingLayout.deviceOffset(size) + SplitRingLayout.usedEntryOffset(slot));
    }

    void usedIdx(final int value)
    {
        raw.storeRelease16(SplitRingLayout.deviceOffset(size) + SplitRingLayout.AREA_IDX_OFFSET, value);
    }

    void usedFlags(final int value)
    {
        raw.store16(SplitRingLayout.deviceOffset(size) + SplitRingLayout.AREA_FLAGS_OFFSET, value);
    }

    int usedIdx()
    {
        return raw.load16(SplitRingLayout.deviceOffset(size) + SplitRingLayout.AREA_IDX_OFFSET);
    }

    int usedFlags()
    {
        return raw.load16(SplitRingLayout.deviceOffset(size) + SplitRingLayout.AREA_FLAGS_OFFSET);
    }

    @Override
    public void close()
    {
        driver.close();
    }
}
