/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.pool.Refusal;

import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Where Linux's swiotlb puts mappings: a model of {@code swiotlb_find_slots}, {@code swiotlb_search_pool_area} and
 * {@code swiotlb_release_slots} of {@code kernel/dma/swiotlb.c} (6.12, without {@code CONFIG_SWIOTLB_DYNAMIC}).
 * <p>
 * A pool is a row of slots in segments; a mapping takes whole slots of one segment. It is put at the first place from a
 * hint on, round the area; the hint then moves behind it. From 4096 bytes up it begins at a page, unless
 * the device has a mask. With a mask, the low bits of the bounce address under it equal those of the original, by the
 * choice of the slot and, below the size of a slot, by an offset in it. Every area has a hint of its own: a CPU
 * searches its own area first, then the others in their order.
 * <p>
 * A restricted pool serves coherent memory as {@code swiotlb_alloc} does: whole pages, aligned to the power of two that
 * holds them. The pool itself is taken to begin at a multiple of a segment.
 * <p>
 * Not thread-safe.
 */
public final class SwiotlbModel implements MappingPolicy
{
    /** Bytes of a slot, {@code IO_TLB_SIZE}. */
    public static final int SLOT_SIZE = SwiotlbPool.SLOT_SIZE;
    /** Bytes of a segment, that is {@code IO_TLB_SEGSIZE} = 128 slots. */
    public static final int SEGMENT_SIZE = SwiotlbPool.SEGMENT_SIZE;

    private static final int PAGE_SIZE = Trace.PAGE_SIZE;
    private static final int SLOT_MASK = SLOT_SIZE - 1;
    private static final int SEGMENT_SLOTS = SwiotlbPool.SEGMENT_SLOTS;

    private final SwiotlbPool pool;
    private final CpuOrder order;
    private final int seed;
    private final int[] masks;
    private final int slots;
    private final int areaSlots;
    /** As in the kernel: free slots from this one to the next used one or the end of the segment; 0 if used. */
    private final short[] list;
    /** How many slots the mapping takes whose first slot this is; 0 if none begins here. */
    private final short[] taken;
    /** Of each area: the slot of it from which it is searched next. */
    private final int[] hints;
    private final int[] usedSlots;
    private long used;
    private int turn;

    /**
     * Create an empty pool of one area, for one device.
     *
     * @param length       bytes, a multiple of {@link #SEGMENT_SIZE} up to {@link SwiotlbPool#MAX_LENGTH}.
     * @param minAlignMask of the device: one less than a power of two, 0 to 65535.
     * @throws IllegalArgumentException if a number is none of these.
     */
    public SwiotlbModel(final long length, final int minAlignMask)
    {
        this(SwiotlbPool.ofOneArea(length), CpuOrder.ONE, DeviceMasks.of(minAlignMask), List.of(""));
    }

    /**
     * Create an empty pool.
     *
     * @param pool    what it is like.
     * @param order   the CPUs that map.
     * @param masks   of the devices.
     * @param devices that map, as {@link Trace#devices()}.
     */
    public SwiotlbModel(
        final SwiotlbPool pool, final CpuOrder order, final DeviceMasks masks, final List<String> devices)
    {
        this(pool, order, 0, masks, devices);
    }

    /** As above, with the seed of an order that is scattered. */
    SwiotlbModel(
        final SwiotlbPool pool,
        final CpuOrder order,
        final int seed,
        final DeviceMasks masks,
        final List<String> devices)
    {
        this.pool = pool;
        this.order = order;
        this.seed = seed;
        this.masks = masks.of(devices);
        slots = pool.slots();
        areaSlots = pool.areaSlots();
        list = new short[slots];
        taken = new short[slots];
        hints = new int[pool.areas()];
        usedSlots = new int[pool.areas()];
        for (int slot = 0; slot < slots; slot++)
        {
            list[slot] = (short)(SEGMENT_SLOTS - slot % SEGMENT_SLOTS);
        }
    }

    /**
     * The most bytes that a driver may map at once, {@code swiotlb_max_mapping_size}. The model refuses more whatever
     * the size of the pool, although the kernel would place some of it by luck: drivers that ask never map more.
     *
     * @param minAlignMask of the device: one less than a power of two, 0 to 65535.
     * @return bytes: a segment, less what the mask may cost.
     */
    public static int maxMapping(final int minAlignMask)
    {
        return SEGMENT_SIZE - ((minAlignMask + SLOT_MASK) & ~SLOT_MASK);
    }

    @Override
    public String name()
    {
        return pool.isRestricted() ? "restricted-dma-pool" : "swiotlb";
    }

    @Override
    public long length()
    {
        return pool.length();
    }

