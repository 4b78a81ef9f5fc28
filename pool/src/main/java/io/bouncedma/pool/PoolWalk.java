/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.Arrays;
import java.util.Comparator;

/**
 * A walk over the memory of a pool, slice by slice, while others allocate and free: for pictures and reports.
 * <p>
 * A slice is {@value #SLICE} pieces at most, a piece being a free run or what a client took out of one. They are copied
 * with a lock held, which takes some microseconds, and told when it is not held any more; between slices nothing is
 * locked. What does not change meanwhile is told once and as it is, what changes at most once, as it was or as it
 * became: no byte is ever told twice. What joins the pool meanwhile is not told, nor need be what leaves it.
 * <p>
 * One thread.
 */
public final class PoolWalk implements AutoCloseable
{
    /** How many pieces a slice has at most. */
    public static final int SLICE = PieceCursor.SLICE;

    private final PoolLock lock;
    private final Arena[] arenas;
    private final PieceCursor cursor = new PieceCursor();
    private int at;
    private boolean isInside;

    /**
     * A walk over some arenas.
     *
     * @param arenas of the pool, which keeps the array as it is.
     * @param lock   of the pool.
     */
    PoolWalk(final Arena[] arenas, final PoolLock lock)
    {
        this.lock = lock;
        this.arenas = arenas.clone();
        Arrays.sort(this.arenas, Comparator.comparingLong(Arena::offset));
    }

    /**
     * How much memory the walk goes over.
     *
     * @return bytes from the pool's first to the last of the parts that it had when the walk began, with those between
     *         its parts, which are not told.
     */
    public long span()
    {
        final Arena last = arenas.length > 0 ? arenas[arenas.length - 1] : null;
        return null == last ? 0 : last.offset() + ((long)last.units() << BlockSize.UNIT_SHIFT);
    }

    /**
     * Tell of the next slice, in the order of memory. A pool that was closed is walked over as it was.
     *
     * @param visitor gets each piece, on this thread and with no lock held.
     * @return whether there is more; false again after the end.
     */
    public boolean next(final Visitor visitor)
    {
        int told = 0;
        while (at < arenas.length && told < SLICE)
        {
            final boolean isMore = copy(SLICE - told);
            isInside = isMore;
            at += isMore ? 0 : 1;
            told += cursor.tell(visitor);
        }
        return at < arenas.length;
    }

    /**
     * End the walk before its end; at its end nothing is left to be done. A second call does nothing.
     */
    @Override
    public void close()
    {
        if (isInside)
        {
            isInside = false;
            lock.lock();
            try
            {
                arenas[at].leave(cursor);
            }
            finally
            {
                lock.unlock();
            }
        }
        at = arenas.length;
    }

    private boolean copy(final int most)
    {
        lock.lock();
        try
        {
            return arenas[at].copy(cursor, !isInside, most);
        }
        finally
        {
            lock.unlock();
        }
    }

    /**
     * Sees pieces of a pool.
     */
    @FunctionalInterface
    public interface Visitor
    {
        /**
         * See one.
         *
         * @param offset bytes from the pool's first.
         * @param length bytes.
         * @param isFree whether it is free. What clients keep hot is not.
         */
        void piece(long offset, long length, boolean isFree);
    }
}
