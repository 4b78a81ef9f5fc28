/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The line of those who wait for space in a pool, first come first served. Only the first one tries; when it is served
 * or its time is over, the next one does. Who waits for its own quota needs others of its client to free, not the pool
 * to have space: it lets those of other clients try as if it was not there, until it is refused for another reason.
 * <p>
 * Requests that may not wait pass by, since they would fail otherwise; so does one whose time is over.
 */
final class SpaceQueue
{
    private static final SpaceTicket[] NOBODY = new SpaceTicket[0];

    private final Runnable takeBack;
    private final Consumer<Boolean> waiting;
    private final List<SpaceTicket> waiters = new ArrayList<>();
    /** Those who may try now: the first one is always among them. */
    private volatile SpaceTicket[] trying = NOBODY;

    /**
     * An empty line.
     *
     * @param takeBack lets all that is hot in the pool join the free runs.
     * @param waiting  hears whether somebody waits, with the line's monitor held.
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
     * @param timeoutNanos how long to wait at most, from joining the line.
     * @return a handle, or the code of the reason why the last attempt gave none; there is at least one, unless nobody
     * could ever serve the request.
     */
    long allocate(
        final Requester client, final int length, final int alignMask, final long low, final long timeoutNanos)
    {
        final long block = attemptUnlessBusy(client, length, alignMask, low);
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
        for (final SpaceTicket ticket : trying)
        {
            ticket.wake();
        }
    }

    /**
     * The pool or one of its clients is closed: who waits for it finds out, wherever it is in the line.
     */
    synchronized void signalAll()
    {
        waiters.forEach(SpaceTicket::wake);
    }

    void join(final SpaceTicket ticket)
    {
        synchronized (this)
        {
            waiters.add(ticket);
            choose(ticket);
        }
        // What was hot before anybody saw that somebody waits, too: after this whoever frees signals.
        takeBack.run();
    }

    synchronized void leave(final SpaceTicket ticket)
    {
        waiters.remove(ticket);
        ticket.mayTry(false);
        choose(ticket);
    }

    /** Take a block unless somebody is in line, who must not be overtaken: learn then whether it is worth to wait. */
    long attemptUnlessBusy(final Requester client, final int length, final int alignMask, final long low)
    {
        return isEmpty() || !isWell(length, alignMask) ? client.attempt(length, alignMask, low) :
            hope(client, length, alignMask, low);
    }

    /** Take a block if it is one's turn. */
    long attempt(final SpaceTicket ticket, final int length, final int alignMask, final long low)
    {
        final Requester client = ticket.client();
        if (!ticket.mayTry() && !client.isClosed() && isWell(length, alignMask))
        {
            return hope(client, length, alignMask, low);
        }
        final long result = client.attempt(length, alignMask, low);
        if (result < 0)
        {
            refused(ticket, Refusal.Reason.QUOTA.code() == result);
        }
        return result;
    }

    private long await(
        final Requester client, final int length, final int alignMask, final long low, final long timeoutNanos)
    {
        try (SpaceWaiter self = new SpaceWaiter(timeoutNanos);
            SpaceTicket ticket = new SpaceTicket(this, client, self::wake))
        {
            ticket.join();
            while (true)
            {
                final boolean isLast = self.begin();
                final long result = isLast ? client.attempt(length, alignMask, low) :
                    ticket.attempt(length, alignMask, low);
                if (isLast || result >= 0 || Refusal.Reason.isForGood(result))
                {
                    return result;
                }
                self.sleep(this);
            }
        }
    }

    private synchronized void refused(final SpaceTicket ticket, final boolean atQuota)
    {
        if (ticket.isAtQuota() != atQuota)
        {
            ticket.atQuota(atQuota);
            choose(ticket);
        }
    }

    /**
     * Find out who may try, and wake those who might not before.
     *
     * @param self who is here and need not be woken.
     */
    private void choose(final SpaceTicket self)
    {
        final List<SpaceTicket> chosen = new ArrayList<>();
        boolean behindSpace = false;
        for (final SpaceTicket ticket : waiters)
        {
            // The chosen ones that are ahead are all at their quotas. Of one client only the first tries: a smaller
            // request must not eat up what a larger one waits for.
            final boolean may = !behindSpace && chosen.stream().noneMatch(other -> other.client() == ticket.client());
            if (may)
            {
                chosen.add(ticket);
                behindSpace = !ticket.isAtQuota();
            }
            final boolean isNew = may && !ticket.mayTry() && ticket != self;
            ticket.mayTry(may);
            if (isNew)
            {
                ticket.wake();
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
}
