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
 * Figures are written by who is inside and read by anybody, opaque: each is one that was true, and no two need be of
 * the same moment.
 */
final class Stripe extends StripeLock
{
    /** What a stripe takes of private memory. */
    static final long BYTES = HotStacks.BYTES + 900;

    private static final int PADDING = 2 * BitUtil.CACHE_LINE_LENGTH / Long.BYTES;
    private static final VarHandle FIGURE = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int USED = PADDING;
    private static final int PEAK = PADDING + 1;
    private static final int FREES = PADDING + 2;
    private static final int TO_DEVICE = PADDING + 3;
    private static final int FROM_DEVICE = PADDING + 4;
    private static final int ALLOCATIONS = PADDING + 5;

    private final int home;
    private final FreeRuns runs;
    private final PieceTable pieces;
    private final PoolLedger ledger;
    private final Notes notes;
    private final HotStacks hot;
    private final long[] figures = new long[ALLOCATIONS + SizeClass.COUNT + PADDING];

    /**
     * A stripe without hot blocks.
     *
     * @param home   what {@link PieceTable#link} of a block says that this handed out.
     * @param shared whether it will never have an owner.
     */
    Stripe(final int home, final FreeRuns runs, final boolean shared)
    {
        this.home = home;
        this.runs = runs;
        pieces = runs.pieces();
        ledger = runs.ledger();
        notes = runs.notes();
        hot = new HotStacks(runs);
        this.shared = shared ? 1 : 0;
    }

    int home()
    {
        return home;
    }

    long usedUnits()
    {
        return figure(USED);
    }

    /** The most units that this stripe handed out and did not get back at one time. */
    long peakUnits()
    {
        return figure(PEAK);
    }

    long hotUnits()
    {
        return hot.units();
    }

    long frees()
    {
        return figure(FREES);
    }

    long bytesToDevice()
    {
        return figure(TO_DEVICE);
    }

    long bytesFromDevice()
    {
        return figure(FROM_DEVICE);
    }

    long allocations(final int sizeClass)
    {
        return figure(ALLOCATIONS + sizeClass);
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
            final int block = hot.pop(units, alignMask, low);
            final long handle = NIL == block ? -1 : hand(block, units);
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
            final int block = runs.take(units, rules, alignMask, low);
            final long handle = block <= 0 ? block : hand(block, units);
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
     * End a handle whose block this stripe handed out.
     *
     * @param live the handle's {@link PieceTable#live}.
     * @param keep whether to keep the block, too; else the caller has it.
     * @return false, and nothing is changed, if the handle is not live.
     */
    boolean end(final int block, final int live, final boolean keep, final long toDevice, final long fromDevice)
    {
        final boolean wasBiased = enter();
        try
        {
            final boolean ended = pieces.tryEnd(block, live, !isShared());
            if (ended && keep)
            {
                keep(block, toDevice, fromDevice);
            }
            exit(wasBiased);
            return ended;
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
     * Keep a block that the caller has.
     */
    void recycle(final int block, final long toDevice, final long fromDevice)
    {
        final boolean wasBiased = enter();
        try
        {
            keep(block, toDevice, fromDevice);
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

    /** Hand a block out. */
    private long hand(final int block, final int units)
    {
        final long used = figures[USED] + units;
        set(USED, used);
        if (used > figures[PEAK])
        {
            set(PEAK, used);
        }
        final int count = ALLOCATIONS + SizeClass.of(units);
        set(count, figures[count] + 1);
        return BlockHandle.of(block, pieces.hand(block, home));
    }

    /** Keep a block for the next time, or let it join the free runs. */
    private void keep(final int block, final long toDevice, final long fromDevice)
    {
        final int units = pieces.units(block);
        // Before anybody else can have the block.
        notes.forget(block);
        hot.push(block, units, ledger.hotUnits());
        set(USED, figures[USED] - units);
        set(FREES, figures[FREES] + 1);
        if (0 != toDevice)
        {
            set(TO_DEVICE, figures[TO_DEVICE] + toDevice);
        }
        if (0 != fromDevice)
        {
            set(FROM_DEVICE, figures[FROM_DEVICE] + fromDevice);
        }
    }

    private long figure(final int which)
    {
        return (long)FIGURE.getOpaque(figures, which);
    }

    private void set(final int which, final long value)
    {
        FIGURE.setOpaque(figures, which, value);
    }
}
