/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.entropy;

import io.bouncedma.dma.DmaDevice;
import io.bouncedma.os.Cleanup;
import io.bouncedma.virtio.DriverRing;

/**
 * The requests of a front-end that the device has, by slot. All of it is private memory.
 */
final class RngRequests
{
    private static final long FREE = 0;

    private final long[] mappings;
    private final int[] lengths;
    private final long[] tags;
    private final int[] freeSlots;
    private final long[] address = new long[1];
    private final int[] size = new int[1];
    private int freeCount;

    RngRequests(final int capacity)
    {
        mappings = new long[capacity];
        lengths = new int[capacity];
        tags = new long[capacity];
        freeSlots = new int[capacity];
        for (int slot = capacity - 1; slot >= 0; slot--)
        {
            freeSlots[freeCount++] = slot;
        }
    }

    boolean isFull()
    {
        return 0 == freeCount;
    }

    int inFlight()
    {
        return mappings.length - freeCount;
    }

    /**
     * Put a request into a slot and into the ring; both have room.
     *
     * @return the slot.
     */
    int add(final DriverRing ring, final long busAddress, final int length, final long mapping, final long tag)
    {
        final int slot = freeSlots[--freeCount];
        mappings[slot] = mapping;
        lengths[slot] = length;
        tags[slot] = tag;
        address[0] = busAddress;
        size[0] = length;
        ring.add(address, size, 0, 1, slot);
        return slot;
    }

    void end(final int slot)
    {
        mappings[slot] = FREE;
        freeSlots[freeCount++] = slot;
    }

    void endAll(final DmaDevice dma)
    {
        Cleanup.each(mappings.length, (slot) ->
        {
            final long mapping = mappings[slot];
            if (FREE != mapping)
            {
                end(slot);
                dma.unmap(mapping, 0);
            }
        });
    }

    long mapping(final int slot)
    {
        return mappings[slot];
    }

    int length(final int slot)
    {
        return lengths[slot];
    }

    long tag(final int slot)
    {
        return tags[slot];
    }
}
