/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The lock of everything that a pool's clients share: free runs, pieces, who has how much. One compare-and-set to take
 * it, one store to let it go; held for some ten memory accesses.
 * <p>
 * Innermost: nothing else is locked, nobody's code is called and nothing waits while it is held. Whoever is inside lets
 * go whatever is thrown there. The stack may be full then, so that not even {@link #unlock()} can be called: handlers
 * write {@link #holder} themselves, for which the JVM needs no frame.
 */
final class PoolLock extends Padded
{
    private static final VarHandle HOLDER;

    static
    {
        try
        {
            HOLDER = MethodHandles.lookup().findVarHandle(PoolLock.class, "holder", long.class);
        }
        catch (final ReflectiveOperationException e)
        {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The id of the thread that is inside, 0 for nobody. Acquired by a compare-and-set, let go by a release. */
    volatile long holder;

    void lock()
    {
        final long self = Thread.currentThread().threadId();
        if (!HOLDER.compareAndSet(this, 0L, self))
        {
            await(self);
        }
    }

    void unlock()
    {
        HOLDER.setRelease(this, 0L);
    }

    private void await(final long self)
    {
        final Spin spin = new Spin();
        while (0 != holder || !HOLDER.compareAndSet(this, 0L, self))
        {
            spin.once("lock of a pool", holder);
        }
    }
}
