/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.dma.SpaceWait;
import io.bouncedma.pool.Refusal;

import java.util.concurrent.locks.LockSupport;

/**
 * What a front-end does when its pools have no room: the one place that tells a pool that is too small from one that is
 * merely busy, by the reason of the refusal. Only the first is an error. What is busy, other queues, other threads,
 * other devices may give back at any time, so a front-end whose own requests are all done waits for it, with the limit
 * of its {@link Waiting}. No event of its device tells of such room; the pools do, see {@link DmaDevice#onSpace}.
 * <pre>
 * mapping &lt; 0 -> refused(mapping, length)     throws, or it is worth to wait: tell the caller BUSY
 * mapping made -> granted()                    what was waited for is there
 * caller waits, nothing in flight -> await     asks to be told of room, or pauses; the caller tries again
 * </pre>
 * One thread. Allocates nothing unless it waits.
 */
public final class PoolRoom
{
    private final DmaDevice dma;
    private final String what;
    /** Goes on from one refusal to the next, until room is found. */
    private Waiting.Wait wait;
    /** That wakes this thread, if it was asked for. It ends by itself when anything is given back. */
    private SpaceWait space;
    private boolean isMissing;
    private int refusedLength = 1;

    /**
     * Room for one kind of buffer of one queue.
     *
     * @param dma  that maps it.
     * @param what for messages, for example {@code a block request}.
     */
    public PoolRoom(final DmaDevice dma, final String what)
    {
        this.dma = dma;
        this.what = what;
    }

    /**
     * A buffer was not mapped.
     *
     * @param refusal what {@link DmaDevice#map} returned, negative.
     * @param length  bytes that were asked for.
     * @throws VirtioException if no pool could hold it, whoever gives back what.
     */
    public void refused(final long refusal, final int length)
    {
        if (Refusal.Reason.isForGood(refusal))
        {
            throw new VirtioException("no pool is large enough for " + what + ": " + dma.explain(length));
        }
        isMissing = true;
        refusedLength = length;
    }

    /**
     * A buffer was mapped.
     */
    public void granted()
    {
        isMissing = false;
        wait = null;
        if (null != space)
        {
            ignore();
        }
    }

    /**
     * Whether a buffer was refused since the last one was mapped or waited for.
     *
     * @return true if the caller may want to wait for room.
     */
    public boolean isMissing()
    {
        return isMissing;
    }

    /**
     * Ask to be told of room before the next try, as what was freed before told nobody; before the one behind that, let
     * a short time pass, or less if room comes. Only time that passes here counts: who was refused, did something else
     * and comes back has not waited meanwhile. Others of the caller's queues may be what will give room, so that this
     * is short in any case.
     *
     * @param waiting how to wait; its limit is for all waits from the first refusal on until room is found.
     * @throws TimeLimitException if there was no room for so long; it tells who has it.
     * @throws PeerGoneException  if the device is gone.
     */
    public void await(final Waiting waiting)
    {
        isMissing = false;
        if (null == wait)
        {
            wait = waiting.start("room in the pools for " + what);
        }
        else
        {
            wait.resume();
        }
        final boolean isAsked = null != space;
        try
        {
            if (isAsked)
            {
                wait.pauseBriefly();
            }
            else
            {
                wait.pauseIf(false);
                space = wakeUp(dma);
            }
        }
        catch (final TimeLimitException e)
        {
            wait = null;
            throw new TimeLimitException(e.getMessage() + ": " + dma.explain(refusedLength));
        }
        finally
        {
            if (isAsked)
            {
                ignore();
            }
        }
    }

    /**
     * Take coherent memory when a device is set up, and wait for it as long as it is worth to.
     *
     * @param dma       to take it from.
     * @param waiting   how to wait.
     * @param what      for messages, for example {@code request headers: queue=0}.
     * @param length    bytes, greater than zero.
     * @param alignment of its bus address, a power of two.
     * @return the buffer, to be closed by the caller.
     * @throws VirtioException    if no pool could hold it, whoever gives back what.
     * @throws TimeLimitException if there is no room in time; both tell who has it.
     * @throws PeerGoneException  if the device is gone.
     */
    public static CoherentBuffer allocate(
        final DmaDevice dma, final Waiting waiting, final String what, final int length, final int alignment)
    {
        CoherentBuffer buffer = dma.allocateCoherent(length, alignment);
        if (null == buffer)
        {
            final Waiting.Wait wait = waiting.start("room for " + what);
            while (null == buffer)
            {
                if (dma.isRefusedForGood(length, alignment))
                {
                    throw new VirtioException(
                        "no room for " + what + "; " + dma.explainCoherent(length, alignment));
                }
                try (SpaceWait _ = wakeUp(dma))
                {
                    buffer = dma.allocateCoherent(length, alignment);
                    if (null == buffer)
                    {
                        pause(wait, dma, length, alignment);
                        buffer = dma.allocateCoherent(length, alignment);
                    }
                }
            }
        }
        return buffer;
    }

    /** Have this thread, which will try once more before it pauses, woken by what gives room. */
    private static SpaceWait wakeUp(final DmaDevice dma)
    {
        final Thread thread = Thread.currentThread();
        return dma.onSpace(() -> LockSupport.unpark(thread));
    }

    private void ignore()
    {
        space.close();
        space = null;
    }

    private static void pause(
        final Waiting.Wait wait, final DmaDevice dma, final int length, final int alignment)
    {
        try
        {
            wait.pauseBriefly();
        }
        catch (final TimeLimitException e)
        {
            throw new TimeLimitException(e.getMessage() + "; " + dma.explainCoherent(length, alignment));
        }
    }
}
