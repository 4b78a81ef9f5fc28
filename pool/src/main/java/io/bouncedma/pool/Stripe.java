/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import org.agrona.BufferUtil;
import org.agrona.UnsafeApi;

import static io.bouncedma.pool.PieceTable.NIL;

/**
 * What one thread of a client has to itself: the blocks that it freed last, to be handed out again while their bytes
 * are in its cache, and the client's figures for that thread, under a lock that costs the thread nothing. A block is
 * freed into the stripe of the thread that frees it, wherever it came from.
 */
final class Stripe extends StripeFigures
{
    /** What a stripe takes of private memory beside its hot blocks. */
    private static final long BYTES = 900;

    private final long liveIn;
    private final FreeRuns runs;
    private final PieceTable pieces;
    private final PoolLedger ledger;
    private final HotStacks hot;

    /**
     * A stripe without hot blocks.
     *
     * @param index  by which {@link PieceTable} knows what it handed out.
     * @param shared whether it will never have an owner.
     */
    Stripe(final int index, final FreeRuns runs, final boolean shared)
    {
        this.runs = runs;
        pieces = runs.pieces();
        ledger = runs.ledger();
        liveIn = PieceTable.liveIn(index);
        hot = new HotStacks(runs, liveIn);
        this.shared = shared ? 1 : 0;
    }

    /** What the words of the blocks that it handed out have in common, see {@link PieceTable}. */
    long liveIn()
    {
        return liveIn;
    }

    long hotUnits()
    {
        return hot.units();
    }

    long frees()
    {
        return hot.frees();
    }

    /**
     * Take the hottest block of a size whose address is right.
     *
     * @param alignMask beyond what every block of the size has.
     * @param low       bits inside the mask.
     * @return its handle without the client's tag, or -1.
     */
    long takeHot(final int units, final long alignMask, final long low)
    {
        final boolean wasBiased = enter();
        try
        {
            final long handle = hot.pop(units, alignMask, low);
            if (handle >= 0)
            {
                count(units);
            }
            exit(wasBiased);
            return handle;
        }
        catch (final Throwable e)
        {
            if (wasBiased)
            {
                busy = 0;
            }
            else
            {
                mutex = 0;
            }
            throw e;
        }
    }

    /**
     * Take several hot blocks of a size.
     *
     * @param tag     of the client.
     * @param handles to write.
     * @return how many.
     */
    int takeHot(final int units, final long tag, final long[] handles, final int from, final int to)
    {
        final boolean wasBiased = enter();
        try
        {
            int next = from;
            for (long handle = 0; next < to && handle >= 0; next += handle >= 0 ? 1 : 0)
            {
                handle = hot.pop(units, 0, 0);
                if (handle >= 0)
                {
                    count(units);
                    handles[next] = tag | handle;
                }
            }
            exit(wasBiased);
            return next - from;
        }
        catch (final Throwable e)
        {
            if (wasBiased)
            {
                busy = 0;
            }
            else
            {
                mutex = 0;
            }
            throw e;
        }
    }

    /**
     * Cut a block out of the free runs.
     *
     * @return its handle without the client's tag, or what {@link FreeRuns#take} said.
     */
    long take(final int units, final AddressRules rules, final long alignMask, final long low)
    {
        final boolean wasBiased = enter();
        try
        {
            int block = BlockSize.SMALLEST == units && alignMask < BlockSize.MINIMUM ? takeSlab(rules, alignMask) : NIL;
            block = NIL == block ? runs.take(units, rules, alignMask, low) : block;
            final long result = block > NIL ? hand(block, units) : block;
            exit(wasBiased);
            return result;
        }
        catch (final Throwable e)
        {
            if (wasBiased)
            {
                busy = 0;
            }
            else
            {
                mutex = 0;
            }
            throw e;
        }
    }

    /**
     * End a handle, if this stripe handed its block out.
     *
     * @param words the {@link PieceTable#uses} of its block.
     * @param notes about it, or null.
     * @param keep  whether to keep the block, too; else the caller has it.
     * @return false, and nothing is changed, if it did not, or the handle is not live.
     */
    boolean end(
        final long handle,
        final long[] words,
        final BlockNotes notes,
        final boolean keep,
        final long bouncedIn,
        final long bouncedOut)
    {
        final boolean wasBiased = enter();
        try
        {
            final int units = PieceTable.tryEnd(words, handle, liveIn, !isShared());
            if (units > 0 && keep)
            {
                keep(handle, units, notes, bouncedIn, bouncedOut);
            }
            exit(wasBiased);
            return units > 0;
        }
        catch (final Throwable e)
        {
            if (wasBiased)
            {
                busy = 0;
            }
            else
            {
                mutex = 0;
            }
            throw e;
        }
    }

