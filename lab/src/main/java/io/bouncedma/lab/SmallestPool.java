/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;

/**
 * Searches the smallest pool that serves a whole trace without a refusal.
 * <p>
 * Sizes are tried upwards from the peak of live bytes, in steps of the kind's, without those that are too short for
 * what the mappings take: these need no replay. A pool that is longer by a step may refuse what a shorter one serves,
 * so nothing but trying tells. After {@link #LINEAR} sizes without success the search bisects all the same, and tells
 * which sizes it left out; with a long trace it does so if the first and the last of these refuse. Then it tries the
 * sizes above the one found, so that one sees how far the luck of one order of events reaches.
 */
public final class SmallestPool
{
    /** So many sizes are tried one by one. */
    public static final int LINEAR = 200;
    /** So many sizes above the one found are tried, unless the trace is very long. */
    public static final int ABOVE = 64;

    /** A trace is long if so many replays of it have more events than this. */
    private static final long LINEAR_EVENTS = 8_000_000;
    /** A very long trace has its sizes above cut so that they replay no more events than this, but for a few. */
    private static final long ABOVE_EVENTS = 32_000_000;
    private static final int LEAST_ABOVE = 4;

    private final Trace trace;
    private final PoolKind kind;
    private final LongConsumer progress;
    private final int above;
    private final int step;
    /** What is known of sizes. */
    private final NavigableMap<Long, Boolean> tried = new TreeMap<>();

    private SmallestPool(final Trace trace, final PoolKind kind, final int above, final LongConsumer progress)
    {
        this.above = above;
        this.trace = trace;
        this.kind = kind;
        this.progress = progress;
        step = kind.step();
    }

    /**
     * What a search found.
     *
     * @param demand     of the trace.
     * @param poolBytes  the smallest pool; 0 if none was found.
     * @param trials     replays up to that size.
     * @param firstBytes the smallest size that a replay could have served.
     * @param untried    sizes between that one and the one found of which nothing is known. 0: it is the smallest.
     * @param triedAbove how many sizes above the one found were tried.
     * @param refusing   those of them that refuse something, bytes, upwards.
     * @param mostBytes  the longest pool that was searched for.
     */
    public record Result(
        Demand demand,
        long poolBytes,
        int trials,
        long firstBytes,
        long untried,
        int triedAbove,
        List<Long> refusing,
        long mostBytes)
    {
        /**
         * Pools beside each other, each for mappings of its own.
         *
         * @param demand of all mappings.
         * @param parts  one or more that were found.
         * @return sums; the sizes above are not told.
         */
        public static Result sum(final Demand demand, final List<Result> parts)
        {
            return new Result(
                demand,
                parts.stream().mapToLong(Result::poolBytes).sum(),
                parts.stream().mapToInt(Result::trials).sum(),
                parts.stream().mapToLong(Result::firstBytes).sum(),
                parts.stream().mapToLong(Result::untried).sum(),
                0,
                List.of(),
                parts.stream().mapToLong(Result::mostBytes).sum());
        }

        /**
         * Whether a pool was found.
         *
         * @return false if all that were tried refuse something.
         */
        public boolean isFound()
        {
            return poolBytes > 0;
        }

        /**
         * How much of the pool carries bytes at the peak.
         *
         * @return peak divided by pool, at most 1; 0 for an empty trace or if no pool was found.
         */
        public double efficiency()
        {
            return isFound() ? (double)demand.liveBytes() / poolBytes : 0;
        }

        /**
         * How far above the one found a size refuses again.
         *
         * @return part of the size found; 0 if none of those tried does.
         */
        public double unsteadiness()
        {
            return refusing.isEmpty() ? 0 : (double)(refusing.getLast() - poolBytes) / poolBytes;
        }
    }

    /**
     * Search.
     *
     * @param trace    to replay.
     * @param kind     of the pools, for the devices of the trace.
     * @param progress told each size that is tried.
     * @return what was found.
     */
    public static Result search(final Trace trace, final PoolKind kind, final LongConsumer progress)
    {
        return new SmallestPool(trace, kind, ABOVE, progress).search(Demand.of(trace, kind));
    }

    /**
     * Search for nothing but the size: those above the one found are not tried, which is most of the work.
     *
     * @param trace    to replay.
     * @param kind     of the pools, for the devices of the trace.
     * @param progress told each size that is tried.
     * @return what was found.
     */
    public static Result searchSize(final Trace trace, final PoolKind kind, final LongConsumer progress)
    {
        return new SmallestPool(trace, kind, 0, progress).search(Demand.of(trace, kind));
    }

    private Result search(final Demand demand)
    {
        final long taken = Math.max(demand.takenBytes(), demand.liveBytes());
        final long first = Math.max(1, Math.ceilDiv(kind.least(taken, demand.largestBytes()), step)) * step;
        final long enough = Math.ceilDiv(
            kind.enough(Math.max(1, demand.liveMappings()), demand.largestTaken()), step) * (long)step;
        final long last = Math.min(kind.maxLength(), Math.max(first, enough)) / step * step;
        if (demand.tooLarge() > 0 || first > last)
        {
            return new Result(demand, 0, 0, first, 0, 0, List.of(), last);
        }
        final long linear = Math.min(last, first + (LINEAR - 1L) * step);
        if (fits(first))
        {
            return found(demand, first, first, last);
        }
        final boolean isLong = (long)LINEAR * trace.size() > LINEAR_EVENTS;
        for (long length = first + step; length <= linear && (!isLong || fits(linear)); length += step)
        {
            if (fits(length))
            {
                return found(demand, length, first, last);
            }
        }
        return bisect(demand, first, linear, last);
    }

    /**
     * Go on above the sizes that were tried one by one: twice as far each time, then between the last two.
     */
    private Result bisect(final Demand demand, final long first, final long refused, final long last)
    {
        long low = refused;
        long high = refused;
        for (long stride = step; low == high && high < last; stride *= 2)
        {
            high = Math.min(last, low + stride);
            if (!fits(high))
            {
                low = high;
            }
        }
        if (low == high)
        {
            final long left = (last - first) / step + 1 - tried.size();
            return new Result(demand, 0, tried.size(), first, left, 0, List.of(), last);
        }
        while (high - low > step)
        {
            final long middle = low + (high - low) / step / 2 * step;
            if (fits(middle))
            {
                high = middle;
            }
            else
            {
                low = middle;
            }
        }
        return found(demand, high, first, last);
    }

    private Result found(final Demand demand, final long length, final long first, final long last)
    {
        final int trials = tried.size();
        final long untried = (length - first) / step + 1 - tried.headMap(length, true).size();
        final long events = Math.max(1, (long)trace.size() * kind.replays());
        final long most = Math.min(above, Math.clamp(ABOVE_EVENTS / events, LEAST_ABOVE, ABOVE));
        final int count = (int)Math.min(most, (kind.maxLength() - length) / step);
        final List<Long> refusing = LongStream.rangeClosed(1, count).map(i -> length + i * step)
            .filter(size -> !fits(size)).boxed().toList();
        return new Result(demand, length, trials, first, untried, count, refusing, last);
    }

    private boolean fits(final long length)
    {
        final Boolean known = tried.get(length);
        if (null != known)
        {
            return known;
        }
        progress.accept(length);
        final boolean isEnough = kind.fits(trace, length);
        tried.put(length, isEnough);
        return isEnough;
    }
}
