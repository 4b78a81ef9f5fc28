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
    /** What a stripe takes of private memory. */
    static final long BYTES = HotStacks.BYTES + 900;

    private static final int PADDING = 2 * BitUtil.CACHE_LINE_LENGTH / Long.BYTES;
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle USED = figure("used");
    private static final VarHandle PEAK = figure("peak");
    private static final VarHandle FREES = figure("frees");
    private static final VarHandle TO_DEVICE = figure("toDevice");
    private static final VarHandle FROM_DEVICE = figure("fromDevice");

    private long used;
    private long peak;
    private long frees;
    private long toDevice;
    private long fromDevice;
    private final int index;
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
        this.index = index;
        this.runs = runs;
        pieces = runs.pieces();
        ledger = runs.ledger();
        notes = runs.notes();
        hot = new HotStacks(runs, index);
        this.shared = shared ? 1 : 0;
    }

    int index()
    {
        return index;
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
        return (long)FREES.getOpaque(this);
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
            final long handle = block <= 0 ? block :
                BlockHandle.of(block, PieceTable.hand(pieces.uses(block), block, units, index));
            if (handle > 0)
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
     * End a handle, if this stripe handed its block out.
     *
     * @param words its {@link PieceTable#uses}.
     * @param live the handle's {@link PieceTable#live}.
     * @param keep whether to keep the block, too; else the caller has it.
     * @return false, and nothing is changed, if it did not, or the handle is not live.
     */
    boolean end(
        final int block,
        final long[] words,
        final int live,
        final boolean keep,
        final long bouncedIn,
        final long bouncedOut)
    {
        final boolean wasBiased = enter();
        try
        {
            final int units = PieceTable.tryEnd(words, block, index, live, !isShared());
            if (units > 0 && keep)
            {
                keep(block, words, units, bouncedIn, bouncedOut);
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
     * Keep a block whose handle has ended, and which the caller has.
     */
    void recycle(final int block, final long[] words, final long bouncedIn, final long bouncedOut)
    {
        final boolean wasBiased = enter();
        try
        {
            keep(block, words, PieceTable.unitsOf(PieceTable.word(words, block)), bouncedIn, bouncedOut);
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
     * Let every hot block join the free runs. The caller is {@linkplain #awaitOwner() inside}.
     *
     * @return how many.
     */
    int empty()
    {
        return hot.empty();
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
        final int place = hot.placeForSlab(BlockSize.SMALLEST, ledger.hotUnits());
        final int slab = place < 0 ? NIL : runs.takeSlab(BlockSize.SMALLEST, rules, alignMask);
        if (NIL != slab)
        {
            hot.pushSlab(place, slab, BlockSize.SMALLEST);
        }
        return slab;
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
    private void keep(
        final int block, final long[] words, final int units, final long bouncedIn, final long bouncedOut)
    {
        // Before anybody else can have the block.
        notes.forget(block);
        hot.push(block, words, units, ledger.hotUnits());
        used -= units;
        frees++;
        if (0 != (bouncedIn | bouncedOut))
        {
            toDevice += bouncedIn;
            fromDevice += bouncedOut;
        }
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
