/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.pool.Refusal;

import java.util.Arrays;
import java.util.function.LongConsumer;

/**
 * Where Linux's swiotlb puts mappings: a model of {@code swiotlb_search_pool_area} and
 * {@code swiotlb_release_slots} of {@code kernel/dma/swiotlb.c} (6.12) with one area and without
 * {@code alloc_align_mask}.
 * <p>
 * A pool is a row of slots in segments; a mapping takes whole slots of one segment. It is put at the first place from a
 * hint on, round the pool; the hint then moves behind it. From 4096 bytes up it begins at a page, unless
 * the device has a mask. With a mask, the low bits of the bounce address under it equal those of the original, by the
 * choice of the slot and, below the size of a slot, by an offset in it.
 * <p>
 * Not thread-safe.
 */
public final class SwiotlbModel implements MappingPolicy
{
    /** Bytes of a slot, {@code IO_TLB_SIZE}. */
    public static final int SLOT_SIZE = 2048;
    /** Bytes of a segment, that is {@code IO_TLB_SEGSIZE} = 128 slots. */
    public static final int SEGMENT_SIZE = 256 * 1024;
    /** The longest pool: 64 GiB, in bytes. */
    public static final long MAX_LENGTH = 1L << 36;

    private static final int PAGE_SIZE = Trace.PAGE_SIZE;
    private static final int SLOT_MASK = SLOT_SIZE - 1;
    private static final int SEGMENT_SLOTS = SEGMENT_SIZE / SLOT_SIZE;
    private static final int MAX_MASK = 65535;

    private final int minAlignMask;
    private final int slots;
    /** As in the kernel: free slots from this one to the next used one or the end of the segment; 0 if used. */
    private final short[] list;
    /** How many slots the mapping takes whose first slot this is; 0 if none begins here. */
    private final short[] taken;
    private int hint;
    private int usedSlots;

    /**
     * Create an empty pool.
     *
     * @param length       bytes, a multiple of {@link #SEGMENT_SIZE} up to {@link #MAX_LENGTH}.
     * @param minAlignMask of the device ({@code dma_set_min_align_mask}): one less than a power of two, 0 to 65535;
     *                     4095 for NVMe, 0 for virtio.
     * @throws IllegalArgumentException if a number is none of these.
     */
    public SwiotlbModel(final long length, final int minAlignMask)
    {
        if (length <= 0 || length > MAX_LENGTH || length % SEGMENT_SIZE != 0)
        {
            throw new IllegalArgumentException("a swiotlb pool has whole segments of " + SEGMENT_SIZE +
                " bytes, up to " + MAX_LENGTH + ": length=" + length);
        }
        requireMask(minAlignMask);
        this.minAlignMask = minAlignMask;
        slots = (int)(length / SLOT_SIZE);
        list = new short[slots];
        taken = new short[slots];
        for (int slot = 0; slot < slots; slot++)
        {
            list[slot] = (short)(SEGMENT_SLOTS - slot % SEGMENT_SLOTS);
        }
    }

    /**
     * The most bytes that a driver may map at once, {@code swiotlb_max_mapping_size}. The model refuses more whatever
     * the size of the pool, although the kernel would place some of it by luck: drivers that ask never map more.
     *
     * @param minAlignMask of the device, as in the constructor.
     * @return bytes: a segment, less what the mask may cost.
     * @throws IllegalArgumentException if it is no such mask.
     */
    public static int maxMapping(final int minAlignMask)
    {
        requireMask(minAlignMask);
        return SEGMENT_SIZE - ((minAlignMask + SLOT_MASK) & ~SLOT_MASK);
    }

    @Override
    public String name()
    {
        return 0 == minAlignMask ? "swiotlb" : "swiotlb-mask-" + minAlignMask;
    }

    @Override
    public long length()
    {
        return (long)slots * SLOT_SIZE;
    }

    /**
     * Take slots. Bits of a mask beyond those of a page are taken for zero in the original.
     *
     * @throws IllegalArgumentException if a number is out of its range.
     */
    @Override
    public long map(final int bytes, final int pageOffset)
    {
        if (bytes <= 0 || pageOffset < 0 || pageOffset >= PAGE_SIZE)
        {
            throw new IllegalArgumentException("a mapping has 1 or more bytes at a page offset of 0 to 4095: bytes=" +
                bytes + ", pageOffset=" + pageOffset);
        }
        if (bytes > maxMapping(minAlignMask))
        {
            return Refusal.Reason.TOO_LARGE.code();
        }
        // swiotlb_align_offset: what the choice of a slot can not preserve.
        final int offset = pageOffset & minAlignMask & SLOT_MASK;
        final int count = (bytes + offset + SLOT_MASK) / SLOT_SIZE;
        if (count > slots - usedSlots)
        {
            return Refusal.Reason.EXHAUSTED.code();
        }
        final int slot = search(count, bytes, pageOffset);
        if (slot < 0)
        {
            return Refusal.Reason.FRAGMENTED.code();
        }
        take(slot, count);
        return (long)slot * SLOT_SIZE + offset;
    }

