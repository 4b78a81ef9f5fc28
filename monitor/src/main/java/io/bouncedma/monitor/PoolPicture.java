/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.monitor;

import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolWalk;

import java.util.Arrays;

/**
 * How full each part of a pool is, drawn slice by slice while the pool is used. What is seen is the last picture that
 * was finished.
 */
final class PoolPicture implements AutoCloseable
{
    private final BouncePool pool;
    private final PoolWalk.Visitor visitor = this::add;
    private long[] drawn = new long[CountersFile.PICTURE_PARTS];
    private long[] draft = new long[CountersFile.PICTURE_PARTS];
    private long drawnSpan;
    private long span;
    private PoolWalk walk;

    PoolPicture(final BouncePool pool)
    {
        this.pool = pool;
    }

    /**
     * Draw the next {@link PoolWalk#SLICE} pieces, of a new picture if none is under way.
     *
     * @return whether there is more to draw; if not, the picture is what is seen from now on.
     */
    boolean slice()
    {
        if (null == walk)
        {
            walk = pool.walk();
            span = walk.span();
            Arrays.fill(draft, 0);
        }
        if (walk.next(visitor))
        {
            return true;
        }
        walk = null;
        final long[] before = drawn;
        drawn = draft;
        draft = before;
        drawnSpan = span;
        return false;
    }

    /**
     * The span of the pool.
     *
     * @return bytes, 0 as long as there is no picture.
     */
    long span()
    {
        return drawnSpan;
    }

    /**
     * The picture that is seen.
     *
     * @return bytes of each part that are used or hot; valid until the next {@link #slice}.
     */
    long[] used()
    {
        return drawn;
    }

    /** Forget the picture that is under way. */
    @Override
    public void close()
    {
        if (null != walk)
        {
            walk.close();
            walk = null;
        }
    }

    private void add(final long offset, final long length, final boolean isFree)
    {
        // Without a remainder: pools and their parts are whole pages.
        final long partLength = span / draft.length;
        final long end = isFree ? offset : offset + length;
        for (long at = offset; at < end; )
        {
            final int part = (int)(at / partLength);
            final long next = Math.min(end, (part + 1) * partLength);
            draft[part] += next - at;
            at = next;
        }
    }
}
