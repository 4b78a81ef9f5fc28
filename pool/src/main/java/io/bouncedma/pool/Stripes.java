/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A client's stripes: one for each platform thread that uses it, made when it is needed and passed on when the thread
 * has ended, and some that all virtual threads share.
 * <p>
 * A thread finds its own by its id in a hash table with a window of {@value #WINDOW} places. A virtual thread owns
 * none: there may be millions of them, and each that ran for a moment would leave one behind. Nor does a platform
 * thread beyond the {@value #MOST_OWNED}th that lives.
 */
final class Stripes
{
    private static final int MOST_OWNED = 1024;
    /** A thread without a stripe of its own asks for one in one of so many calls. */
    private static final int TRY_EVERY = 64;
    private static final int MOST_SHARED = 16;
    private static final int WINDOW = 4;
    private static final int FIRST_LENGTH = 16;
    /** How many stripes a new thread looks at for one whose thread has ended. */
    private static final int LOOKS = 8;
    private static final int SHARED =
        Math.min(MOST_SHARED, Integer.highestOneBit(4 * Runtime.getRuntime().availableProcessors() - 1));

    private final FreeRuns runs;
    private final PoolLock lock;
    /** By thread. What readers without a lock need of a stripe is final, so they see it whole or not at all. */
    private volatile Stripe[] byThread = new Stripe[FIRST_LENGTH];
    /** The first one that had an owner... */
    private Stripe eldest;
    /**
     * ... and its owner, which is the only one to write this, so that all others see that it is not them. They do not
     * look at the stripe for it: its owner writes in that line at each call.
     */
    private Thread eldestOwner;
    /** Of those without an owner. */
    private volatile Stripe[] shared = new Stripe[0];
    /** By index. */
    private volatile Stripe[] all = new Stripe[0];
    private int owned;
    /** Whether {@link #MOST_OWNED} are: a hint. */
    private volatile boolean full;
    private int looked;
    /** How many share what is hot. */
    private int counted;
    private boolean ended;

    Stripes(final FreeRuns runs, final PoolLock lock)
    {
        this.runs = runs;
        this.lock = lock;
    }

    /**
     * The calling thread's stripe.
     */
    Stripe mine()
    {
        // Most clients are one thread's.
        return Thread.currentThread() == eldestOwner ? eldest : lookUp();
    }

    /** This and {@link #usual()} are so short that HotSpot makes no call of them. */
    private Stripe lookUp()
    {
        final Stripe usual = usual();
        return null != usual && usual.isMine() ? usual : find();
    }

    /** Where the calling thread's stripe is, unless another thread's was there before. */
    private Stripe usual()
    {
        final Stripe[] table = byThread;
        return table[(int)Thread.currentThread().threadId() & table.length - 1];
    }

    /**
     * The stripe that handed a block out.
     *
     * @param index of the block's word, or any number that is not below zero.
     * @return null if there is none.
     */
    Stripe at(final int index)
    {
        final Stripe[] known = all;
        return index < known.length ? known[index] : null;
    }

    /**
     * All that there are.
     */
    List<Stripe> all()
    {
        return Arrays.asList(all);
    }

    long usedUnits()
    {
        long units = 0;
        for (final Stripe stripe : all)
        {
            units += stripe.usedUnits();
        }
        return Math.max(0, units);
    }

    /** No fewer units than were used at one time, and as many if one thread used them. */
    long peakUnits()
    {
        long units = 0;
        for (final Stripe stripe : all)
        {
            units += stripe.peakUnits();
        }
        return units;
    }

    /** Count no more among those who share what is hot. */
    synchronized void end()
    {
        lock.lock();
        try
        {
            runs.ledger().stripes(-counted);
            counted = 0;
            ended = true;
        }
        finally
        {
            lock.unlock();
        }
    }

    /** What the stripes take of private memory. */
    long bytes()
    {
        long bytes = 0;
        for (final Stripe stripe : all)
        {
            bytes += stripe.bytes();
        }
        return bytes;
    }

    private Stripe find()
    {
        final Stripe[] table = byThread;
        final int first = (int)Thread.currentThread().threadId();
        if (Thread.currentThread().isVirtual())
        {
            return share(first);
        }
        for (int i = 1; i < WINDOW; i++)
        {
            final Stripe stripe = table[first + i & table.length - 1];
            if (null != stripe && stripe.isMine())
            {
                return stripe;
            }
        }
        // While all that there may be are owned, mostly nobody has ended: no monitor at each call to find that out.
        final boolean isTried = !full || 0 == ThreadLocalRandom.current().nextInt(TRY_EVERY);
        final Stripe adopted = isTried ? adopt(first) : null;
        return null != adopted ? adopted : share(first);
    }

    /** One of those without an owner, if possible one that nobody is in. */
    private Stripe share(final int first)
    {
        final Stripe[] some = shared.length > 0 ? shared : makeShared();
        for (int i = 0; i < WINDOW; i++)
        {
            final Stripe stripe = some[first + i & some.length - 1];
            if (!stripe.isLocked())
            {
                return stripe;
            }
        }
        return some[first & some.length - 1];
    }

    private synchronized Stripe[] makeShared()
    {
        if (0 == shared.length)
        {
            final Stripe[] made = new Stripe[SHARED];
            for (int i = 0; i < SHARED; i++)
            {
                made[i] = add(true);
            }
            shared = made;
        }
        return shared;
    }

    /**
     * Give the calling thread a stripe of its own.
     *
     * @return null if there are too many.
     */
    private synchronized Stripe adopt(final int first)
    {
        int place = -1;
        while (place < 0)
        {
            final Stripe[] table = byThread;
            for (int i = WINDOW - 1; i >= 0; i--)
            {
                final int at = first + i & table.length - 1;
                if (null == table[at])
                {
                    place = at;
                }
                else if (table[at].adopt())
                {
                    return adopted(table[at]);
                }
            }
            if (place < 0 && !grow())
            {
                return null;
            }
        }
        final Stripe left = lookForOneLeft();
        if (null == left && MOST_OWNED == owned)
        {
            return null;
        }
        final Stripe mine = null != left ? left : add(false);
        if (null == left)
        {
            owned++;
            full = MOST_OWNED == owned;
            mine.adopt();
            eldest = null == eldest ? mine : eldest;
        }
        byThread[place] = mine;
        return adopted(mine);
    }

    private Stripe adopted(final Stripe mine)
    {
        if (mine == eldest)
        {
            eldestOwner = Thread.currentThread();
        }
        return mine;
    }

    /** Look at the next stripes for one whose thread has ended, and make it the caller's. */
    private Stripe lookForOneLeft()
    {
        final Stripe[] known = all;
        for (int i = 0; i < Math.min(LOOKS, known.length); i++)
        {
            looked = looked + 1 < known.length ? looked + 1 : 0;
            final Stripe stripe = known[looked];
            if (stripe.hasOwner() && stripe.adopt())
            {
                final Stripe[] table = byThread;
                for (int at = 0; at < table.length; at++)
                {
                    table[at] = stripe == table[at] ? null : table[at];
                }
                return stripe;
            }
        }
        return null;
    }

    /** Make the windows larger: there is a place free in all of them at last. */
    private boolean grow()
    {
        for (int length = 2 * byThread.length; length <= WINDOW * 2 * MOST_OWNED; length *= 2)
        {
            final Stripe[] larger = new Stripe[length];
            boolean fits = true;
            for (final Stripe stripe : byThread)
            {
                fits &= null == stripe || put(larger, stripe);
            }
            if (fits)
            {
                byThread = larger;
                return true;
            }
        }
        return false;
    }

    private static boolean put(final Stripe[] table, final Stripe stripe)
    {
        final int first = (int)stripe.ownerId();
        for (int i = 0; i < WINDOW; i++)
        {
            final int at = first + i & table.length - 1;
            if (null == table[at])
            {
                table[at] = stripe;
                return true;
            }
        }
        return false;
    }

    private Stripe add(final boolean isShared)
    {
        final List<Stripe> more = new ArrayList<>(Arrays.asList(all));
        final Stripe stripe = new Stripe(more.size(), runs, isShared);
        more.add(stripe);
        lock.lock();
        try
        {
            runs.ledger().stripes(ended ? 0 : 1);
            counted += ended ? 0 : 1;
        }
        finally
        {
            lock.unlock();
        }
        all = more.toArray(new Stripe[0]);
        return stripe;
    }
}
