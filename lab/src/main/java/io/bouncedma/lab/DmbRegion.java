/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.pool.Refusal;

import java.util.BitSet;

/**
 * One device's region of a {@link DmbModel}: pages of a bitmap, next fit in each area. Pages count from the one behind
 * the first of the region, which no mapping ever has.
 */
final class DmbRegion
{
    private static final int PAGE_SIZE = DmbModel.PAGE_SIZE;

    private final DmbShape shape;
    private final int cpus;
    private final CpuOrder order;
    private final int seed;
    private final BitSet bitmap;
    /** How many pages the mapping takes whose first page this is; 0 if none begins here. */
    private final int[] taken;
    private final int[] hints;
    private final int[] usedPages;
    private int used;
    private int turn;

    DmbRegion(final DmbShape shape, final int cpus, final CpuOrder order, final int seed)
    {
        this.shape = shape;
        this.cpus = cpus;
        this.order = order;
        this.seed = seed;
        bitmap = new BitSet(shape.pages());
        taken = new int[shape.pages()];
        hints = new int[shape.areas()];
        usedPages = new int[shape.areas()];
    }

    DmbShape shape()
    {
        return shape;
    }

    BitSet bitmap()
    {
        return bitmap;
    }

    int used()
    {
        return used;
    }

    /**
     * {@code virtio_dmb_op_map_page}, and {@code virtio_dmb_op_alloc} of what is coherent: that has no cap but has to
     * lie in one area.
     *
     * @return the first page, or the code of a reason.
     */
    int map(final int bytes, final boolean isCoherent)
    {
        final int count = Math.ceilDiv(bytes, PAGE_SIZE);
        if (isCoherent ? count > Math.min(shape.areaPages(), shape.pages()) : bytes > shape.maxMapping())
        {
            return Refusal.Reason.TOO_LARGE.code();
        }
        final int start = order.cpu(turn++, cpus, seed) % shape.areas();
        for (int i = 0; i < shape.areas(); i++)
        {
            final int area = (start + i) % shape.areas();
            final int page = claim(area, count);
            if (page >= 0)
            {
                return page;
            }
        }
        return (count > shape.pages() - used ? Refusal.Reason.EXHAUSTED : Refusal.Reason.FRAGMENTED).code();
    }

    /** {@code virtio_dmb_release}: the hint goes back to what was freed. */
    void unmap(final int page)
    {
        final int count = page < 0 || page >= taken.length ? 0 : taken[page];
        if (0 == count)
        {
            throw new IllegalStateException("no mapping begins there: page=" + page + ", pages=" + taken.length +
                "; unmap what map returned, once");
        }
        final int area = page / shape.areaPages();
        taken[page] = 0;
        bitmap.clear(page, page + count);
        usedPages[area] -= count;
        used -= count;
        hints[area] = page - area * shape.areaPages();
    }

    /** {@code virtio_dmb_area_claim}, with no range withheld. */
    private int claim(final int area, final int count)
    {
        final int base = area * shape.areaPages();
        final int length = shape.areaLength(area);
        if (count > length - usedPages[area])
        {
            return -1;
        }
        int page = find(base + hints[area], base + length, count);
        if (page < 0 && hints[area] > 0)
        {
            page = find(base, base + length, count);
        }
        if (page < 0)
        {
            return -1;
        }
        bitmap.set(page, page + count);
        taken[page] = count;
        usedPages[area] += count;
        used += count;
        hints[area] = page + count < base + length ? page + count - base : 0;
        return page;
    }

    /** {@code bitmap_find_next_zero_area}. */
    private int find(final int from, final int end, final int count)
    {
        int page = bitmap.nextClearBit(from);
        while (page + count <= end)
        {
            final int next = bitmap.nextSetBit(page);
            if (next < 0 || next >= page + count)
            {
                return page;
            }
            page = bitmap.nextClearBit(next);
        }
        return -1;
    }
}
