/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.Membarrier;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * The lock of everything that a pool's clients share: free runs, pieces, who has how much. One compare-and-set to take
 * it, one store to let it go; held for some ten memory accesses.
 * <p>
 * The first of those who find it taken says so. Who lets go steps aside for it a moment: a thread that takes the lock
 * again at once would keep it from all others for as long as it has calls to make. If the first one waits for longer,
 * the thread inside has lost its core. Then it sleeps until it is woken: so it neither takes the core that the other
 * one needs nor sleeps on when the lock is free. To let go needs no fence for that, but an asymmetric Dekker as in
 * {@link StripeLock}:
 * <pre>
 * who lets go                               who is about to sleep
 * 1  holder = 0 (release)                   1  asleep = true
 * 2  somebody waits and is asleep? wake it  2  a barrier on every thread's processor
 *                                           3  holder is 0?  then it does not sleep
 * </pre>
 * A wake-up that is missed all the same, as an error let the lock go or there is no {@link Membarrier}, costs a tenth
 * of a second. Those who are not the first nap and look again, see {@link Spin}.
 * <p>
 * Innermost: nothing else is locked, nobody's code is called and nothing waits while it is held. Whoever is inside lets
 * go whatever is thrown there. The stack may be full then, so that not even {@link #unlock()} can be called: handlers
 * write {@link #holder} themselves, for which the JVM needs no frame.
 */
final class PoolLock extends Padded
{
    /** About a microsecond: many times what it takes a processor to see that the lock is free. */
    private static final int STEP_ASIDE = 20;
    private static final VarHandle HOLDER;
    private static final VarHandle WAITER;

    static
    {
        try
        {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            HOLDER = lookup.findVarHandle(PoolLock.class, "holder", long.class);
            WAITER = lookup.findVarHandle(PoolLock.class, "waiter", Waiter.class);
        }
        catch (final ReflectiveOperationException e)
        {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The id of the thread that is inside, 0 for nobody. Acquired by a compare-and-set, let go by a release. */
    volatile long holder;
    /** The first who waits. Set by itself, and null again by itself or, if it is asleep, by who wakes it. */
    private volatile Waiter waiter;

    void lock()
    {
        final long self = Thread.currentThread().threadId();
        if (!HOLDER.compareAndSet(this, 0L, self))
        {
            await(self);
        }
    }

    /** Throws nothing once the lock is free: who is told of an error here lets it go again, and it may be another's. */
    void unlock()
    {
        HOLDER.setRelease(this, 0L);
        try
        {
            // For the compiler only: the processor's order is the business of the waiter's barrier.
            VarHandle.acquireFence();
            final Waiter first = (Waiter)WAITER.getOpaque(this);
            if (null != first)
            {
                letPass(first);
            }
        }
        catch (final Throwable e)
        {
            // Who waits takes the lock, or wakes, by itself.
            return;
        }
    }

    private void letPass(final Waiter first)
    {
        if (!first.asleep)
        {
            for (int spins = 0; spins < STEP_ASIDE && 0 == holder && first == waiter; spins++)
            {
                Thread.onSpinWait();
            }
        }
        else if (WAITER.compareAndSet(this, first, null))
        {
            LockSupport.unpark(first.thread);
        }
    }

    private void await(final long self)
    {
        final Spin spin = new Spin();
        Waiter mine = null;
        try
        {
            while (0 != holder || !HOLDER.compareAndSet(this, 0L, self))
            {
                mine = null == mine ? comeFirst() : mine;
                final boolean sleeps = null != mine && spin.isLong() && mine.fallAsleep();
                if (0 != holder)
                {
                    spin.once("lock of a pool", holder, sleeps);
                }
                if (sleeps)
                {
                    if (!WAITER.compareAndSet(this, mine, null))
                    {
                        spin.again();
                    }
                    mine = null;
                }
            }
        }
        catch (final Throwable e)
        {
            waiter = null != mine && mine == waiter ? null : waiter;
            throw e;
        }
        if (null != mine)
        {
            // It is not asleep, so nobody else does that. A store, as nothing that could throw may come here.
            waiter = null;
        }
    }

    /** Say that the calling thread waits, unless another one does: then null. */
    private Waiter comeFirst()
    {
        final Waiter mine = null == waiter ? new Waiter(Thread.currentThread()) : null;
        return null != mine && WAITER.compareAndSet(this, null, mine) ? mine : null;
    }

    /** One wait, up to the first time that it is asleep. */
    private static final class Waiter
    {
        private final Thread thread;
        private volatile boolean asleep;

        Waiter(final Thread thread)
        {
            this.thread = thread;
        }

        /**
         * Be woken when the lock is let go; the holder has to be looked at after this.
         *
         * @return false if that can not be promised.
         */
        boolean fallAsleep()
        {
            if (!Membarrier.isAvailable())
            {
                return false;
            }
            try
            {
                asleep = true;
                Membarrier.barrier();
                return true;
            }
            catch (final ErrnoException e)
            {
                // Who waits must not fail for what it can do without.
                return true;
            }
        }
    }
}
