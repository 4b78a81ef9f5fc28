/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits for a thread that is inside a lock which is held for some ten memory accesses. Who has waited for longer than
 * that waits for a thread that does not run: it lets others run, and at last says whom it has waited for.
 */
final class Spin
{
    private static final int SPINS = 100;
    private static final int YIELDS = 1000;
    // Constants of the compiler, so that there is no initializer: one that a full stack ends makes the class unusable.
    private static final long PAUSE_NANOS = 100_000;
    private static final long LIMIT_NANOS = 30_000_000_000L;
    /** A process that was stopped for so long, all its threads with it, goes on waiting: the holder ran no more. */
    private static final int LEAST_TURNS = YIELDS + 10_000;

    private int turns;
    private long start;

    /**
     * Wait a little.
     *
     * @param what   is locked, for the message.
     * @param holder id of the thread that is inside, 0 if it is not known.
     * @throws IllegalStateException after half a minute: nothing was changed, but that a free whose handle has ended by
     *                               then has lost its block.
     */
    void once(final String what, final long holder)
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
        if (turns > LEAST_TURNS && now - start > LIMIT_NANOS)
        {
            throw new IllegalStateException(what + " is not let go: seconds=" +
                TimeUnit.NANOSECONDS.toSeconds(LIMIT_NANOS) + ", holder=" + name(holder));
        }
        LockSupport.parkNanos(PAUSE_NANOS);
    }

    private static String name(final long id)
    {
        return Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> id == thread.threadId())
            .map(Thread::toString)
            .findAny().orElse("thread #" + id + ", which is virtual or has ended");
    }
}
