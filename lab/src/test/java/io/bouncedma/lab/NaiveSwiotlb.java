/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.HashMap;
import java.util.Map;

/**
 * The slot policy written down once more, slowly and from the description: no lists, every run counted slot by slot.
 */
final class NaiveSwiotlb
{
    private static final int SLOT = 2048;
    private static final int SEGMENT_SLOTS = 128;

    private final boolean[] used;
    private final int mask;
    private final Map<Long, int[]> blocks = new HashMap<>();
    private int hint;

    NaiveSwiotlb(final int segments, final int mask)
    {
        used = new boolean[segments * SEGMENT_SLOTS];
        this.mask = mask;
    }

    long map(final int bytes, final int pageOffset)
    {
        final int offset = (pageOffset & mask) % SLOT;
        final int count = (int)Math.ceil((bytes + offset) / (double)SLOT);
        if (bytes > SwiotlbModel.maxMapping(mask))
        {
            return -1;
        }
        final int alignment = 0 == mask ? (bytes >= 4096 ? 4096 : SLOT) : Math.max(SLOT, mask + 1);
        final int stride = alignment / SLOT;
        int slot = hint;
        int checked = 0;
        while (checked < used.length)
        {
            final boolean aligned = (long)slot * SLOT % alignment == (pageOffset & mask) - offset;
            if (aligned && fits(slot, count))
            {
                set(slot, count, true);
                hint = slot + count == used.length ? 0 : slot + count;
                final long address = (long)slot * SLOT + offset;
                blocks.put(address, new int[] {slot, count});
                return address;
            }
            final int step = aligned ? stride : 1;
            checked += step;
            slot = slot + step >= used.length ? 0 : slot + step;
        }
        return -1;
    }

    void unmap(final long address)
    {
        final int[] block = blocks.remove(address);
        set(block[0], block[1], false);
    }

    boolean isUsed(final int slot)
    {
        return used[slot];
    }

    long largestFreeRun()
    {
        int largest = 0;
        int count = 0;
        for (int slot = 0; slot < used.length; slot++)
        {
            count = used[slot] ? 0 : 0 == slot % SEGMENT_SLOTS ? 1 : count + 1;
            largest = Math.max(largest, count);
        }
        return (long)largest * SLOT;
    }

    private boolean fits(final int slot, final int count)
    {
        for (int i = slot; i < slot + count; i++)
        {
            if (i / SEGMENT_SLOTS != slot / SEGMENT_SLOTS || i >= used.length || used[i])
            {
                return false;
            }
        }
        return true;
    }

    private void set(final int slot, final int count, final boolean value)
    {
        for (int i = slot; i < slot + count; i++)
        {
            used[i] = value;
        }
    }
}