    @Override
    public boolean servesCoherent()
    {
        return pool.isRestricted();
    }

    /**
     * Take slots. Bits of a mask beyond those of a page are taken for zero in the original.
     *
     * @throws IllegalArgumentException if a number is out of its range.
     */
    @Override
    public long map(final int bytes, final TraceDirection direction, final int pageOffset, final int device)
    {
        if (bytes <= 0 || pageOffset < 0 || pageOffset >= PAGE_SIZE)
        {
            throw new IllegalArgumentException("a mapping has 1 or more bytes at a page offset of 0 to 4095: bytes=" +
                bytes + ", pageOffset=" + pageOffset);
        }
        return TraceDirection.COHERENT == direction ?
            allocate(bytes, masks[device]) : bounce(bytes, pageOffset, masks[device]);
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
        return used * SLOT_SIZE;
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

    /** {@code swiotlb_tbl_map_single}. */
    private long bounce(final int bytes, final int pageOffset, final int mask)
    {
        if (bytes > maxMapping(mask))
        {
            return Refusal.Reason.TOO_LARGE.code();
        }
        // swiotlb_align_offset: what the choice of a slot can not preserve.
        final int offset = pageOffset & mask & SLOT_MASK;
        final int originalMask = mask & ~SLOT_MASK;
        final int alignMask = 0 == mask && bytes >= PAGE_SIZE ? PAGE_SIZE - SLOT_SIZE : originalMask;
        final long slot = find(
            (bytes + offset + SLOT_MASK) / SLOT_SIZE, alignMask, alignMask / SLOT_SIZE + 1, pageOffset & originalMask);
        return slot < 0 ? slot : slot * SLOT_SIZE + offset;
    }

    /** {@code swiotlb_alloc}, of what {@code dma_direct_alloc} rounded up to pages. */
    private long allocate(final int bytes, final int mask)
    {
        if (bytes > SEGMENT_SIZE)
        {
            return Refusal.Reason.TOO_LARGE.code();
        }
        final int pages = (bytes + PAGE_SIZE - 1) / PAGE_SIZE;
        final int order = Integer.SIZE - Integer.numberOfLeadingZeros(pages - 1);
        final int alignMask = (PAGE_SIZE << order) - SLOT_SIZE;
        // There is no original whose bits to keep, but a mask that is wider than the alignment widens the steps.
        final int stride = Math.max(alignMask, mask & -(PAGE_SIZE << order)) / SLOT_SIZE + 1;
        final long slot = find(pages * (PAGE_SIZE / SLOT_SIZE), alignMask, stride, 0);
        return slot < 0 ? slot : slot * SLOT_SIZE;
    }

    /** {@code swiotlb_find_slots}: the first slot, or the code of a reason. */
    private long find(final int count, final int alignMask, final int stride, final int wanted)
    {
        final int start = order.cpu(turn++, pool.cpus(), seed) & pool.areas() - 1;
        for (int i = 0; i < pool.areas(); i++)
        {
            final int area = start + i & pool.areas() - 1;
            final int slot = search(area, count, alignMask, stride, wanted);
            if (slot >= 0)
            {
                take(area, slot, count);
                return slot;
            }
        }
        return (count > slots - used ? Refusal.Reason.EXHAUSTED : Refusal.Reason.FRAGMENTED).code();
    }

    /**
     * The search of {@code swiotlb_search_pool_area}, step by step. Slots are counted as checked by the stride even
     * where a step wraps early, so with a mask the very last candidate may go unseen: so it does in the kernel.
     */
    private int search(
        final int area, final int count, final int alignMask, final int stride, final int wanted)
    {
        if (count > areaSlots - usedSlots[area])
        {
            return -1;
        }
        final int base = area * areaSlots;
        int index = hints[area];
        int checked = 0;
        while (checked < areaSlots)
        {
            final int slot = base + index;
            int step = 1;
            if (((long)slot * SLOT_SIZE & alignMask) == wanted)
            {
                if (list[slot] >= count)
                {
                    return slot;
                }
                step = stride;
            }
            index = wrap(index + step);
            checked += step;
        }
        return -1;
    }

    private void take(final int area, final int slot, final int count)
    {
        Arrays.fill(list, slot, slot + count, (short)0);
        taken[slot] = (short)count;
        recount(slot, 0);
        used += count;
        usedSlots[area] += count;
        hints[area] = wrap(slot - area * areaSlots + count);
    }

    private void release(final int slot, final int count)
    {
        final int end = slot + count;
        taken[slot] = 0;
        used -= count;
        usedSlots[slot / areaSlots] -= count;
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
    private int wrap(final int index)
    {
        return index >= areaSlots ? 0 : index;
    }
}
