/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.concurrent.locks.LockSupport;

/**
 * A thread that waits for space, with a limit.
 * <pre>
 * while (true) { isLast = waiter.begin(); attempt; if (granted || isLast) return; waiter.sleep(line); }
 * </pre>
 * Used by the thread that makes it, but for {@link #wake()}.
 */
public final class SpaceWaiter implements AutoCloseable
{
    private final Thread thread = Thread.currentThread();
    private final long start = System.nanoTime();
    private final long timeoutNanos;
    private boolean interrupted;
    /** Since the last attempt began. The thread's permit alone says less: locks that are waited for take it, too. */
    private volatile boolean woken;

    /**
     * Begin to wait.
     *
     * @param timeoutNanos how long, from now on; not at all if negative.
     */
    public SpaceWaiter(final long timeoutNanos)
    {
        this.timeoutNanos = Math.max(0, timeoutNanos);
    }

    /**
     * Begin an attempt: what wakes from now on is for the next one.
     *
     * @return whether this one is the last: the time is over, or the thread is interrupted.
     */
    public boolean begin()
    {
        interrupted |= Thread.interrupted();
        woken = false;
        return interrupted || remaining() <= 0;
    }

    /**
     * Sleep until something wakes the thread, the time is over, or it is interrupted.
     *
     * @param line what is waited for, for those who look at the thread.
     */
    public void sleep(final Object line)
    {
        if (!woken)
        {
            LockSupport.parkNanos(line, remaining());
        }
    }

    /**
     * Have the thread try again. What it does itself is no news to it.
     */
    public void wake()
    {
        if (Thread.currentThread() != thread)
        {
            woken = true;
            LockSupport.unpark(thread);
        }
    }

    /**
     * End the wait: an interrupt that has ended it stays set.
     */
    @Override
    public void close()
    {
        if (interrupted)
        {
            thread.interrupt();
        }
    }

    private long remaining()
    {
        return timeoutNanos - (System.nanoTime() - start);
    }
}
