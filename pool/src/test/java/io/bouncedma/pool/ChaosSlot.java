/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Window;

import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A part of the window in which one pool lives after the other, each with some of the part's extents. Who changes that
 * has the slot's lock; who allocates and frees has none.
 */
final class ChaosSlot
{
    static final int EXTENTS = 4;
    static final int EXTENT = 1 << 16;
    static final int LENGTH = EXTENTS * EXTENT;

    /* How an extent is: the last two bits of its state; the others count its lives. */
    static final int ABSENT = 0;
    static final int SERVING = 1;
    static final int RETIRING = 2;
    static final int LIFE = 3;

    final long offset;
    /** The pool that lives here now, or that did last. */
    volatile ChaosPool pool;

    private final Window window;
    private final Occupancy occupancy;
    private final AtomicLongArray extents = new AtomicLongArray(EXTENTS);
    private final ReentrantLock lock = new ReentrantLock();
    private int lives;

    ChaosSlot(final Window window, final Occupancy occupancy, final long offset)
    {
        this.window = window;
        this.occupancy = occupancy;
        this.offset = offset;
    }

    long extent(final int number)
    {
        return extents.get(number);
    }

    /**
     * Do something to the pool or its clients that others would call seldom. Nothing is done if another thread does.
     */
    void change(final SplittableRandom random)
    {
        if (!lock.tryLock())
        {
            return;
        }
        try
        {
            if (null == pool || pool.closed)
            {
                open(random);
                return;
            }
            switch (random.nextInt(32))
            {
                case 0 -> close(random);
                case 1 -> look();
                case 2, 3, 4, 5, 6, 7, 8, 9 -> grow(random.nextInt(EXTENTS));
                case 10, 11, 12, 13 -> retire(random.nextInt(EXTENTS));
                case 14, 15, 16, 17 -> pool.closeClient(random);
                default -> pool.openClient(random);
            }
            pool.closeMarked();
            if (pool.closing)
            {
                tryClose();
            }
        }
        finally
        {
            lock.unlock();
        }
    }

    void open(final SplittableRandom random)
    {
        final int first = random.nextInt(EXTENTS);
        final boolean scrubs = random.nextInt(3) == 0;
        begin(0);
        for (int extent = 1; extent <= first; extent++)
        {
            begin(extent);
        }
        // All of it must be free: whoever was here before has closed.
        final BouncePool opened =
            new BouncePool("slot" + offset + '-' + lives++, window, offset, (first + 1) * EXTENT, scrubs);
        pool = new ChaosPool(this, opened, random.nextInt(4) == 0);
        pool.openClient(random);
    }

    private void grow(final int extent)
    {
        if (ABSENT != (extents.get(extent) & LIFE))
        {
            return;
        }
        begin(extent);
        pool.pool.grow(offset + (long)extent * EXTENT, EXTENT);
    }

    void retire(final int extent)
    {
        final long state = extents.get(extent);
        if (ABSENT == (state & LIFE))
        {
            return;
        }
        try
        {
            final long held = pool.pool.retire(offset + (long)extent * EXTENT);
            Chaos.require(held >= 0 && held <= EXTENT, () -> "retire: " + held);
            extents.set(extent, state & ~LIFE | (0 == held ? ABSENT : RETIRING));
        }
        catch (final IllegalStateException e)
        {
            Chaos.require(e.getMessage().contains("reserves need"), () -> "retire: " + e);
        }
    }

    private void close(final SplittableRandom random)
    {
        if (pool.mayBeAbandoned() && random.nextBoolean())
        {
            pool.abandon(() ->
            {
                occupancy.release(offset, LENGTH);
                gone();
            });
            return;
        }
        pool.closing = true;
    }

    private void tryClose()
    {
        if (pool.closed)
        {
            return;
        }
        try
        {
            pool.pool.close();
            pool.closed = true;
            gone();
        }
        catch (final IllegalStateException e)
        {
            Chaos.require(e.getMessage().contains("in use"), () -> "close: " + e);
        }
    }

    /** The figures make sense even while others change them. */
    private void look()
    {
        final PoolStatistics figures = pool.pool.statistics();
        Chaos.require(figures.used() >= 0 && figures.hot() >= 0 && figures.free() >= 0 &&
            figures.largestRun() <= EXTENT, () -> "statistics: " + figures);
    }

    /** A new life; before the pool can hand out any of it. */
    private void begin(final int extent)
    {
        extents.set(extent, (extents.get(extent) | LIFE) + 1 + SERVING);
    }

    private void gone()
    {
        for (int extent = 0; extent < EXTENTS; extent++)
        {
            extents.set(extent, extents.get(extent) & ~LIFE);
        }
    }
}
