/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;

class LiveBandsTest
{
    private static final int DEVICES = 5;
    private static final int POINTS = 37;

    @Test
    void shouldShowOneMomentOfEachInterval()
    {
        final Trace.Builder builder = new Trace.Builder("t");
        final int disk = builder.device("disk");
        final int net = builder.device("net");
        final long first = builder.map(0, 100, TraceDirection.TO_DEVICE, 0, disk);
        builder.unmap(1, first);
        final long second = builder.map(2, 60, TraceDirection.TO_DEVICE, 0, net);
        builder.unmap(3, second);
        final Trace trace = builder.build();
        final LiveBands bands = LiveBands.of(trace, 1, 2, trace::device);
        assertEquals(100, bands.bytes(disk, 0));
        assertEquals(0, bands.bytes(net, 0), "its peak was at another moment");
        assertEquals(60, bands.peak(net));
        assertEquals(0, bands.atPeak(net));
        assertEquals(100, bands.atPeak(disk));
    }

    @Test
    void shouldTakeTheFirstOfTwoPeaks()
    {
        final Trace.Builder builder = new Trace.Builder("t");
        final int disk = builder.device("disk");
        final int net = builder.device("net");
        builder.unmap(1, builder.map(0, 100, TraceDirection.TO_DEVICE, 0, disk));
        builder.map(2, 100, TraceDirection.TO_DEVICE, 0, net);
        final Trace trace = builder.build();
        assertEquals(100, LiveBands.of(trace, 2, 2, trace::device).atPeak(disk));
        assertEquals(0, LiveBands.of(trace, 2, 2, trace::device).atPeak(net));
    }

    @Test
    void shouldAgreeWithALookAtEveryMoment()
    {
        final long seed = new Random().nextLong();
        final Trace trace = random(seed);
        final LiveBands bands = LiveBands.of(trace, POINTS, DEVICES, trace::device);
        final long[] live = new long[DEVICES];
        final long[] peaks = new long[DEVICES];
        final Map<Integer, long[]> best = new HashMap<>();
        int point = 0;
        for (int i = 0; i < trace.size(); i++)
        {
            live[trace.device(i)] += trace.isMap(i) ? trace.bytes(i) : -trace.bytes(i);
            peaks[trace.device(i)] = Math.max(peaks[trace.device(i)], live[trace.device(i)]);
            best.merge(point, live.clone(), (old, now) -> sum(now) > sum(old) ? now : old);
            point += i == ReplaySeries.lastEvent(trace, POINTS, point) ? 1 : 0;
        }
        long atPeak = 0;
        for (int device = 0; device < DEVICES; device++)
        {
            assertEquals(peaks[device], bands.peak(device), "seed " + seed);
            atPeak += bands.atPeak(device);
            for (int i = 0; i < POINTS; i++)
            {
                assertEquals(best.get(i)[device], bands.bytes(device, i), "interval " + i + ", seed " + seed);
            }
        }
        assertEquals(trace.peakLiveBytes(), atPeak, "seed " + seed);
    }

    @Test
    void shouldTakeATraceOfNothing()
    {
        final LiveBands bands = LiveBands.of(new Trace.Builder("none").build(), POINTS, 1, i -> 0);
        assertEquals(0, bands.peak(0));
    }

    private static Trace random(final long seed)
    {
        final Random random = new Random(seed);
        final Trace.Builder builder = new Trace.Builder("random");
        for (int i = 0; i < DEVICES; i++)
        {
            builder.device("device" + i);
        }
        final long[] handles = new long[64];
        final boolean[] isLive = new boolean[handles.length];
        for (int i = 0; i < 3000; i++)
        {
            final int place = random.nextInt(handles.length);
            if (isLive[place])
            {
                builder.unmap(i, handles[place]);
            }
            else
            {
                handles[place] = builder.map(
                    i, 1 + random.nextInt(9000), TraceDirection.TO_DEVICE, 0, random.nextInt(DEVICES));
            }
            isLive[place] = !isLive[place];
        }
        return builder.build();
    }

    private static long sum(final long[] values)
    {
        long sum = 0;
        for (final long value : values)
        {
            sum += value;
        }
        return sum;
    }
}
