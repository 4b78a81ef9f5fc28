/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.BounceBlocks;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.Refusal;
import io.bouncedma.pool.SpaceTicket;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * One device's side of one pool. For those who wait for space there are others of the same, which take blocks in turn.
 */
final class PoolBinding
{
    /** The code of no reason: nothing will ever be had of this binding. */
    static final int CLOSED = Integer.MIN_VALUE;

    /** The most that the JDK makes a byte buffer of: MemorySegment.asByteBuffer refuses more. */
    private static final int MAX_BUFFER = Integer.MAX_VALUE - 8;

    private final PoolClient client;
    private final BounceBlocks blocks;
    private final int number;
    private final MemorySegment segment;
    private final ByteBuffer memory;
    private final long address;
    /** What this takes blocks in turn for, or null. */
    private final PoolBinding bound;
    private final SpaceTicket ticket;
    private volatile boolean leaving;

    /**
     * Bind a device to a pool.
     *
     * @param client what the device may have there.
     */
    PoolBinding(final PoolClient client)
    {
        this.client = client;
        blocks = client.bounce();
        bound = null;
        ticket = null;
        number = client.number();
        final BouncePool pool = client.pool();
        address = pool.view().addressOffset();
        final long first = pool.window().offsetOf(pool.busAddress(0));
        final long rest = pool.window().length() - first;
        segment = pool.window().memory(first, pool.window().isWritable(first, rest) ? rest : pool.length());
        memory = segment.asSlice(0, Math.min(MAX_BUFFER, segment.byteSize())).asByteBuffer();
    }

    private PoolBinding(final PoolBinding bound, final SpaceTicket ticket)
    {
        this.bound = bound;
        this.ticket = ticket;
        client = bound.client;
        blocks = bound.blocks;
        number = bound.number;
        segment = bound.segment;
        memory = bound.memory;
        address = bound.address;
    }

    /**
     * The same for one who waits for space: it gives blocks in turn, and counts no refusals.
     *
     * @param place that decides whose turn it is.
     */
    PoolBinding inLine(final SpaceTicket place)
    {
        return new PoolBinding(this, place);
    }

    /** Whether it gives blocks in turn. */
    boolean isInLine()
    {
        return null != bound;
    }

    PoolClient client()
    {
        return client;
    }

    BounceBlocks blocks()
    {
        return blocks;
    }

    /** What handles of the device's mappings in this pool, which are those of the blocks, have as their tag. */
    int number()
    {
        return number;
    }

    /** The pool's memory, and what the window has behind it. */
    MemorySegment segment()
    {
        return segment;
    }

    /** The same, as byte buffers want it: the first 2 GiB but for a few bytes. */
    ByteBuffer memory()
    {
        return memory;
    }

    /** Where the pool's memory begins in this process. */
    long address()
    {
        return address;
    }

    /**
     * Whether the pool is closed, maybe {@linkplain BouncePool#abandon() with blocks held}: its memory may be unmapped
     * by now, so that to touch it would end the JVM.
     */
    boolean isGone()
    {
        return client.pool().isClosed();
    }

    /**
     * Leave the pool if nothing is taken of it, or it is closed.
     *
     * @return false if something is; the binding goes on then.
     */
    boolean tryLeave()
    {
        // First, so that who is refused by the client that is closed here knows why.
        leaving = true;
        try
        {
            leaving = isGone() || 0 == client.usedBytes();
            if (leaving)
            {
                client.close();
            }
        }
        catch (final IllegalStateException e)
        {
            // Another thread has taken a block meanwhile.
            leaving = false;
        }
        return leaving;
    }

    /**
     * Take a block.
     *
     * @return as {@link PoolClient#allocate(int, int, long)}, or {@link #CLOSED} if the pool or the device's access to
     * it was closed meanwhile: others may serve.
     */
    long allocate(final int length, final int alignMask, final long low)
    {
        if (null != bound)
        {
            return bound.attempt(ticket, length, alignMask, low);
        }
        try
        {
            // A client that is closed has no block, hot ones included.
            return client.allocate(length, alignMask, low);
        }
        catch (final IllegalStateException e)
        {
            return unlessOpen(e);
        }
    }

    private long attempt(final SpaceTicket inTurn, final int length, final int alignMask, final long low)
    {
        try
        {
            return leaving || isGone() ? CLOSED : inTurn.attempt(length, alignMask, low);
        }
        catch (final IllegalStateException e)
        {
            return unlessOpen(e);
        }
    }

    private long unlessOpen(final IllegalStateException e)
    {
        if (!leaving && !isGone())
        {
            throw e;
        }
        return CLOSED;
    }

    /**
     * What to tell before any pool has refused: without a pool there is no room.
     */
    static long none(final PoolBinding[] choices)
    {
        return 0 == choices.length ? Refusal.Reason.EXHAUSTED.code() : CLOSED;
    }

    /**
     * Which of two pools' refusals to tell: a closed pool has none.
     *
     * @param first  of the pools that were asked before.
     * @param second of the next one.
     */
    static long moreHopeful(final long first, final long second)
    {
        if (CLOSED == first || CLOSED == second)
        {
            return CLOSED == first ? second : first;
        }
        return Refusal.Reason.moreHopeful(first, second);
    }
}
