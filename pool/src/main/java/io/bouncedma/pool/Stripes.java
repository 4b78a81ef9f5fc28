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

    private final BlockTable<?> blocks;
    // What readers without a lock need of a stripe is final, so a reader without one sees it whole or not at all.
    private final HotBlocks[] stripes = new HotBlocks[COUNT];

    Stripes(final BlockTable<?> blocks)
    {
        this.blocks = blocks;
    }

    /**
     * The calling thread's stripe.
     */
    HotBlocks mine()
    {
        final HotBlocks usual = stripes[(int)Thread.currentThread().threadId() & COUNT - 1];
        return null != usual && usual.isMine() ? usual : find();
    }

    /**
     * The stripe that a block came from, most often the caller's.
     */
    HotBlocks home(final Block block)
    {
        final HotBlocks mine = mine();
        final int index = block.stripe();
        return mine.index() == index ? mine : stripes[index];
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
                stripe.empty(keeper);
            }
        }
        return any;
    }

    /**
     * Take every hot block out of every stripe that there is, whether it seems to have one or not. If the ledger lets
     * nothing become hot any more, nothing is hot after this.
     */
    synchronized void drainAll(final HotBlocks.Keeper keeper)
    {
        for (final HotBlocks stripe : stripes)
        {
            if (null != stripe)
            {
                stripe.empty(keeper);
            }
        }
    }

    long usedUnits()
    {
        long units = 0;
        for (final HotBlocks stripe : stripes)
        {
            units += null != stripe ? stripe.readUsedUnits() : 0;
        }
        return units;
    }

    /**
     * Find the calling thread's stripe where another thread has its usual place.
     */
    private HotBlocks find()
    {
        final int first = (int)Thread.currentThread().threadId();
        for (int i = 1; i < COUNT; i++)
        {
            final HotBlocks stripe = stripes[first + i & COUNT - 1];
            if (null != stripe && stripe.isMine())
            {
                return stripe;
            }
        }
        return adopt(first);
    }

    /**
     * Give the calling thread a stripe that is nobody's, or let it share its usual one.
     */
    private synchronized HotBlocks adopt(final int first)
    {
        for (int i = 0; i < COUNT; i++)
        {
            final int index = first + i & COUNT - 1;
            if (null == stripes[index])
            {
                stripes[index] = new HotBlocks(blocks, index);
            }
            if (stripes[index].adopt())
            {
                return stripes[index];
            }
        }
        return stripes[first & COUNT - 1];
    }
}
