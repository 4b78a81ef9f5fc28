/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The pools that a device may bounce through, in the order in which it tries them.
 * <p>
 * Thread-safe; registering and unregistering while others allocate is fine.
 */
public final class PoolSet
{
    private final CopyOnWriteArrayList<BouncePool> pools = new CopyOnWriteArrayList<>();
    private final List<BouncePool> view = Collections.unmodifiableList(pools);
    private final CopyOnWriteArrayList<Runnable> watchers = new CopyOnWriteArrayList<>();
    private volatile int version;

    /**
     * Create an empty set.
     */
    public PoolSet()
    {
    }

    /**
     * A set of some pools.
     *
     * @param pools in the order in which they are to be tried.
     * @return the set, to which others can be added.
     * @throws IllegalArgumentException if two have the same name.
     */
    public static PoolSet of(final BouncePool... pools)
    {
        final PoolSet set = new PoolSet();
        for (final BouncePool pool : pools)
        {
            set.register(pool);
        }
        return set;
    }

    /**
     * Add a pool, to be tried after those already here.
     *
     * @param pool to add.
     * @throws IllegalArgumentException if a pool of that name is here.
     */
    public void register(final BouncePool pool)
    {
        synchronized (this)
        {
            for (final BouncePool other : pools)
            {
                if (other.name().equals(pool.name()))
                {
                    throw new IllegalArgumentException("a pool of that name is registered: name=" + pool.name());
                }
            }
            pools.add(pool);
            version++;
        }
        watchers.forEach(Runnable::run);
    }

    /**
     * Take a pool out, so that nothing new is allocated from it. What is in it stays valid: the pool is drained when
     * nobody holds anything any more, and can be closed then.
     *
     * @param pool to take out.
     * @return who holds how much of it still, most bytes first.
     * @throws IllegalArgumentException if it is not here.
     */
    public List<Refusal.Holder> unregister(final BouncePool pool)
    {
        synchronized (this)
        {
            if (!pools.remove(pool))
            {
                throw new IllegalArgumentException("pool is not registered: " + pool);
            }
            version++;
        }
        watchers.forEach(Runnable::run);
        return pool.holders();
    }

    /**
     * Changes whenever a pool is registered or unregistered.
     *
     * @return a number to compare with an earlier one.
     */
    public int version()
    {
        return version;
    }

    /**
     * Be told whenever a pool was registered or unregistered, for who waits for space in any of them.
     *
     * @param watcher called by whoever does that, behind it: it must only set a mark, unpark a thread or start one, and
     *                throw nothing.
     */
    public void watch(final Runnable watcher)
    {
        watchers.add(watcher);
    }

    /**
     * Be told no more.
     *
     * @param watcher given to {@link #watch} before.
     */
    public void unwatch(final Runnable watcher)
    {
        watchers.remove(watcher);
    }

    /**
     * The pools in the order in which they are tried.
     *
     * @return a live, thread-safe view that can not be changed; reading it by index allocates nothing.
     */
    public List<BouncePool> pools()
    {
        return view;
    }
}
