/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import org.agrona.BitUtil;

import java.util.Arrays;

/**
 * The hot blocks of one size, as the handles that they are handed out with next: who takes one needs to read nothing
 * about it. For who is inside the stripe.
 */
final class HotStack extends Padded
{
    /** What one without blocks takes of private memory. */
    static final int BYTES = 200;

    private static final int PADDING = 2 * BitUtil.CACHE_LINE_LENGTH / Long.BYTES;
    private static final int FEW = 4;

    /** Units of each block, or 0. */
    int size;
    int count;
    /** When it was looked for last, in frees. */
    int stamp;
    /** Without the client's tag. */
    private long[] handles = new long[PADDING + FEW];

    /** The hottest one. */
    long top()
    {
        return at(count - 1);
    }

    /** One of those that there are, from the coldest on. */
    long at(final int index)
    {
        return handles[PADDING + index];
    }

    void set(final int index, final long handle)
    {
        handles[PADDING + index] = handle;
    }

    /** See to it that there is room for so many: there may be no memory for it, so before anything is changed. */
    void reach(final int blocks)
    {
        if (PADDING + blocks > handles.length)
        {
            handles = Arrays.copyOf(handles, PADDING + Math.max(blocks, 2 * count));
        }
    }

    long bytes()
    {
        return BYTES + (long)handles.length * Long.BYTES;
    }
}
