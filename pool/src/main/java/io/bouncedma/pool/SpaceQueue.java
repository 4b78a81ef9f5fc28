/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Those who wait for space in a pool, first come first served. Only the first one tries; when it is served or its time
 * is over, the next one does. Requests that may not wait pass by: they would fail otherwise.
 */
final class SpaceQueue
{
    /** A thread that freed a block just before it saw somebody wait signals nobody; the first one looks again. */
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final PoolLedger ledger;
    private final ArrayDeque<Thread> waiters = new ArrayDeque<>();
    private volatile Thread first;

    SpaceQueue(final PoolLedger ledger)
    {
        this.ledger = ledger;
    }

    /**
     * Wait until an attempt succeeds.
     *
     * @param attempt      gives a block or a negative code.
     * @param timeoutNanos how long to wait at most, from joining the queue.
     * @return what the last attempt gave.
     */
    long await(final LongSupplier attempt, final long timeoutNanos)
    {
        final long start = System.nanoTime();
        final Thread self = Thread.currentThread();
        boolean interrupted = false;
        join(self);
        try
        {
            while (true)
            {
                final long result = self == first ? attempt.getAsLong() : Refusal.Reason.EXHAUSTED.code();
                final long remaining = timeoutNanos - (System.nanoTime() - start);
                interrupted |= Thread.interrupted();
                if (result >= 0 || Refusal.Reason.TOO_LARGE.code() == result || remaining <= 0 || interrupted)
                {
                    return result;
                }
                LockSupport.parkNanos(this, Math.min(remaining, LOOK_AGAIN_NANOS));
            }
        }
        finally
        {
            leave(self);
            if (interrupted)
            {
                self.interrupt();
            }
        }
    }

    boolean isEmpty()
    {
        return null == first;
    }

    /**
     * Something was freed.
     */
    void signal()
    {
        LockSupport.unpark(first);
    }

    private synchronized void join(final Thread self)
    {
        waiters.addLast(self);
        first = waiters.peekFirst();
        ledger.waiting(true);
    }

    private synchronized void leave(final Thread self)
    {
        waiters.remove(self);
        first = waiters.peekFirst();
        ledger.waiting(!waiters.isEmpty());
        LockSupport.unpark(first);
    }
}
