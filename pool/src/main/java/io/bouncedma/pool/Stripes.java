/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A client's stripes, one for each thread that uses it, made when they are needed.
 */
final class Stripes
{
    private static final int COUNT = 16;

    private final PieceTable pieces;
    // A stripe has nothing but final fields outside its lock, so a reader without one sees it whole or not at all.
    private final HotBlocks[] stripes = new HotBlocks[COUNT];

    Stripes(final PieceTable pieces)
    {
        this.pieces = pieces;
    }

    /**
     * The calling thread's stripe.
     */
    HotBlocks mine()
    {
        final HotBlocks usual = stripes[(int)Thread.currentThread().threadId() & COUNT - 1];
        return null != usual && usual.lock().isMine() ? usual : find();
    }

    /**
     * The stripe that a block came from, most often the caller's. For a handle that is none any more, any will do.
     */
    HotBlocks home(final int link)
    {
        final HotBlocks mine = mine();
        final int index = PieceTable.stripe(link) & COUNT - 1;
        if (mine.index() == index)
        {
            return mine;
        }
        final HotBlocks other = stripes[index];
        return null != other ? other : mine;
    }

    /**
     * All that there are.
     */
    List<HotBlocks> all()
    {
        return Arrays.stream(stripes).filter(Objects::nonNull).toList();
    }

    /**
     * Take every hot block out.
     *
     * @return whether there was one.
     */
    boolean drain(final HotBlocks.Keeper keeper)
    {
        boolean any = false;
        for (final HotBlocks stripe : stripes)
        {
            if (null != stripe && stripe.cachedUnits() > 0)
            {
                any = true;
                final boolean biased = stripe.lock().claim();
                stripe.drain(keeper);
                stripe.lock().release(biased);
            }
        }
        return any;
    }

    long usedUnits()
    {
        long units = 0;
        for (final HotBlocks stripe : stripes)
        {
            if (null != stripe)
            {
                final boolean biased = stripe.lock().claim();
                units += stripe.usedUnits();
                stripe.lock().release(biased);
            }
        }
        return units;
    }

    /**
     * Find the calling thread's stripe from its usual place on, or one that is free, or share the usual one.
     */
    private synchronized HotBlocks find()
    {
        final int first = (int)Thread.currentThread().threadId();
        for (int i = 0; i < COUNT; i++)
        {
            final HotBlocks stripe = stripes[first + i & COUNT - 1];
            if (null != stripe && stripe.lock().isMine())
            {
                return stripe;
            }
        }
        for (int i = 0; i < COUNT; i++)
        {
            final int index = first + i & COUNT - 1;
            if (null == stripes[index])
            {
                stripes[index] = new HotBlocks(pieces, index);
            }
            if (stripes[index].lock().adopt())
            {
                return stripes[index];
            }
        }
        return stripes[first & COUNT - 1];
    }
}
