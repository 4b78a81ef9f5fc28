/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.agrona.BitUtil;

/**
 * How a device memory buffer of virtio is divided: {@code virtio_dmb_init} and {@code virtio_dmb_max_mapping} of the
 * RFC that {@link DmbModel} cites.
 *
 * @param pages     that mappings can have.
 * @param areaPages pages of each area but the last, a power of two from 512 to 4096.
 */
public record DmbShape(int pages, int areaPages)
{
    private static final int PAGE_SIZE = DmbModel.PAGE_SIZE;
    private static final int MIN_PAGES = 4;
    private static final int MIN_AREA_PAGES = 512;
    private static final int MAX_AREA_PAGES = 4096;
    private static final int PART = 8;

    /**
     * Check that such a region can be.
     *
     * @throws IllegalArgumentException if it has fewer than four pages, or its areas are none.
     */
    public DmbShape
    {
        if (pages < MIN_PAGES || areaPages < MIN_AREA_PAGES || areaPages > MAX_AREA_PAGES ||
            1 != Integer.bitCount(areaPages))
        {
            throw new IllegalArgumentException("a device memory buffer has " + MIN_PAGES + " pages and more, in " +
                "areas of a power of two from " + MIN_AREA_PAGES + " to " + MAX_AREA_PAGES + ": pages=" + pages +
                ", areaPages=" + areaPages);
        }
    }

    /**
     * What a guest makes of a region.
     *
     * @param length bytes of the region, a multiple of 4096 from {@link DmbModel#MIN_LENGTH} to
     *               {@link DmbModel#MAX_LENGTH}. Its first page is never used: an address of 0 means none.
     * @param cpus   that the guest could have, one or more.
     * @return the division.
     * @throws IllegalArgumentException if a number is out of its range.
     */
    public static DmbShape of(final long length, final int cpus)
    {
        if (length < DmbModel.MIN_LENGTH || length > DmbModel.MAX_LENGTH || 0 != length % PAGE_SIZE || cpus <= 0)
        {
            throw new IllegalArgumentException("a device memory buffer has whole pages of " + PAGE_SIZE +
                " bytes, from " + DmbModel.MIN_LENGTH + " to " + DmbModel.MAX_LENGTH + ", in a guest with a CPU: " +
                "length=" + length + ", cpus=" + cpus);
        }
        final int pages = (int)(length / PAGE_SIZE) - 1;
        final int evenly = pages / BitUtil.findNextPositivePowerOfTwo(cpus);
        return new DmbShape(pages, Math.clamp(Integer.highestOneBit(evenly), MIN_AREA_PAGES, MAX_AREA_PAGES));
    }

    /**
     * How many areas there are.
     *
     * @return one or more; the last one may be short.
     */
    public int areas()
    {
        return Math.ceilDiv(pages, areaPages);
    }

    /**
     * The most bytes of one mapping: an eighth of the pages or half an area, and always a page.
     *
     * @return bytes.
     */
    public int maxMapping()
    {
        return Math.max(1, Math.min(pages / PART, areaPages / 2)) * PAGE_SIZE;
    }

    int areaLength(final int area)
    {
        return Math.min(areaPages, pages - area * areaPages);
    }
}
