/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A callback that is told once when space came back, for who can not wait and was refused; to be closed by who does not
 * want to be told any more. As with a virtqueue's notifications, what was freed before told nobody: ask to be told, try
 * once more, and only then go away.
 * <pre>
 * long mapping = dma.map(frame, 0, length, Direction.TO_DEVICE);
 * if (mapping &lt; 0 &amp;&amp; !Refusal.Reason.isForGood(mapping))
 * {
 *     final SpaceWait space = dma.onSpace(() -&gt; loop.wakeUp());
 *     mapping = dma.map(frame, 0, length, Direction.TO_DEVICE);
 *     if (mapping &gt; 0) space.close();
 * }
 * </pre>
 * It tells when anything is given back, maybe too little, and when the pools or the device change or close. It does so
 * in turn: not before those are served, have given up or were told who came earlier to wait for a pool, but for those
 * who wait for their own quota.
 * <p>
 * The callback is run by a virtual thread of its own, without any lock, maybe before the caller has this object. It has
 * its turn until it returns: it should map, or wake who does, and not wait. What it throws goes to the handler for
 * uncaught exceptions and to nobody else; the turn is over then, too.
 * <p>
 * Thread-safe.
 */
public final class SpaceWait implements AutoCloseable
{
    private static final int ARMED = 0;
    private static final int TOLD = 1;
    private static final int ENDED = 2;

    private final Runnable callback;
    private final SpacePlaces places;
    private final AtomicInteger state = new AtomicInteger(ARMED);

    SpaceWait(final PoolBindings bindings, final Runnable callback)
    {
        this.callback = callback;
        places = new SpacePlaces(bindings, this::tell);
    }

    /**
     * Do not tell any more; a second call does nothing. A callback that has begun goes on.
     */
    @Override
    public void close()
    {
        if (state.compareAndSet(ARMED, ENDED))
        {
            places.close();
        }
    }

    /** Join the lines of all pools. */
    void join()
    {
        places.join();
    }

    /**
     * Tell, unless it was told or is closed. Whoever gave the space back calls this, in the middle of an unmap and
     * perhaps with locks of the pool and its own: so it only starts a thread.
     */
    void tell()
    {
        if (state.compareAndSet(ARMED, TOLD))
        {
            try
            {
                Thread.ofVirtual().name("bounce-dma-space").start(this::run);
            }
            catch (final Throwable e)
            {
                // No memory for a thread, or no stack to start one: that is no fault of who unmaps, and the next one
                // who gives something back tells.
                state.set(ARMED);
            }
        }
    }

    private void run()
    {
        try
        {
            callback.run();
        }
        finally
        {
            // The turn was the callback's until now: what it maps is in turn.
            places.close();
        }
    }
}
