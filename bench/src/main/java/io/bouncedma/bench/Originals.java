/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import java.util.BitSet;
import java.util.SplittableRandom;

/**
 * Places for the private buffers of a trace, as an operating system deals them out: whole pages anywhere in a memory
 * that is larger than most caches, none of two live buffers at one time, and by a seed, so that each run has the same.
 */
final class Originals
{
    static final int PAGE = 4096;

    private static final long SEED = 20261130L;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final BitSet taken = new BitSet();
    private final int pages;

    /**
     * Begin with nothing taken.
     *
     * @param length of the memory in bytes, a multiple of a page.
     */
    Originals(final int length)
    {
        pages = length / PAGE;
    }

    /**
     * Take a place.
     *
     * @param length     bytes of the buffer.
     * @param pageOffset where in its first page it begins.
     * @return its first byte, or -1 if no run of pages is free that is long enough.
     */
    int take(final int length, final int pageOffset)
    {
        final int count = pages(length, pageOffset);
        if (count > pages)
        {
            return -1;
        }
        final int start = random.nextInt(pages - count + 1);
        int page = next(start, count);
        if (page < 0)
        {
            page = next(0, count);
        }
        if (page < 0)
        {
            return -1;
        }
        taken.set(page, page + count);
        return page * PAGE + pageOffset;
    }

    /**
     * Give a place back.
     *
     * @param first  byte of the buffer.
     * @param length bytes.
     */
    void free(final int first, final int length)
    {
        final int page = first / PAGE;
        taken.clear(page, page + pages(length, first % PAGE));
    }

    private int next(final int from, final int count)
    {
        int page = from;
        while (page + count <= pages)
        {
            final int blocking = taken.nextSetBit(page);
            if (blocking < 0 || blocking >= page + count)
            {
                return page;
            }
            page = taken.nextClearBit(blocking);
        }
        return -1;
    }

    private static int pages(final int length, final int pageOffset)
    {
        return (int)(((long)pageOffset + length + PAGE - 1) / PAGE);
    }
}
