/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.SmallestPool;
import io.bouncedma.lab.Trace;

import java.util.Locale;
import java.util.function.LongConsumer;

/**
 * What the search for the smallest pool without a refusal came to.
 *
 * @param policy        whose pool.
 * @param peakLiveBytes of the trace.
 * @param found         the pool, or null if there is none.
 * @param tooLarge      mappings that are refused in a pool of any size.
 * @param why           there is none, or null if there is one.
 */
record StressSearch(StressPolicy policy, long peakLiveBytes, SmallestPool.Result found, long tooLarge, String why)
{
    private static final long SHOW_AFTER_NS = 1_000_000_000L;

    static StressSearch run(final StressPolicy policy, final Trace trace, final int minAlignMask)
    {
        // Where a mapping begins in its page may matter, so what is told is what the least of them may have.
        long most = Long.MAX_VALUE;
        long tooLarge = 0;
        for (int i = 0; i < trace.size(); i++)
        {
            final long limit = policy.maxMapping(minAlignMask, trace.pageOffset(i));
            if (trace.isMap(i) && trace.bytes(i) > limit)
            {
                most = Math.min(most, limit);
                tooLarge++;
            }
        }
        if (tooLarge > 0)
        {
            return new StressSearch(policy, trace.peakLiveBytes(), null, tooLarge, String.format(Locale.ROOT,
                "%,d mappings have more than %,d bytes, the most that %s maps at a time with this mask, however " +
                "large its pool is", tooLarge, most, policy.label()));
        }
        final SmallestPool.Result found = search(policy, trace, minAlignMask);
        return new StressSearch(policy, trace.peakLiveBytes(), found, 0, null != found ? null :
            String.format(Locale.ROOT, "all sizes that were tried refuse something of a trace with %,d bytes live; a " +
                "%s pool has at most %s", trace.peakLiveBytes(), policy.label(),
                ByteSize.describe(policy.maxLength())));
    }

    /**
     * Whether nothing was found that the policy itself does not rule out.
     */
    boolean isFailure()
    {
        return null == found && 0 == tooLarge;
    }

    private static SmallestPool.Result search(final StressPolicy policy, final Trace trace, final int minAlignMask)
    {
        final Progress progress = new Progress(SHOW_AFTER_NS);
        final LongConsumer tell = length ->
            progress.show(() -> "trying a " + policy.label() + " pool of " + ByteSize.describe(length));
        try
        {
            return policy.search(trace, minAlignMask, tell);
        }
        finally
        {
            progress.clear();
        }
    }
}
