/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import org.agrona.BufferUtil;
import org.agrona.UnsafeApi;

import java.util.Objects;

/**
 * The blocks of a {@link PoolClient} as who bounces buffers through them wants them: what is noted about a block, and
 * several steps in one where each by itself would look the same things up again. As thread-safe as the client.
 */
public final class BounceBlocks
{
    /** How many bytes {@link #tryFree(long, long, int, byte[], int, int)} copies at most: a page. */
    public static final int MOST_COPIED = 4096;
    /** How many blocks are taken or freed at once at most. */
    public static final int MOST_AT_ONCE = 32;

    private final PoolClient client;
    private final PoolCore core;
    private final PoolLedger ledger;
    private final PieceTable pieces;
    private final Notes notes;
    private final ClientBlocks blocks;
    private final boolean scrubOnFree;

    BounceBlocks(final PoolClient client, final PoolCore core, final ClientBlocks blocks)
    {
        this.client = client;
        this.core = core;
        this.blocks = blocks;
        ledger = core.ledger();
        pieces = core.arenas().pieces();
        notes = core.notes();
        scrubOnFree = client.pool().scrubsOnFree();
    }

    /**
     * Take several blocks of one size, as long as there are hot ones; {@link PoolClient#allocate(int)} takes others.
     *
     * @param length  of each, from 1 to 1 GiB.
     * @param handles to write.
     * @param from    the first index.
     * @param to      the index behind the last one.
     * @return how many: 0 to {@link #MOST_AT_ONCE}.
     * @throws IndexOutOfBoundsException if there are no such handles.
     */
    public int takeHot(final int length, final long[] handles, final int from, final int to)
    {
        Objects.checkFromToIndex(from, to, handles.length);
        return blocks.takeHot(length, handles, from, Math.min(to, from + MOST_AT_ONCE));
    }

    /**
     * Give several blocks back, one after the other, and count what was bounced through each: up to the first handle
     * that is not live, or whose block another thread has taken; {@link PoolClient#tryFree} knows which.
     *
     * @param handles  any values.
     * @param toDevice bytes of each, added to {@link ClientStatistics#bytesToDevice()}.
     * @param from     the first index.
     * @param to       the index behind the last one.
     * @return how many: 0 to {@link #MOST_AT_ONCE}, and none if the pool zeroes what is freed.
     * @throws IndexOutOfBoundsException if there are no such handles.
     */
    public int tryFree(final long[] handles, final int[] toDevice, final int from, final int to)
    {
        Objects.checkFromToIndex(from, to, Math.min(handles.length, toDevice.length));
        final int ended = scrubOnFree ? 0 : blocks.end(handles, toDevice, from, Math.min(to, from + MOST_AT_ONCE));
        if (ended > 0 && 0 == ledger.hotUnits())
        {
            core.signalWaiters();
        }
        return ended;
    }

    /**
     * As {@link PoolClient#tryFree(long, long, long)}, but copy bytes out of the block first, before anybody else can
     * have it.
     *
     * @param block    any value.
     * @param toDevice bytes, added to {@link ClientStatistics#bytesToDevice()}.
     * @param offset   of the first byte in the block, not below zero.
     * @param target   to copy to.
     * @param index    of the first byte there.
     * @param bytes    to copy, at most {@value #MOST_COPIED}: nobody can take the calling thread's hot blocks back
     *                 meanwhile. Added to {@link ClientStatistics#bytesFromDevice()}.
     * @return false, and nothing changes, if it is no live handle of this client, its block has no such bytes, or the
     * pool is closed.
     * @throws IndexOutOfBoundsException if the target has no such part.
     */
    public boolean tryFree(
        final long block,
        final long toDevice,
        final int offset,
        final byte[] target,
        final int index,
        final int bytes)
    {
        Objects.checkFromIndexSize(index, bytes, target.length);
        if (core.isClosed())
        {
            // The memory of one that was abandoned is not ours any more.
            return false;
        }
        if (!scrubOnFree && blocks.endMine(block, toDevice, offset, target, index, bytes))
        {
            if (0 == ledger.hotUnits())
            {
                core.signalWaiters();
            }
            return true;
        }
        if (!blocks.hasBytes(block, offset, bytes) || !client.tryRetire(block))
        {
            return false;
        }
        try
        {
            UnsafeApi.copyMemory(
                null, client.address(block) + offset, target, BufferUtil.ARRAY_BASE_OFFSET + index, bytes);
        }
        finally
        {
            client.recycle(block, toDevice, bytes);
        }
        return true;
    }

    /**
     * Zero all of a block but a part, which the caller is about to write. Zeroes nothing if that part is empty and the
     * pool {@linkplain BouncePool#scrubsOnFree() has zeroed the block} already.
     *
     * @param block  a live handle.
     * @param offset of the part's first byte in the block.
     * @param length bytes of the part, not below zero.
     * @return the {@linkplain PoolClient#address(long) address} of the part's first byte.
     * @throws IndexOutOfBoundsException if the block has no such part.
     */
    public long clearAround(final long block, final int offset, final int length)
    {
        final int number = BlockHandle.number(block);
        final int[] place = pieces.placeOf(number);
        final long address =
            pieces.arena(number).address() + ((long)PieceTable.firstOf(place, number) << BlockSize.UNIT_SHIFT);
        final int rest = (PieceTable.unitsOf(place, number) << BlockSize.UNIT_SHIFT) - length - offset;
        if (0 != (offset | rest) && (0 != length || !scrubOnFree))
        {
            Objects.checkFromIndexSize(offset, length, offset + length + rest);
            Zeros.copyTo(address, offset);
            Zeros.copyTo(address + offset + length, rest);
        }
        return address + offset;
    }

    /**
     * Keep something about a block until it is freed: who has it looks it up by its handle, without a lock. The
     * reference is let go when the block is freed.
     *
     * @param block     a live handle.
     * @param reference to anything, or null.
     * @param number    any.
     * @param small     any.
     */
    public void note(final long block, final Object reference, final long number, final int small)
    {
        notes.open(BlockHandle.number(block)).set(block, reference, number, small);
    }

    /**
     * What was noted about a block.
     *
     * @param block any value.
     * @return null if nothing was ever noted about the block or one near it.
     */
    public BlockNotes notes(final long block)
    {
        return notes.of(BlockHandle.number(block));
    }
}
