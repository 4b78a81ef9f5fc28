/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Those who wait for space in a pool, first come first served. Only the first one tries; when it is served or its time
 * is over, the next one does. Who waits for its own quota needs others of its client to free, not the pool to have
 * space: it lets those of other clients try as if it was not there, until it is refused for another reason.
 * <p>
 * Requests that may not wait pass by, since they would fail otherwise; so does one whose time is over.
 */
final class SpaceQueue
{
    private static final Waiter[] NOBODY = new Waiter[0];

    private final Runnable takeBack;
    private final Consumer<Boolean> waiting;
    private final List<Waiter> waiters = new ArrayList<>();
    /** Those who may try now: the first one is always among them. */
    private volatile Waiter[] trying = NOBODY;

    /**
     * An empty queue.
     *
     * @param takeBack lets all that is hot in the pool join the free runs.
     * @param waiting  hears whether somebody waits, with the queue's monitor held.
     */
    SpaceQueue(final Runnable takeBack, final Consumer<Boolean> waiting)
    {
        this.takeBack = takeBack;
        this.waiting = waiting;
    }

    /**
     * Take a block, and wait until there is one.
     *
     * @param client       whose request it is.
     * @param timeoutNanos how long to wait at most, from joining the queue.
     * @return a handle, or the code of the reason why the last attempt gave none; there is at least one, unless nobody
     * could ever serve the request.
     */
    long allocate(
        final Requester client, final int length, final int alignMask, final long low, final long timeoutNanos)
    {
        // Who finds others waiting must not overtake them, only learn whether it is worth to wait.
        final long block = isEmpty() || !isWell(length, alignMask) ? client.attempt(length, alignMask, low) :
            hope(client, length, alignMask, low);
        return block >= 0 || Refusal.Reason.isForGood(block) ? block :
            await(client, length, alignMask, low, timeoutNanos);
    }

    boolean isEmpty()
    {
        return 0 == trying.length;
    }

    /**
     * Something was freed.
     */
    void signal()
    {
        for (final Waiter waiter : trying)
        {
            waiter.wake();
        }
    }

    /**
     * The pool or one of its clients is closed: who waits for it finds out, wherever it is in the queue.
     */
    synchronized void signalAll()
    {
        waiters.forEach(Waiter::wake);
    }

    private long await(
        final Requester client, final int length, final int alignMask, final long low, final long timeoutNanos)
    {
        final long start = System.nanoTime();
        final Waiter self = new Waiter(Thread.currentThread(), client);
        boolean interrupted = false;
        try
        {
            join(self);
            while (true)
            {
                final long remaining = timeoutNanos - (System.nanoTime() - start);
                interrupted |= Thread.interrupted();
                final boolean last = remaining <= 0 || interrupted;
                // Before what it tells of is looked at.
                self.woken = false;
                if (last || self.mayTry || client.isClosed())
                {
                    // What was hot before anybody saw that somebody waits, too: after this whoever frees signals.
                    takeBack.run();
                    final long result = client.attempt(length, alignMask, low);
                    if (last || result >= 0 || Refusal.Reason.isForGood(result))
                    {
                        return result;
                    }
                    refused(self, Refusal.Reason.QUOTA.code() == result);
                }
                if (!self.woken)
                {
                    LockSupport.parkNanos(this, remaining);
                }
            }
        }
        finally
        {
            leave(self);
            if (interrupted)
            {
                self.thread.interrupt();
            }
        }
    }

    private synchronized void join(final Waiter self)
    {
        waiters.add(self);
        choose();
    }

    private synchronized void leave(final Waiter self)
    {
        waiters.remove(self);
        choose();
    }

    private synchronized void refused(final Waiter self, final boolean atQuota)
    {
        if (self.atQuota != atQuota)
        {
            self.atQuota = atQuota;
            choose();
        }
    }

    /**
     * Find out who may try, and wake those who might not before.
     */
    private void choose()
    {
        final List<Waiter> chosen = new ArrayList<>();
        boolean behindSpace = false;
        for (final Waiter waiter : waiters)
        {
            // The chosen ones that are ahead are all at their quotas. Of one client only the first tries: a smaller
            // request must not eat up what a larger one waits for.
            final boolean may = !behindSpace && chosen.stream().noneMatch(other -> other.client == waiter.client);
            if (may)
            {
                chosen.add(waiter);
                behindSpace = !waiter.atQuota;
            }
            final boolean isNew = may && !waiter.mayTry;
            waiter.mayTry = may;
            if (isNew)
            {
                waiter.wake();
            }
        }
        trying = chosen.toArray(NOBODY);
        waiting.accept(!waiters.isEmpty());
    }

    /** Whether an attempt would not throw because of what is asked for. */
    private static boolean isWell(final int length, final int alignMask)
    {
        return length > 0 && length <= BouncePool.MAX_BLOCK && alignMask >= 0 && 0 == (alignMask & alignMask + 1);
    }

    private static int hope(final Requester client, final int length, final int alignMask, final long low)
    {
        return (client.couldServe(length, alignMask, low) ? Refusal.Reason.EXHAUSTED : Refusal.Reason.TOO_LARGE).code();
    }

    /** One request. */
    private static final class Waiter
    {
        private final Thread thread;
        private final Requester client;
        private boolean atQuota;
        private volatile boolean mayTry;
        /** Since it tried last. The thread's permit alone says less: locks that are waited for take it, too. */
        private volatile boolean woken;

        Waiter(final Thread thread, final Requester client)
        {
            this.thread = thread;
            this.client = client;
        }

        void wake()
        {
            woken = true;
            LockSupport.unpark(thread);
        }
    }
}
