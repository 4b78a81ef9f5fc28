/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Which mappings of a trace come and go with requests, and which stay: the filled receive rings of a network card, say,
 * or coherent memory. What stays takes its part of a pool whatever the load; only what comes and goes can be made less
 * by shallower queues.
 * <p>
 * A mapping is <em>long-lived</em> if it is coherent, or mapped for a tenth of the recording or more, until it is
 * unmapped or the recording ends; of a long recording 30 s are enough, since no request lives longer: that is when
 * block drivers give one up. So is one that the device only writes if it is still mapped at the end and its device has
 * ended nothing since: a receive ring that was filled and into which nothing came yet. All others are
 * <em>transient</em>.
 * <p>
 * Takes two passes over the trace, a bit of memory for each event, and 4 bytes for each mapping that lives at a time.
 */
public final class Lifetimes
{
    private static final long MOST_MICROS = 30_000_000;
    private static final int PART = 10;

    private final long threshold;
    private final BitSet longLived;
    private final Share all;
    private final List<Share> byDevice;

    private Lifetimes(final Trace trace)
    {
        final long begin = 0 == trace.size() ? 0 : trace.timeMicros(0);
        final long end = 0 == trace.size() ? 0 : trace.timeMicros(trace.size() - 1);
        threshold = Math.clamp((end - begin) / PART, 1, MOST_MICROS);
        longLived = classify(trace, threshold, end);
        final Counter total = new Counter();
        final List<Counter> counters = new ArrayList<>();
        trace.devices().forEach(device -> counters.add(new Counter()));
        for (int i = 0; i < trace.size(); i++)
        {
            total.count(trace, i, longLived.get(i));
            counters.get(trace.device(i)).count(trace, i, longLived.get(i));
        }
        all = total.share();
        byDevice = counters.stream().map(Counter::share).toList();
    }

    /**
     * How many mappings there are of each kind.
     *
     * @param transientMaps  that come and go.
     * @param transientBytes the most of their bytes at one time.
     * @param longLivedMaps  that stay.
     * @param longLivedBytes the most of their bytes at one time.
     * @param coherentMaps   of those that stay, the coherent ones.
     * @param coherentBytes  the most of their bytes at one time.
     */
    public record Share(
        long transientMaps,
        long transientBytes,
        long longLivedMaps,
        long longLivedBytes,
        long coherentMaps,
        long coherentBytes)
    {
    }

    /**
     * Look at a trace.
     *
     * @param trace to look at.
     * @return what its mappings are.
     */
    public static Lifetimes of(final Trace trace)
    {
        return new Lifetimes(trace);
    }

    /**
     * From how long on a mapping is long-lived.
     *
     * @return microseconds, one or more.
     */
    public long thresholdMicros()
    {
        return threshold;
    }

    /**
     * Whether the mapping that an event is about is long-lived.
     *
     * @param i of the event.
     * @return false if it is transient.
     */
    public boolean isLongLived(final int i)
    {
        return longLived.get(i);
    }

    /**
     * The mappings of all devices.
     *
     * @return their numbers.
     */
    public Share all()
    {
        return all;
    }

    /**
     * The mappings of each device.
     *
     * @return in the order of {@link Trace#devices()}.
     */
    public List<Share> byDevice()
    {
        return byDevice;
    }

    private static BitSet classify(final Trace trace, final long threshold, final long end)
    {
        final BitSet marked = new BitSet(trace.size());
        final int[] mapped = new int[trace.peakLiveMappings()];
        final int[] lastUnmaps = new int[trace.devices().size()];
        Arrays.fill(mapped, -1);
        for (int i = 0; i < trace.size(); i++)
        {
            final int mapping = trace.mapping(i);
            if (trace.isMap(i))
            {
                mapped[mapping] = i;
                continue;
            }
            final int map = mapped[mapping];
            mapped[mapping] = -1;
            lastUnmaps[trace.device(i)] = i;
            if (isLongLived(trace, map, trace.timeMicros(i), threshold))
            {
                marked.set(map);
                marked.set(i);
            }
        }
        for (final int map : mapped)
        {
            if (map >= 0 && (isLongLived(trace, map, end, threshold) ||
                TraceDirection.FROM_DEVICE == trace.direction(map) && map >= lastUnmaps[trace.device(map)]))
            {
                marked.set(map);
            }
        }
        return marked;
    }

    private static boolean isLongLived(final Trace trace, final int map, final long until, final long threshold)
    {
        return TraceDirection.COHERENT == trace.direction(map) || until - trace.timeMicros(map) >= threshold;
    }

    /** Adds up what is mapped, and remembers the most. */
    private static final class Counter
    {
        private static final int TRANSIENT = 0;
        private static final int LONG_LIVED = 1;
        private static final int COHERENT = 2;
        private static final int KINDS = 3;

        private final long[] maps = new long[KINDS];
        private final long[] bytes = new long[KINDS];
        private final long[] most = new long[KINDS];

        private void count(final Trace trace, final int i, final boolean isLongLived)
        {
            count(trace, i, isLongLived ? LONG_LIVED : TRANSIENT);
            if (TraceDirection.COHERENT == trace.direction(i))
            {
                count(trace, i, COHERENT);
            }
        }

        private void count(final Trace trace, final int i, final int kind)
        {
            final boolean isMap = trace.isMap(i);
            maps[kind] += isMap ? 1 : 0;
            bytes[kind] += isMap ? trace.bytes(i) : -trace.bytes(i);
            most[kind] = Math.max(most[kind], bytes[kind]);
        }

        private Share share()
        {
            return new Share(maps[TRANSIENT], most[TRANSIENT], maps[LONG_LIVED], most[LONG_LIVED], maps[COHERENT],
                most[COHERENT]);
        }
    }
}
