/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.os.Membarrier;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A lock that costs its owner thread no atomic instruction.
 * <p>
 * A locked instruction waits until the processor has written all that the thread stored before, which is just what was
 * copied into the pool: some 10 to 20 ns, twice for each mapping. So the owner only says that it is busy and looks
 * whether the lock is biased to it, in this order:
 * <pre>
 * owner                          anybody else
 * 1  busy = 1                    1  take the mutex
 * 2  biased?  then it is inside  2  biased = 0
 *    else busy = 0 and the mutex 3  a barrier on every thread's processor
 * 3  busy = 0 (release)          4  wait until busy is 0, then it is inside
 *                                5  biased = 1 (release) or leave it revoked; give the mutex back
 * </pre>
 * The barrier makes sure that either the owner's step 2 sees that the bias is gone or the other's step 4 sees that the
 * owner is busy, as a full fence between the owner's two steps would: an asymmetric Dekker. A lock that another thread
 * wants for its daily work, such as giving back what the owner took, is revoked for good and
 * is an ordinary spin lock from then on. Without {@link Membarrier} it is one from the start.
 * <p>
 * Whoever is inside lets go whatever is thrown there, or all others would spin for ever. The stack may be full then, so
 * that not even {@link #exit} can be called: such handlers write {@link #busy}, {@link #biased} and {@link #mutex}
 * themselves, for which the JVM needs no frame.
 */
class StripeLock extends StripeLockWords
{
    /** The lock is held for some ten nanoseconds: who has waited longer waits for a thread that does not run. */
    private static final int SPINS = 100;
    private static final VarHandle OWNER;
    private static final VarHandle BUSY;
    private static final VarHandle BIASED;
    private static final VarHandle MUTEX;

    static
    {
        try
        {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            OWNER = lookup.findVarHandle(StripeLockWords.class, "owner", Thread.class);
            BUSY = lookup.findVarHandle(StripeLockWords.class, "busy", int.class);
            BIASED = lookup.findVarHandle(StripeLockWords.class, "biased", int.class);
            MUTEX = lookup.findVarHandle(StripeLockWords.class, "mutex", int.class);
        }
        catch (final ReflectiveOperationException e)
        {
            throw new ExceptionInInitializerError(e);
        }
    }

    /**
     * Whether the calling thread owns the lock.
     */
    final boolean isMine()
    {
        return Thread.currentThread() == owner;
    }

    /**
     * Become the owner, if there is none that lives.
     *
     * @return whether the calling thread is the owner now.
     */
    final boolean adopt()
    {
        final Thread self = Thread.currentThread();
        final Thread before = (Thread)OWNER.getAcquire(this);
        // All that a dead owner did is visible to who sees that it is dead (JLS 17.4.4).
        if (self == before || null != before && before.isAlive() || !OWNER.compareAndSet(this, before, self))
        {
            return self == before;
        }
        lockMutex();
        try
        {
            BIASED.setRelease(this, Membarrier.isAvailable() ? 1 : 0);
            MUTEX.setRelease(this, 0);
        }
        catch (final Throwable e)
        {
            mutex = 0;
            throw e;
        }
        return true;
    }

    /**
     * Enter for daily work: cheap for the owner; another thread takes the bias away for good.
     *
     * @return how, to be passed to {@link #exit}.
     */
    final boolean enter()
    {
        if (Thread.currentThread() == owner)
        {
            try
            {
                BUSY.setOpaque(this, 1);
                // For the compiler only: the processor's order is the business of the other side's barrier.
                VarHandle.acquireFence();
                if (0 != (int)BIASED.getAcquire(this))
                {
                    return true;
                }
                BUSY.setRelease(this, 0);
            }
            catch (final Throwable e)
            {
                busy = 0;
                throw e;
            }
            lockMutex();
        }
        else
        {
            claim();
        }
        return false;
    }

    /**
     * Leave.
     *
     * @param biased what {@link #enter} returned.
     */
    final void exit(final boolean biased)
    {
        if (biased)
        {
            BUSY.setRelease(this, 0);
        }
        else
        {
            MUTEX.setRelease(this, 0);
        }
    }

    /**
     * Enter as any thread, for once.
     *
     * @return whether the lock was biased, to be passed to {@link #release}.
     */
    final boolean claim()
    {
        lockMutex();
        boolean biasedBefore = false;
        try
        {
            if (0 == (int)BIASED.getOpaque(this))
            {
                return false;
            }
            biasedBefore = true;
            BIASED.setOpaque(this, 0);
            if (!isMine())
            {
                // The owner that asks is not busy at the same time, and sees what it did itself.
                Membarrier.barrier();
            }
            int spins = 0;
            while (0 != (int)BUSY.getAcquire(this))
            {
                spins = pause(spins);
            }
            return true;
        }
        catch (final Throwable e)
        {
            if (biasedBefore)
            {
                biased = 1;
            }
            mutex = 0;
            throw e;
        }
    }

    /**
     * Leave after {@link #claim} and give the bias back.
     *
     * @param biased what that returned.
     */
    final void release(final boolean biased)
    {
        if (biased)
        {
            BIASED.setRelease(this, 1);
        }
        MUTEX.setRelease(this, 0);
    }

    private void lockMutex()
    {
        int spins = 0;
        while (!MUTEX.compareAndSet(this, 0, 1))
        {
            spins = pause(spins);
        }
    }

    private static int pause(final int spins)
    {
        if (spins < SPINS)
        {
            Thread.onSpinWait();
        }
        else
        {
            Thread.yield();
        }
        return spins + 1;
    }
}

/**
 * The words of a {@link StripeLock}. The owner writes busy and reads the others.
 */
abstract class StripeLockWords extends Padded
{
    Thread owner;
    volatile int busy;
    volatile int biased;
    volatile int mutex;
}
