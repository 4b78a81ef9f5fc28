/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits for a thread that is inside a lock which is held for some ten memory accesses. Who has waited for longer than
 * that waits for a thread that does not run: it lets others run, then sleeps, so that a core is free for that thread
 * and no more than some microseconds of processor time go into a wait, and at last says whom it has waited for.
 */
final class Spin
{
    private static final int SPINS = 200;
    private static final int YIELDS = SPINS + 4;
    // Constants of the compiler, so that there is no initializer: one that a full stack ends makes the class unusable.
    private static final long NAP_NANOS = 50_000;
    private static final long SLEEP_NANOS = 100_000_000;
    private static final long LIMIT_NANOS = 30_000_000_000L;
    /** A process that was stopped for so long, all its threads with it, goes on waiting: the holder ran no more. */
    private static final long LEAST_SLEEP_NANOS = 1_000_000_000;

    private int turns;
    private long slept;
    private long start;

    /**
     * Whether the next thing to do is to sleep.
     */
    boolean isLong()
    {
        return turns >= YIELDS - 1;
    }

    /**
     * The lock was let go meanwhile: who is inside now runs.
     */
    void again()
    {
        turns = 0;
    }

    /**
     * Wait a little, for who is not woken when the lock is let go.
     *
     * @param what   is locked, for the message.
     * @param holder id of the thread that is inside, 0 if it is not known.
     * @throws IllegalStateException as {@link #once(String, long, boolean)}.
     */
    void once(final String what, final long holder)
    {
        once(what, holder, false);
    }

    /**
     * Wait a little.
     *
     * @param what    is locked, for the message.
     * @param holder  id of the thread that is inside, 0 if it is not known.
     * @param isWoken whether somebody wakes the calling thread when the lock is let go, mostly.
     * @throws IllegalStateException after half a minute: nothing was changed, but that a free whose handle has ended by
     *                               then has lost its block.
     */
    void once(final String what, final long holder, final boolean isWoken)
    {
        turns++;
        if (turns < SPINS)
        {
            Thread.onSpinWait();
            return;
        }
        if (turns < YIELDS)
        {
            Thread.yield();
            return;
        }
        final long now = System.nanoTime();
        start = 0 == start ? now : start;
        if (slept > LEAST_SLEEP_NANOS && now - start > LIMIT_NANOS)
        {
            throw new IllegalStateException(what + " is not let go: seconds=" +
                TimeUnit.NANOSECONDS.toSeconds(LIMIT_NANOS) + ", holder=" + name(holder));
        }
        final boolean interrupted = Thread.interrupted();
        final long nanos = isWoken && !interrupted ? SLEEP_NANOS : NAP_NANOS;
        slept += nanos;
        sleep(nanos, interrupted);
    }

    /**
     * An interrupted thread does not sleep: it would keep its core, or its carrier, from the thread that it waits for.
     * So it is none for that time.
     */
    private static void sleep(final long nanos, final boolean interrupted)
    {
        try
        {
            if (interrupted)
            {
                // Takes the permit that the interrupt has left.
                LockSupport.parkNanos(1);
            }
            LockSupport.parkNanos(nanos);
        }
        finally
        {
            if (interrupted)
            {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static String name(final long id)
    {
        return Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> id == thread.threadId())
            .map(Thread::toString)
            .findAny().orElse("thread #" + id + ", which is virtual or has ended");
    }
}
