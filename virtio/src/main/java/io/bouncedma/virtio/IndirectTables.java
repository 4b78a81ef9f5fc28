/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.memory.OrderedMemory;

/**
 * The driver role's tables of descriptors that a single descriptor refers to (virtio 1.4, sections 2.7.5.3 and 2.8.7):
 * one for each chain that can be outstanding, in memory that stays mapped, so that a chain costs no mapping of its own.
 */
final class IndirectTables
{
    private final OrderedMemory memory;
    private final long busAddress;
    private final RingFormat format;
    private final int elements;

    /**
     * Lay tables into coherent memory.
     *
     * @param memory   of at least {@link #length} bytes from the offset on.
     * @param offset   of the first table, a multiple of 16.
     * @param format   of the ring.
     * @param size     of the ring.
     * @param elements that a table holds.
     */
    IndirectTables(
        final CoherentBuffer memory, final int offset, final RingFormat format, final int size, final int elements)
    {
        this.memory = new OrderedMemory(memory.memory().asSlice(offset, length(size, elements)));
        this.format = format;
        this.elements = elements;
        busAddress = memory.busAddress() + offset;
    }

    static int length(final int size, final int elements)
    {
        return Math.multiplyExact(Math.multiplyExact(size, elements), SplitRingLayout.DESC_LENGTH);
    }

    /** Whether a chain of so many elements is better put into a table: with one there is nothing to win. */
    boolean isFor(final int count)
    {
        return count > 1 && count <= elements;
    }

    /**
     * Fill the table of a chain.
     *
     * @return its bus address.
     */
    long fill(final int id, final long[] addresses, final int[] lengths, final int readable, final int writable)
    {
        final long table = (long)id * elements * SplitRingLayout.DESC_LENGTH;
        final int count = readable + writable;
        for (int i = 0; i < count; i++)
        {
            final long at = table + SplitRingLayout.descOffset(i);
            final int write = i < readable ? 0 : SplitRingLayout.DESC_F_WRITE;
            final boolean isLast = i == count - 1;
            memory.store64(at, addresses[i]);
            // 2.8.7: of a packed ring the elements follow each other, and only WRITE means anything.
            memory.store64(at + SplitRingLayout.LEN_OFFSET, RingFormat.SPLIT == format ?
                SplitRingLayout.half(
                    lengths[i], write | (isLast ? 0 : SplitRingLayout.DESC_F_NEXT), isLast ? 0 : i + 1) :
                PackedRingLayout.half(lengths[i], 0, write));
        }
        return busAddress + table;
    }
}
