/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.HashMap;
import java.util.Map;

/**
 * The slot policy written down once more, slowly and from the description: no lists, every run counted slot by slot. An
 * area is a pool of its own that knows of no other.
 */
final class NaiveSwiotlb
{
    private static final int SLOT = 2048;
    private static final int SEGMENT_SLOTS = 128;

    private final boolean[][] used;
    private final int[] hints;
    private final int mask;
    private final Map<Long, int[]> blocks = new HashMap<>();

    NaiveSwiotlb(final int segments, final int areas, final int mask)
    {
        used = new boolean[areas][segments / areas * SEGMENT_SLOTS];
        hints = new int[areas];
        this.mask = mask;
    }

    long map(final int bytes, final int pageOffset, final int cpu)
    {
        if (bytes > SwiotlbModel.maxMapping(mask))
        {
            return -1;
        }
        final int offset = (pageOffset & mask) % SLOT;
        final int count = (int)Math.ceil((bytes + offset) / (double)SLOT);
        final int alignment = 0 == mask ? (bytes >= 4096 ? 4096 : SLOT) : Math.max(SLOT, mask + 1);
        final long address = place(count, alignment, alignment / SLOT, (pageOffset & mask) - offset, cpu);
        if (address >= 0)
        {
            blocks.put(address + offset, blocks.remove(address));
        }
        return address < 0 ? -1 : address + offset;
    }

    long allocate(final int bytes, final int cpu)
    {
        int order = 4096;
        while (order < bytes)
        {
            order *= 2;
        }
        final int stride = mask < order ? order / SLOT : (mask + 1 - order) / SLOT + 1;
        return order > 128 * SLOT ? -1 : place((bytes + 4095) / 4096 * 2, order, stride, 0, cpu);
    }

    void unmap(final long address)
    {
        final int[] block = blocks.remove(address);
        set(block, false);
    }

    boolean isUsed(final int slot)
    {
        return used[slot / used[0].length][slot % used[0].length];
    }

    long largestFreeRun()
    {
        int largest = 0;
        for (final boolean[] area : used)
        {
            int count = 0;
            for (int slot = 0; slot < area.length; slot++)
            {
                count = area[slot] ? 0 : 0 == slot % SEGMENT_SLOTS ? 1 : count + 1;
                largest = Math.max(largest, count);
            }
        }
        return (long)largest * SLOT;
    }

    private long place(final int count, final int alignment, final int stride, final int low, final int cpu)
    {
        for (int i = 0; i < used.length; i++)
        {
            final int area = (cpu + i) % used.length;
            final int slot = search(area, count, alignment, stride, low);
            if (slot >= 0)
            {
                final int[] block = {area, slot, count};
                set(block, true);
                hints[area] = slot + count == used[area].length ? 0 : slot + count;
                final long address = ((long)area * used[area].length + slot) * SLOT;
                blocks.put(address, block);
                return address;
            }
        }
        return -1;
    }

    private int search(final int area, final int count, final int alignment, final int stride, final int low)
    {
        final int length = used[area].length;
        int slot = hints[area];
        int checked = 0;
        while (checked < length)
        {
            final boolean aligned = ((long)area * length + slot) * SLOT % alignment == low;
            if (aligned && fits(used[area], slot, count))
            {
                return slot;
            }
            final int step = aligned ? stride : 1;
            checked += step;
            slot = slot + step >= length ? 0 : slot + step;
        }
        return -1;
    }

    private static boolean fits(final boolean[] area, final int slot, final int count)
    {
        for (int i = slot; i < slot + count; i++)
        {
            if (i / SEGMENT_SLOTS != slot / SEGMENT_SLOTS || i >= area.length || area[i])
            {
                return false;
            }
        }
        return true;
    }

    private void set(final int[] block, final boolean value)
    {
        for (int i = block[1]; i < block[1] + block[2]; i++)
        {
            used[block[0]][i] = value;
        }
    }
}
