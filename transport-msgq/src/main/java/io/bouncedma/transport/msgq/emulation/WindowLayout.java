/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.memory.Extent;

import java.util.ArrayList;
import java.util.List;

/**
 * How the emulated hypervisor lays out a window, and how it scatters it over a VM's physical addresses: in four extents
 * of an eighth, an eighth, a quarter and a half of the window, whose order in paddr is another one than that in the
 * window, and another one in each VM.
 * <pre>
 * window   | register page | pool ........................................................ |
 * extents  | 0       | 1       | 2                   | 3                                   |
 * </pre>
 */
public final class WindowLayout
{
    /** Where the register page lies. */
    public static final long REGISTER_PAGE = 0;
    /** Where the part for pools begins. Not at zero, which is no bus address. */
    public static final long POOL_OFFSET = Extent.ALIGNMENT;

    private static final int[] EIGHTHS = {1, 1, 2, 4};
    /** By VM: the places of the extents in the order of their paddrs. */
    private static final int[][] ORDERS = {{2, 0, 3, 1}, {3, 1, 0, 2}};
    private static final long[] PADDR_BASES = {0x8_0000_0000L, 0x4_0000_0000L};
    private static final long GAP = 16L * Extent.ALIGNMENT;

    private WindowLayout()
    {
    }

    /**
     * The length of a window with so much room for pools.
     *
     * @param poolLength bytes, a positive multiple of {@link Extent#ALIGNMENT}.
     * @return bytes.
     */
    public static long windowLength(final int poolLength)
    {
        return POOL_OFFSET + poolLength;
    }

    /**
     * The extents of a window in one VM.
     *
     * @param vm     index, 0 or 1.
     * @param length of the window in bytes, a multiple of {@link Extent#ALIGNMENT}.
     * @return the extents in the order of their offsets.
     * @throws IllegalArgumentException if the window is shorter than four pages.
     */
    public static List<Extent> extents(final int vm, final long length)
    {
        final long pages = length / Extent.ALIGNMENT;
        if (pages < EIGHTHS.length)
        {
            throw new IllegalArgumentException("window needs " + EIGHTHS.length + " pages of " + Extent.ALIGNMENT +
                " bytes: length=" + length);
        }
        final int count = EIGHTHS.length;
        final long[] lengths = new long[count];
        final long[] offsets = new long[count];
        long at = 0;
        for (int i = 0; i < count; i++)
        {
            final boolean isLast = i == count - 1;
            lengths[i] = isLast ? length - at : Math.max(1, pages * EIGHTHS[i] / 8) * Extent.ALIGNMENT;
            offsets[i] = at;
            at += lengths[i];
        }
        final long[] paddrs = new long[count];
        long paddr = PADDR_BASES[vm];
        for (final int extent : ORDERS[vm])
        {
            paddrs[extent] = paddr;
            paddr += lengths[extent] + GAP;
        }
        final List<Extent> extents = new ArrayList<>();
        for (int i = 0; i < count; i++)
        {
            extents.add(new Extent(offsets[i], paddrs[i], lengths[i]));
        }
        return extents;
    }
}
