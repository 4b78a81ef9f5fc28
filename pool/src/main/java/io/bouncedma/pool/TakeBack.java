/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.os.Membarrier;

import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Lets the hot blocks of many stripes join the free runs, with one barrier for a few of them at a time: their threads
 * wait for no more than these.
 */
final class TakeBack
{
    private static final int FEW = 8;

    private TakeBack()
    {
    }

    /**
     * See to it that nothing of stripes is hot. The ledger has let nothing become hot since before this was called: so
     * only who is inside a stripe at the barrier may have looked before that, and its busy flag or mutex is seen
     * behind the barrier. Stripes with nobody inside and nothing hot are left alone.
     *
     * @param stripes of one pool; the caller has it from others who do this: two with some stripes of the other's would
     *                wait for each other.
     * @return how many blocks have joined the free runs.
     */
    static int all(final List<Stripe> stripes)
    {
        if (stripes.stream().anyMatch(Stripe::isOthers))
        {
            Membarrier.barrier();
        }
        return from(stripes.stream().filter(stripe -> stripe.isEntered() || stripe.hotUnits() > 0).toList(),
            stripe -> stripe.empty(Integer.MAX_VALUE));
    }

    /**
     * Take some hot blocks of one stripe back. Needs no claim on others, so that anybody may do it.
     *
     * @param most how many.
     * @return how many have joined the free runs.
     */
    static int some(final Stripe stripe, final int most)
    {
        return fromFew(List.of(stripe), claimed -> claimed.empty(most));
    }

    /**
     * Have the hot blocks of stripes forgotten, whose pool is never used again: its free runs need not be in order.
     *
     * @param stripes as {@link #all}.
     */
    static void abandon(final List<Stripe> stripes)
    {
        from(stripes, stripe ->
        {
            stripe.abandon();
            return 0;
        });
    }

    private static int from(final List<Stripe> stripes, final ToIntFunction<Stripe> action)
    {
        int blocks = 0;
        for (int first = 0; first < stripes.size(); first += FEW)
        {
            blocks += fromFew(stripes.subList(first, Math.min(stripes.size(), first + FEW)), action);
        }
        return blocks;
    }

    private static int fromFew(final List<Stripe> stripes, final ToIntFunction<Stripe> action)
    {
        int claimed = 0;
        int emptied = 0;
        int blocks = 0;
        try
        {
            boolean needsBarrier = false;
            while (claimed < stripes.size())
            {
                needsBarrier |= stripes.get(claimed).claim();
                claimed++;
            }
            if (needsBarrier)
            {
                Membarrier.barrier();
            }
            while (emptied < claimed)
            {
                final Stripe stripe = stripes.get(emptied);
                stripe.awaitOwner();
                blocks += action.applyAsInt(stripe);
                stripe.release();
                emptied++;
            }
            return blocks;
        }
        finally
        {
            // After an error, the rest stay hot.
            while (emptied < claimed)
            {
                stripes.get(emptied).release();
                emptied++;
            }
        }
    }
}
