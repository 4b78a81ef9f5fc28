/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The piecewise mapping between a window's offsets and this VM's guest-physical addresses, both ways.
 * <pre>
 * offset  | extent 0 | extent 1 | extent 2 |          one line, without gaps, as the process maps it
 * paddr      | extent 2 |      | extent 0 | extent 1 |     any order, gaps allowed
 * </pre>
 * Immutable. Each look-up is a binary search over the extents.
 */
public final class ExtentTable
{
    /** A look-up found nothing. */
    public static final long NOT_FOUND = -1;

    private final Extent[] byOffset;
    private final Extent[] byPaddr;
    private final long length;

    /**
     * Check and sort the extents.
     *
     * @param extents at least one, in any order; offsets must follow each other from 0 without a gap, paddrs must not
     *                overlap.
     * @throws IllegalArgumentException naming the extents that contradict each other.
     */
    public ExtentTable(final List<Extent> extents)
    {
        if (extents.isEmpty())
        {
            throw new IllegalArgumentException("a window needs at least one extent: extents=[]");
        }
        byOffset = sorted(extents, Comparator.comparingLong(Extent::offset));
        byPaddr = sorted(extents, Comparator.comparingLong(Extent::paddr));
        long next = 0;
        for (final Extent extent : byOffset)
        {
            if (extent.offset() != next)
            {
                throw new IllegalArgumentException(
                    "extents must follow each other without gap or overlap: expectedOffset=" + next + ", " + extent);
            }
            next += extent.length();
        }
        length = next;
        for (int i = 1; i < byPaddr.length; i++)
        {
            if (byPaddr[i].paddr() < byPaddr[i - 1].paddr() + byPaddr[i - 1].length())
            {
                throw new IllegalArgumentException("extents overlap in paddr: " + byPaddr[i - 1] + ", " + byPaddr[i]);
            }
        }
    }

    /**
     * The extents in the order of their offsets.
     *
     * @return an unmodifiable list.
     */
    public List<Extent> extents()
    {
        return List.of(byOffset);
    }

    /**
     * The sum of all extents.
     *
     * @return bytes.
     */
    public long length()
    {
        return length;
    }

    /**
     * Where a byte of the window lies in this VM's physical address space.
     *
     * @param offset from the start of the window.
     * @return its paddr, or {@link #NOT_FOUND} if the window has no such byte.
     */
    public long paddrOf(final long offset)
    {
        if (offset < 0 || offset >= length)
        {
            return NOT_FOUND;
        }
        final Extent extent = byOffset[floorByOffset(offset)];
        return extent.paddr() + (offset - extent.offset());
    }

    /**
     * Which byte of the window a guest-physical address is.
     *
     * @param paddr any value.
     * @return its offset from the start of the window, or {@link #NOT_FOUND} if it lies in no extent.
     */
    public long offsetOf(final long paddr)
    {
        final Extent extent = extentOfPaddr(paddr);
        return null == extent ? NOT_FOUND : extent.offset() + (paddr - extent.paddr());
    }

    /**
     * How far the mapping goes on linearly from an offset.
     *
     * @param offset from the start of the window.
     * @return bytes up to the end of the extent, zero if the window has no such byte.
     */
    public long runFromOffset(final long offset)
    {
        if (offset < 0 || offset >= length)
        {
            return 0;
        }
        final Extent extent = byOffset[floorByOffset(offset)];
        return extent.offset() + extent.length() - offset;
    }

    /**
     * How far the mapping goes on linearly from a guest-physical address.
     *
     * @param paddr any value.
     * @return bytes up to the end of the extent, zero if the address lies in none.
     */
    public long runFromPaddr(final long paddr)
    {
        final Extent extent = extentOfPaddr(paddr);
        return null == extent ? 0 : extent.paddr() + extent.length() - paddr;
    }

    private Extent extentOfPaddr(final long paddr)
    {
        int low = 0;
        int high = byPaddr.length - 1;
        while (low <= high)
        {
            final int middle = (low + high) >>> 1;
            final Extent extent = byPaddr[middle];
            if (paddr < extent.paddr())
            {
                high = middle - 1;
            }
            else if (paddr - extent.paddr() >= extent.length())
            {
                low = middle + 1;
            }
            else
            {
                return extent;
            }
        }
        return null;
    }

    private int floorByOffset(final long offset)
    {
        int low = 0;
        int high = byOffset.length - 1;
        while (low < high)
        {
            final int middle = (low + high + 1) >>> 1;
            if (byOffset[middle].offset() <= offset)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }
        return low;
    }

    private static Extent[] sorted(final List<Extent> extents, final Comparator<Extent> order)
    {
        final List<Extent> copy = new ArrayList<>(extents);
        copy.sort(order);
        return copy.toArray(new Extent[0]);
    }
}
