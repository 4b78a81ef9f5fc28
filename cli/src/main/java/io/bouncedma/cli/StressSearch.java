/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.SmallestPool;
import io.bouncedma.lab.Trace;

import java.util.function.LongPredicate;

/**
 * What the search for the smallest pool without a refusal came to.
 *
 * @param policy        whose pool.
 * @param peakLiveBytes of the trace.
 * @param found         the pool, or null if there is none.
 * @param tooLarge      mappings that are refused in a pool of any size; greater than 0 if there is none.
 * @param maxMapping    the most bytes of a mapping that is not.
 */
record StressSearch(
    StressPolicy policy, long peakLiveBytes, SmallestPool.Result found, long tooLarge, long maxMapping)
{
    private static final long SHOW_AFTER_NS = 1_000_000_000L;

    static StressSearch run(final StressPolicy policy, final Trace trace, final int minAlignMask)
    {
        final long most = policy.maxMapping(minAlignMask);
        long tooLarge = 0;
        for (int i = 0; i < trace.size(); i++)
        {
            tooLarge += trace.isMap(i) && trace.bytes(i) > most ? 1 : 0;
        }
        final SmallestPool.Result found = 0 == tooLarge ? search(policy, trace, minAlignMask) : null;
        return new StressSearch(policy, trace.peakLiveBytes(), found, tooLarge, most);
    }

    /**
     * Why there is no such pool.
     */
    String why()
    {
        return String.format("%,d mappings have more than %,d bytes, the most that %s maps at a time with this mask, " +
            "however large its pool is", tooLarge, maxMapping, policy.label());
    }

    private static SmallestPool.Result search(final StressPolicy policy, final Trace trace, final int minAlignMask)
    {
        final Progress progress = new Progress(SHOW_AFTER_NS);
        final LongPredicate tell = (length) ->
        {
            progress.show(() -> "trying a " + policy.label() + " pool of " + ByteSize.describe(length));
            return true;
        };
        try
        {
            return policy.search(trace, minAlignMask, tell);
        }
        catch (final IllegalArgumentException e)
        {
            throw new FailureException(e.getMessage());
        }
        finally
        {
            progress.clear();
        }
    }
}