    /**
     * End a handle, if this stripe handed its block out, copy out of the block and keep it.
     *
     * @param words  the {@link PieceTable#uses} of its block.
     * @param notes  about it, or null.
     * @param offset of the first byte in the block, which has them all.
     * @param at     index of the first byte in the target, which has room for them.
     * @return as {@link #end(long, long[], boolean, long, long)}.
     */
    boolean end(
        final long handle,
        final long[] words,
        final BlockNotes notes,
        final long bouncedIn,
        final int offset,
        final byte[] target,
        final int at,
        final int bytes)
    {
        final boolean wasBiased = enter();
        try
        {
            final int units = PieceTable.tryEnd(words, handle, liveIn, !isShared());
            if (units > 0)
            {
                try
                {
                    final int block = BlockHandle.number(handle);
                    final long from =
                        pieces.arena(block).address() + ((long)pieces.start(block) << BlockSize.UNIT_SHIFT);
                    UnsafeApi.copyMemory(null, from + offset, target, BufferUtil.ARRAY_BASE_OFFSET + at, bytes);
                }
                finally
                {
                    keep(handle, units, notes, bouncedIn, bytes);
                }
            }
            exit(wasBiased);
            return units > 0;
        }
        catch (final Throwable e)
        {
            if (wasBiased)
            {
                busy = 0;
            }
            else
            {
                mutex = 0;
            }
            throw e;
        }
    }

    /**
     * End handles and keep their blocks, up to the first that is not live, or whose block this stripe did not hand out.
     *
     * @param tag      of the client.
     * @param toDevice bytes of each.
     * @return how many.
     */
    int end(
        final long[] handles, final long tag, final Notes notes, final int[] toDevice, final int from, final int to)
    {
        final boolean wasBiased = enter();
        try
        {
            int next = from;
            for (int units = 1; next < to && units > 0; next += units > 0 ? 1 : 0)
            {
                final long handle = handles[next];
                final int block = BlockHandle.number(handle);
                final long[] words = pieces.uses(block);
                units = null == words || !BlockHandle.hasTag(handle, tag) ? 0 :
                    PieceTable.tryEnd(words, handle, liveIn, !isShared());
                if (units > 0)
                {
                    keep(handle, units, notes.of(block), toDevice[next], 0);
                }
            }
            exit(wasBiased);
            return next - from;
        }
        catch (final Throwable e)
        {
            if (wasBiased)
            {
                busy = 0;
            }
            else
            {
                mutex = 0;
            }
            throw e;
        }
    }

    /**
     * Keep the block of a handle that has ended, and which the caller has.
     *
     * @param words   the {@link PieceTable#uses} of its block.
     * @param notes   about it, or null.
     * @param retired whether the handle stays ended if the block can not be kept, whatever is thrown; else it is live
     *                again then.
     */
    void recycle(
        final long handle,
        final long[] words,
        final BlockNotes notes,
        final long bouncedIn,
        final long bouncedOut,
        final boolean retired)
    {
        final boolean wasBiased = enter();
        try
        {
            final long word = PieceTable.word(words, BlockHandle.number(handle));
            keep(handle, PieceTable.unitsOf(word), notes, bouncedIn, bouncedOut, retired);
            exit(wasBiased);
        }
        catch (final Throwable e)
        {
            if (wasBiased)
            {
                busy = 0;
            }
            else
            {
                mutex = 0;
            }
            throw e;
        }
    }

    /**
     * Let hot blocks join the free runs. The caller is {@linkplain #awaitOwner() inside}.
     *
     * @param most how many.
     * @return how many have.
     */
    int empty(final int most)
    {
        return hot.empty(most);
    }

    /**
     * Forget every hot block. The caller is {@linkplain #awaitOwner() inside}.
     */
    void abandon()
    {
        hot.abandon();
    }

    /** Cut a slab of the smallest blocks, and keep all of them but the first. */
    private int takeSlab(final AddressRules rules, final long alignMask)
    {
        final HotStack stack = hot.stackForSlab(BlockSize.SMALLEST, ledger.hotUnits());
        final int slab = null == stack ? NIL : runs.takeSlab(BlockSize.SMALLEST, rules, alignMask);
        if (NIL != slab)
        {
            hot.pushSlab(stack, slab, BlockSize.SMALLEST);
        }
        return slab;
    }

    /** Hand out a block that was cut. */
    private long hand(final int block, final int units)
    {
        final long handle = BlockHandle.of(block, pieces.generation(block));
        pieces.hand(handle, units, liveIn);
        count(units);
        return handle;
    }

    /** Keep a block whose handle has ended just now for the next time, or let it join the free runs. */
    private void keep(
        final long handle, final int units, final BlockNotes notes, final long bouncedIn, final long bouncedOut)
    {
        keep(handle, units, notes, bouncedIn, bouncedOut, false);
    }

    /**
     * Keep a block for the next time, or let it join the free runs.
     *
     * @param retired whether its handle has ended before, and stays so if the block can not be kept.
     */
    private void keep(
        final long handle,
        final int units,
        final BlockNotes notes,
        final long bouncedIn,
        final long bouncedOut,
        final boolean retired)
    {
        // Before anybody else can have the block.
        final Object noted = null == notes ? null : notes.forget(handle);
        try
        {
            hot.push(BlockHandle.next(handle), units, ledger.hotUnits());
        }
        catch (final Throwable e)
        {
            // There was no memory for it: the handle is what it was, so that nothing is lost.
            if (null != noted)
            {
                notes.remember(handle, noted);
            }
            final int block = BlockHandle.number(handle);
            // Not if the error came when it was in the free runs already.
            if (!retired && 0 != (PieceTable.useOf(PieceTable.word(pieces.uses(block), block)) & PieceTable.ENDED))
            {
                pieces.hand(handle, units, liveIn);
            }
            throw e;
        }
        uncount(units, bouncedIn, bouncedOut);
    }

    /** What it takes of private memory; may be asked for by anybody. */
    long bytes()
    {
        return BYTES + hot.bytes();
    }
}
