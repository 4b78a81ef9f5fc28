/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import org.agrona.BitUtil;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import static io.bouncedma.pool.PieceTable.NIL;

/**
 * What one thread of a client has to itself: the blocks that it freed last, to be handed out again while their bytes
 * are in its cache, and the client's figures for that thread, under a lock that costs the thread nothing. A block is
 * freed into the stripe of the thread that frees it, wherever it came from.
 * <p>
 * Figures are written by who is inside, before it leaves with a release, and read by anybody, opaque: each is one that
 * was true, and no two need be of the same moment. HotSpot writes 64 bits at once.
 */
final class Stripe extends StripeLock
{
    /** What a stripe takes of private memory beside its hot blocks. */
    private static final long BYTES = 900;

    private static final int PADDING = 2 * BitUtil.CACHE_LINE_LENGTH / Long.BYTES;
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle USED = figure("used");
    private static final VarHandle PEAK = figure("peak");
    private static final VarHandle TO_DEVICE = figure("toDevice");
    private static final VarHandle FROM_DEVICE = figure("fromDevice");

    private long used;
    private long peak;
    private long toDevice;
    private long fromDevice;
    private final long liveIn;
    private final FreeRuns runs;
    private final PieceTable pieces;
    private final PoolLedger ledger;
    private final Notes notes;
    private final HotStacks hot;
    private final long[] allocations = new long[PADDING + SizeClass.COUNT + PADDING];

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
        notes = runs.notes();
        liveIn = PieceTable.liveIn(index);
        hot = new HotStacks(runs, liveIn);
        this.shared = shared ? 1 : 0;
    }

    /** What the words of the blocks that it handed out have in common, see {@link PieceTable}. */
    long liveIn()
    {
        return liveIn;
    }

    long usedUnits()
    {
        return (long)USED.getOpaque(this);
    }

    /** The most units that this stripe handed out and did not get back at one time. */
    long peakUnits()
    {
        return (long)PEAK.getOpaque(this);
    }

    long hotUnits()
    {
        return hot.units();
    }

    long frees()
    {
        return hot.frees();
    }

    long bytesToDevice()
    {
        return (long)TO_DEVICE.getOpaque(this);
    }

    long bytesFromDevice()
    {
        return (long)FROM_DEVICE.getOpaque(this);
    }

    long allocations(final int sizeClass)
    {
        return (long)COUNT.getOpaque(allocations, PADDING + sizeClass);
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
     * @param keep  whether to keep the block, too; else the caller has it.
     * @return false, and nothing is changed, if it did not, or the handle is not live.
     */
    boolean end(
        final long handle,
        final long[] words,
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
                keep(handle, units, bouncedIn, bouncedOut);
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
     * Keep the block of a handle that has ended, and which the caller has.
     *
     * @param words the {@link PieceTable#uses} of its block.
     */
    void recycle(final long handle, final long[] words, final long bouncedIn, final long bouncedOut)
    {
        final boolean wasBiased = enter();
        try
        {
            final long word = PieceTable.word(words, BlockHandle.number(handle));
            keep(handle, PieceTable.unitsOf(word), bouncedIn, bouncedOut);
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

    /** Count a block that is handed out. */
    private void count(final int units)
    {
        used += units;
        if (used > peak)
        {
            peak = used;
        }
        allocations[PADDING + SizeClass.of(units)]++;
    }

    /** Keep a block for the next time, or let it join the free runs. */
    private void keep(final long handle, final int units, final long bouncedIn, final long bouncedOut)
    {
        // Before anybody else can have the block.
        notes.forget(BlockHandle.number(handle));
        hot.push(BlockHandle.next(handle), units, ledger.hotUnits());
        used -= units;
        if (0 != (bouncedIn | bouncedOut))
        {
            toDevice += bouncedIn;
            fromDevice += bouncedOut;
        }
    }

    /** What it takes of private memory; may be asked for by anybody. */
    long bytes()
    {
        return BYTES + hot.bytes();
    }

    private static VarHandle figure(final String name)
    {
        try
        {
            return MethodHandles.lookup().findVarHandle(Stripe.class, name, long.class);
        }
        catch (final ReflectiveOperationException e)
        {
            throw new ExceptionInInitializerError(e);
        }
    }
}
