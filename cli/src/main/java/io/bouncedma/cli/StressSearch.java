/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.Demand;
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

    static StressSearch run(final StressPolicy policy, final Trace trace, final StressGuest guest)
    {
        final SmallestPool.Result result = search(policy, trace, guest);
        final Demand demand = result.demand();
        return new StressSearch(policy, demand.liveBytes(), result.isFound() ? result : null, demand.tooLarge(),
            result.isFound() ? null : why(policy, result));
    }

    private static String why(final StressPolicy policy, final SmallestPool.Result result)
    {
        final Demand demand = result.demand();
        // Where a mapping begins in its page may matter, so what is told is what the least of them may have.
        return demand.tooLarge() > 0 ?
            String.format(Locale.ROOT, "%,d mappings have more than %,d bytes, the most that %s maps at a time with " +
                "this mask, however large its pool is", demand.tooLarge(), demand.limit(), policy.label()) :
            String.format(Locale.ROOT, "all sizes that were tried refuse something of a trace with %,d bytes live; a " +
                "%s pool of %s would be the longest", demand.liveBytes(), policy.label(),
                ByteSize.describe(result.mostBytes()));
    }

    private static SmallestPool.Result search(
        final StressPolicy policy, final Trace trace, final StressGuest guest)
    {
        final Progress progress = new Progress(SHOW_AFTER_NS);
        final LongConsumer tell = length ->
            progress.show(() -> "trying a " + policy.label() + " pool of " + ByteSize.describe(length));
        try
        {
            return SmallestPool.search(trace, policy.kind(trace.devices(), guest), tell);
        }
        finally
        {
            progress.clear();
        }
    }
}