    /**
     * Give slots back. As in the kernel, any address in the first slot of a mapping does.
     *
     * @throws IllegalStateException if no live mapping begins in that slot.
     */
    @Override
    public void unmap(final long address)
    {
        final int slot = address < 0 || address >= length() ? -1 : (int)(address / SLOT_SIZE);
        if (slot < 0 || 0 == taken[slot])
        {
            throw new IllegalStateException("no mapping begins there: address=" + address + ", length=" + length() +
                "; unmap what map returned, once");
        }
        release(slot, taken[slot]);
    }

    @Override
    public long usedBytes()
    {
        return (long)usedSlots * SLOT_SIZE;
    }

    @Override
    public long largestFreeRun()
    {
        int largest = 0;
        for (final short free : list)
        {
            largest = Math.max(largest, free);
        }
        return (long)largest * SLOT_SIZE;
    }

    @Override
    public void usage(final int[] buckets)
    {
        Arrays.fill(buckets, 0);
        for (int i = 0; i < buckets.length; i++)
        {
            final long from = i * length() / buckets.length;
            final long to = (i + 1) * length() / buckets.length;
            for (long slot = from / SLOT_SIZE; slot * SLOT_SIZE < to; slot++)
            {
                if (0 == list[(int)slot])
                {
                    final long begin = slot * SLOT_SIZE;
                    buckets[i] += (int)(Math.min(to, begin + SLOT_SIZE) - Math.max(from, begin));
                }
            }
        }
    }

    @Override
    public void freeRuns(final LongConsumer sizes)
    {
        int slot = 0;
        while (slot < slots)
        {
            final int free = list[slot];
            if (free > 0)
            {
                sizes.accept((long)free * SLOT_SIZE);
            }
            slot += Math.max(1, free);
        }
    }

    /**
     * The search of {@code swiotlb_search_pool_area}, step by step. Slots are counted as checked by the stride even
     * where a step wraps early, so with a mask the very last candidate may go unseen: so it does in the kernel.
     */
    private int search(final int count, final int bytes, final int pageOffset)
    {
        final int originalMask = minAlignMask & ~SLOT_MASK;
        final int alignMask = 0 == minAlignMask && bytes >= PAGE_SIZE ? PAGE_SIZE - SLOT_SIZE : originalMask;
        final int wanted = pageOffset & originalMask;
        final int stride = alignMask / SLOT_SIZE + 1;
        int slot = hint;
        int checked = 0;
        while (checked < slots)
        {
            int step = 1;
            if (((long)slot * SLOT_SIZE & alignMask) == wanted)
            {
                if (list[slot] >= count)
                {
                    return slot;
                }
                step = stride;
            }
            slot = wrap(slot + step);
            checked += step;
        }
        return -1;
    }

    private void take(final int slot, final int count)
    {
        Arrays.fill(list, slot, slot + count, (short)0);
        taken[slot] = (short)count;
        recount(slot, 0);
        usedSlots += count;
        hint = wrap(slot + count);
    }

    private void release(final int slot, final int count)
    {
        final int end = slot + count;
        taken[slot] = 0;
        usedSlots -= count;
        final int behind = 0 == end % SEGMENT_SLOTS ? 0 : list[end];
        for (int i = end - 1; i >= slot; i--)
        {
            list[i] = (short)(behind + end - i);
        }
        recount(slot, list[slot]);
    }

    /**
     * Tell the free slots before one, in its segment, how many free ones follow each.
     */
    private void recount(final int slot, final int freeFrom)
    {
        final int first = slot - slot % SEGMENT_SLOTS;
        for (int i = slot - 1; i >= first && list[i] != 0; i--)
        {
            list[i] = (short)(freeFrom + slot - i);
        }
    }

    /**
     * {@code wrap_area_index}: not modulo.
     */
    private int wrap(final int slot)
    {
        return slot >= slots ? 0 : slot;
    }

    private static void requireMask(final int minAlignMask)
    {
        if (minAlignMask < 0 || minAlignMask > MAX_MASK || (minAlignMask & minAlignMask + 1) != 0)
        {
            throw new IllegalArgumentException("a mask is one less than a power of two, 0 to " + MAX_MASK +
                ": minAlignMask=" + minAlignMask);
        }
    }
}
