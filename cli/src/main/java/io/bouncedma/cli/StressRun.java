/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.FreeSpace;
import io.bouncedma.lab.ParallelReplay;
import io.bouncedma.lab.Replay;
import io.bouncedma.lab.ReplayResult;
import io.bouncedma.lab.ReplaySeries;
import io.bouncedma.lab.Trace;

/**
 * A trace replayed against one policy.
 *
 * @param policy that it was replayed against.
 * @param result the figures.
 * @param series for pictures; null if several threads replayed it.
 */
record StressRun(StressPolicy policy, ReplayResult result, ReplaySeries series)
{
    private static final int POINTS = 400;
    private static final int BUCKETS = 200;
    private static final int MOST_REPLAYS = 10;
    private static final long ENOUGH_NS = 500_000_000L;

    /**
     * Replay several times: once looked at, then for the time that it takes with nobody looking. The fastest replay
     * counts, since the first ones run while code is compiled; the other figures are the same each time.
     */
    static StressRun run(final StressPolicy policy, final Trace trace, final StressPool of)
    {
        final ReplaySeries series = of.with(pool ->
        {
            final ReplaySeries looked = new ReplaySeries(trace, pool, POINTS, BUCKETS);
            Replay.run(trace, pool, looked);
            return looked;
        });
        final long begin = System.nanoTime();
        ReplayResult fastest = null;
        for (int i = 0; i < MOST_REPLAYS && (null == fastest || System.nanoTime() - begin < ENOUGH_NS); i++)
        {
            final ReplayResult result = of.with(pool -> Replay.run(trace, pool));
            fastest = null == fastest || result.nanos() < fastest.nanos() ? result : fastest;
        }
        return new StressRun(policy, fastest, series);
    }

    static StressRun parallel(final Trace trace, final int threads, final long length, final StressGuest guest)
    {
        try
        {
            return new StressRun(
                StressPolicy.BOUNCE_DMA, ParallelReplay.run(trace, threads, length, guest.masks()), null);
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw new FailureException("the replay was interrupted");
        }
    }

    /**
     * What was free at the trace's peak, or null if several threads replayed it, each with a peak of its own.
     */
    FreeSpace atPeak()
    {
        return null == series ? null : series.atPeak();
    }
}
