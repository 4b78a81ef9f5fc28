/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.util.function.IntUnaryOperator;

/**
 * The live bytes of a trace over time in bands that add up, for a picture: of each device, say. As drivers asked for
 * them, whatever a pool refuses.
 * <p>
 * Events are grouped into the intervals of {@link ReplaySeries}. The bands of an interval are those of one moment, that
 * at which most is live in it, or their sum would be more than ever was.
 */
public final class LiveBands
{
    private final long[][] bytes;
    private final long[] peaks;
    private final long[] atPeak;

    private LiveBands(final int bands, final int points)
    {
        bytes = new long[bands][points];
        peaks = new long[bands];
        atPeak = new long[bands];
    }

    /**
     * Walk through a trace.
     *
     * @param trace     to look at.
     * @param points    intervals, one or more; there are fewer if the trace has fewer events.
     * @param bands     their number.
     * @param bandOfMap tells of the index of an event that maps to which band the mapping belongs, from 0.
     * @return the bands.
     */
    public static LiveBands of(
        final Trace trace, final int points, final int bands, final IntUnaryOperator bandOfMap)
    {
        final int fewer = Math.min(points, trace.size());
        final LiveBands result = new LiveBands(bands, fewer);
        final int[] moments = moments(trace, fewer);
        final int[] bandOf = new int[trace.peakLiveMappings()];
        final long[] live = new long[bands];
        long sum = 0;
        boolean isBeforePeak = true;
        int point = 0;
        for (int i = 0; i < trace.size(); i++)
        {
            final int mapping = trace.mapping(i);
            bandOf[mapping] = trace.isMap(i) ? bandOfMap.applyAsInt(i) : bandOf[mapping];
            final int band = bandOf[mapping];
            final long change = change(trace, i);
            live[band] += change;
            sum += change;
            result.peaks[band] = Math.max(result.peaks[band], live[band]);
            if (isBeforePeak && sum == trace.peakLiveBytes())
            {
                isBeforePeak = false;
                System.arraycopy(live, 0, result.atPeak, 0, bands);
            }
            if (point < fewer && i == moments[point])
            {
                result.keep(live, point);
                point++;
            }
        }
        return result;
    }

    /** The event of each interval after which most is live. */
    private static int[] moments(final Trace trace, final int points)
    {
        final int[] moments = new int[points];
        long sum = 0;
        long most = -1;
        int point = 0;
        for (int i = 0; i < trace.size(); i++)
        {
            sum += change(trace, i);
            if (sum > most)
            {
                most = sum;
                moments[point] = i;
            }
            if (i == ReplaySeries.lastEvent(trace, points, point))
            {
                point++;
                most = -1;
            }
        }
        return moments;
    }

    private static long change(final Trace trace, final int i)
    {
        return trace.isMap(i) ? trace.bytes(i) : -trace.bytes(i);
    }

    /**
     * What was live in a band when most was live in an interval.
     *
     * @param band from 0.
     * @param i    interval.
     * @return bytes.
     */
    public long bytes(final int band, final int i)
    {
        return bytes[band][i];
    }

    /**
     * The most that was live in a band at any time.
     *
     * @param band from 0.
     * @return bytes.
     */
    public long peak(final int band)
    {
        return peaks[band];
    }

    /**
     * What was live in a band when most was live in all.
     *
     * @param band from 0.
     * @return bytes; those of all bands add up to {@link Trace#peakLiveBytes()}.
     */
    public long atPeak(final int band)
    {
        return atPeak[band];
    }

    private void keep(final long[] live, final int point)
    {
        for (int band = 0; band < live.length; band++)
        {
            bytes[band][point] = live[band];
        }
    }
}
