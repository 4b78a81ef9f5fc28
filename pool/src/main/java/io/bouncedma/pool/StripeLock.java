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
 *                                5  biased = 1 (release), give the mutex back
 * </pre>
 * The barrier makes sure that either the owner's step 2 sees that the bias is gone or the other's step 4 sees that the
 * owner is busy, as a full fence between the owner's two steps would: an asymmetric Dekker. Nobody else is inside for
 * daily work: to take blocks back, to retire and to close, and once in a stripe's life for {@link #share()}. A lock
 * without an owner, and every lock where there is no {@link Membarrier}, is an ordinary spin lock.
 * <p>
 * Whoever is inside lets go whatever is thrown there, or all others would wait in vain. The stack may be full then, so
 * that not even {@link #exit} can be called: such handlers write {@link #busy}, {@link #biased} and {@link #mutex}
 * themselves, for which the JVM needs no frame.
 */
class StripeLock extends StripeLockWords
{
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
            MUTEX = lookup.findVarHandle(StripeLockWords.class, "mutex", long.class);
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

    final boolean hasOwner()
    {
        return null != owner;
    }

    /**
     * The id of the thread that is or was the owner.
     */
    final long ownerId()
    {
        return owner.threadId();
    }

    /**
     * Whether somebody is inside who does not own it: a hint.
     */
    final boolean isLocked()
    {
        return 0 != mutex;
    }

    /**
     * Whether it has an owner, and that is not the calling thread.
     */
    final boolean isOthers()
    {
        final Thread other = owner;
        return null != other && Thread.currentThread() != other;
    }

    /**
     * Whether somebody is inside: exact after a barrier on every thread's processor for who came before that.
     */
    final boolean isEntered()
    {
        return 0 != (int)BUSY.getAcquire(this) || 0 != (long)MUTEX.getVolatile(this);
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
            MUTEX.setRelease(this, 0L);
        }
        catch (final Throwable e)
        {
            mutex = 0;
            throw e;
        }
        return true;
    }

    /**
     * Enter for daily work, as the owner, or as anybody if there is none.
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
        }
        lockMutex();
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
            MUTEX.setRelease(this, 0L);
        }
    }

    /**
     * Keep everybody else out, as any thread. A {@link Membarrier} and {@link #awaitOwner()} have to follow before the
     * caller is inside, then {@link #release()}.
     *
     * @return whether there has to be a barrier.
     */
    final boolean claim()
    {
        lockMutex();
        claimed = biased;
        BIASED.setOpaque(this, 0);
        // The owner that asks is not busy at the same time, and sees what it did itself.
        return 0 != claimed && !isMine();
    }

    /**
     * Wait until the owner is not inside, which it does not enter any more.
     */
    final void awaitOwner()
    {
        Spin spin = null;
        while (0 != (int)BUSY.getAcquire(this))
        {
            spin = null == spin ? new Spin() : spin;
            spin.once("stripe of a pool's client", owner.threadId());
        }
    }

    /**
     * Leave after {@link #claim}, and give the bias back.
     */
    final void release()
    {
        BIASED.setRelease(this, claimed);
        MUTEX.setRelease(this, 0L);
    }

    /**
     * Whether handles that were made inside may be ended outside at the same time.
     */
    final boolean isShared()
    {
        return 0 != shared;
    }

    /**
     * Before a handle that was made inside is ended outside for the first time: see to it that the owner ends such
     * handles by compare-and-set from now on, as everybody else does.
     */
    final void share()
    {
        if (0 != shared)
        {
            return;
        }
        final boolean needsBarrier = claim();
        try
        {
            if (needsBarrier)
            {
                Membarrier.barrier();
            }
            awaitOwner();
            shared = 1;
            release();
        }
        catch (final Throwable e)
        {
            biased = claimed;
            mutex = 0;
            throw e;
        }
    }

    private void lockMutex()
    {
        final long self = Thread.currentThread().threadId();
        Spin spin = null;
        while (!MUTEX.compareAndSet(this, 0L, self))
        {
            spin = null == spin ? new Spin() : spin;
            spin.once("stripe of a pool's client", mutex);
        }
    }
}

/**
 * The words of a {@link StripeLock}. The owner writes busy and reads the others. Shared changes once.
 */
abstract class StripeLockWords extends Padded
{
    Thread owner;
    volatile int busy;
    volatile int biased;
    volatile int shared;
    volatile long mutex;
    /** Whether the lock was biased when it was claimed; the mutex's. */
    int claimed;
}
