/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import com.sun.management.ThreadMXBean;
import org.HdrHistogram.Histogram;
import org.agrona.BitUtil;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Measures what bouncing costs with traces of real drivers: map and unmap beside bare copies of the same bytes.
 * <p>
 * In rounds, each with every trace, so that what the machine does meanwhile falls on all. In a round a pass by the
 * library and a pass of bare copies take turns, so that it falls on both, and CPU time is compared. Calls are timed one
 * by one in passes of their own, as reading a clock takes as long as a small copy. Not thread-safe.
 */
public final class TraceBench implements AutoCloseable
{
    /** The longest pool, bytes: a larger one measures the memory, and no mapping is longer than may be. */
    public static final int MAX_POOL = 1 << 29;
    /** What a pool's length is a multiple of. */
    public static final int POOL_STEP = 4096;
    /** The pool that is made if none is asked for, or of this many times the peak of live bytes. */
    private static final int USUAL_POOL = 1 << 26;
    private static final int USUAL_ROOM = 2;
    private static final int MEMORY = 1 << 26;
    private static final int LEAST_PASSES = 3;
    /** Of a trace that copies next to nothing, bare copies never take as long as a round is to take. */
    private static final int MOST_BOUNCE = 4;
    private static final int DIGITS = 3;
    private static final long HIGHEST_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();
    private final Effort effort;
    private final List<Run> runs = new ArrayList<>();

    /**
     * How long to measure.
     *
     * @param warmUpNanos of each trace before the first round.
     * @param roundNanos  of CPU time that each side has in a round; one pass at least.
     * @param watched     how many calls are timed one by one in a round, in whole passes.
     */
    public record Effort(long warmUpNanos, long roundNanos, int watched)
    {
        /** Enough for the JIT's second compiler; the longest is one of a million calls in five rounds. */
        public static final Effort USUAL =
            new Effort(TimeUnit.SECONDS.toNanos(1), TimeUnit.MILLISECONDS.toNanos(100), 200_000);
    }

    /** A trace, and what is known of it so far. */
    private static final class Run
    {
        private final BenchTrace of;
        private final TraceReplay replay;
        private final List<TraceRound> rounds = new ArrayList<>();
        private final Histogram calls = new Histogram(HIGHEST_NANOS, DIGITS);
        private long passes;

        private Run(final BenchTrace of, final TraceReplay replay)
        {
            this.of = of;
            this.replay = replay;
        }

        private long bounce()
        {
            passes++;
            return replay.bounce();
        }
    }

    /**
     * Make pools for traces, and originals for their mappings.
     *
     * @param traces     to measure with.
     * @param poolLength bytes of the pool of each, a multiple of {@link #POOL_STEP} up to {@link #MAX_POOL}; 0 for
     *                   64 MiB, or twice the trace's peak of live bytes if that is more.
     * @param effort     how long to measure.
     * @throws IllegalArgumentException       if the mappings that live at one time have no place in 1 GiB, or their
     *                                        bytes none in the longest pool.
     * @throws io.bouncedma.os.ErrnoException if there is no memory.
     */
    public TraceBench(final List<BenchTrace> traces, final int poolLength, final Effort effort)
    {
        this.effort = effort;
        final List<TraceRows> rows = traces.stream().map(each -> new TraceRows(each.trace(), MEMORY)).toList();
        final byte[] memory = new byte[rows.stream().map(TraceRows::memory).max(Comparator.naturalOrder()).orElse(0)];
        try
        {
            for (int i = 0; i < traces.size(); i++)
            {
                final int length = 0 == poolLength ? usualPool(traces.get(i)) : poolLength;
                runs.add(new Run(traces.get(i), new TraceReplay(traces.get(i), rows.get(i), memory, length)));
            }
        }
        catch (final RuntimeException | Error e)
        {
            close();
            throw e;
        }
    }

    private static int usualPool(final BenchTrace of)
    {
        final long wanted = Math.max(USUAL_POOL,
            BitUtil.align(USUAL_ROOM * of.trace().peakLiveBytes(), POOL_STEP));
        if (wanted <= MAX_POOL)
        {
            return (int)wanted;
        }
        if (of.trace().peakLiveBytes() > MAX_POOL)
        {
            throw new IllegalArgumentException("trace " + of.trace().name() + " has " + of.trace().peakLiveBytes() +
                " bytes live at its peak, and the longest pool that is measured has " + MAX_POOL);
        }
        return MAX_POOL;
    }

    /**
     * Replay each trace once.
     *
     * @throws TraceRefusedException if a pool has no room.
     */
    public void once()
    {
        runs.forEach(Run::bounce);
    }

    /**
     * Replay each trace until its code is compiled.
     *
     * @throws TraceRefusedException if a pool has no room.
     */
    public void warmUp()
    {
        for (final Run run : runs)
        {
            final Histogram ignored = new Histogram(HIGHEST_NANOS, DIGITS);
            final long begin = System.nanoTime();
            for (int pass = 0; pass < LEAST_PASSES || System.nanoTime() - begin < effort.warmUpNanos(); pass++)
            {
                run.bounce();
                run.replay.copy();
                run.passes += 2;
                run.replay.bounce(ignored);
                run.replay.longestBounce();
                run.replay.longestCopy();
            }
        }
    }

    /**
     * Measure each trace once.
     *
     * @throws TraceRefusedException if a pool has no room.
     */
    public void round()
    {
        for (final Run run : runs)
        {
            run.rounds.add(round(run));
        }
    }

    private TraceRound round(final Run run)
    {
        long bounceNanos = 0;
        long copyNanos = 0;
        long heapBytes = 0;
        int passes = 0;
        do
        {
            final long heap = threads.getCurrentThreadAllocatedBytes();
            bounceNanos += run.bounce();
            heapBytes += threads.getCurrentThreadAllocatedBytes() - heap;
            copyNanos += run.replay.copy();
            passes++;
        }
        while (copyNanos < effort.roundNanos() && bounceNanos < MOST_BOUNCE * effort.roundNanos());
        long longest = 0;
        long longestCopy = 0;
        long watched = 0;
        do
        {
            run.passes += 2;
            run.replay.bounce(run.calls);
            longest = Math.max(longest, run.replay.longestBounce());
            longestCopy = Math.max(longestCopy, run.replay.longestCopy());
            watched += run.replay.rows().size();
        }
        while (watched < effort.watched());
        return new TraceRound(passes, bounceNanos, copyNanos, heapBytes, watched, longest, longestCopy);
    }

    /**
     * What was measured so far.
     *
     * @return of each trace, in their order.
     */
    public List<TraceFigures> figures()
    {
        return runs.stream().map(run ->
        {
            final TraceRows rows = run.replay.rows();
            return new TraceFigures(run.of, rows.size(), rows.left(), run.replay.poolLength(), rows.memory(),
                rows.bytesToDevice(), rows.bytesFromDevice(), run.replay.bounced(), run.passes, run.rounds, run.calls);
        }).toList();
    }

    @Override
    public void close()
    {
        runs.forEach(run -> run.replay.close());
    }
}
