/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.pool.Refusal;

import java.util.ArrayList;
import java.util.List;

/**
 * Looks on during a replay and keeps what pictures of it need: the events of the trace are cut into intervals of equal
 * numbers of events, with the peaks and refusals inside each and the state of the pool at the end of each.
 */
public final class ReplaySeries implements ReplayObserver
{
    /** Cells of {@link #heat} have levels from 0 to this. */
    public static final int MAX_LEVEL = 63;

    /** Refusals are kept one by one up to this number. */
    public static final int MAX_REFUSED = 20;

    private final Trace trace;
    private final MappingPolicy policy;
    private final int points;
    private final int peakEvent;
    private final long[] liveBytes;
    private final long[] usedBytes;
    private final long[] largestRuns;
    private final int[][] refusals;
    private final RefusedMapping[] firstRefusals;
    private final int[] refusalsByDevice;
    private final List<RefusedMapping> refused = new ArrayList<>();
    private final byte[][] heat;
    private final int[] usage;
    private FreeSpace atPeak = new FreeSpace();
    private int point;

    /**
     * Prepare for one replay.
     *
     * @param trace   that is replayed.
     * @param policy  that it is replayed against.
     * @param points  intervals, one or more; there are fewer if the trace has fewer events.
     * @param buckets equal parts of the pool in {@link #heat}, one or more.
     */
    public ReplaySeries(final Trace trace, final MappingPolicy policy, final int points, final int buckets)
    {
        this.trace = trace;
        this.policy = policy;
        this.points = Math.min(points, trace.size());
        peakEvent = peakEvent(trace);
        liveBytes = new long[this.points];
        usedBytes = new long[this.points];
        largestRuns = new long[this.points];
        refusals = new int[Refusal.Reason.values().length][this.points];
        firstRefusals = new RefusedMapping[this.points];
        refusalsByDevice = new int[trace.devices().size()];
        heat = new byte[this.points][buckets];
        usage = new int[buckets];
    }

    @Override
    public void event(final int index, final long live, final Refusal.Reason refusal)
    {
        liveBytes[point] = Math.max(liveBytes[point], live);
        usedBytes[point] = Math.max(usedBytes[point], policy.usedBytes());
        if (null != refusal)
        {
            refuse(index, refusal);
        }
        if (index == peakEvent)
        {
            atPeak = FreeSpace.of(policy);
        }
        if (index == lastEvent(point))
        {
            largestRuns[point] = policy.largestFreeRun();
            draw(heat[point]);
            point++;
        }
    }

    /**
     * How many intervals there are.
     *
     * @return zero for an empty trace.
     */
    public int points()
    {
        return points;
    }

    /**
     * How many parts of the pool {@link #heat} tells apart.
     *
     * @return as given.
     */
    public int buckets()
    {
        return usage.length;
    }

    /**
     * The last event of an interval.
     *
     * @param i interval.
     * @return its index in the trace.
     */
    public int lastEvent(final int i)
    {
        return lastEvent(trace, points, i);
    }

    /**
     * The same of any trace in so many intervals.
     */
    static int lastEvent(final Trace trace, final int points, final int i)
    {
        return (int)((i + 1L) * trace.size() / points) - 1;
    }

    /**
     * The event at which most bytes would be live if nothing were refused.
     *
     * @return its index in the trace; -1 for an empty trace.
     */
    public int peakEvent()
    {
        return peakEvent;
    }

    /**
     * The most live bytes in an interval.
     *
     * @param i interval.
     * @return bytes.
     */
    public long liveBytes(final int i)
    {
        return liveBytes[i];
    }

    /**
     * The most used bytes in an interval.
     *
     * @param i interval.
     * @return bytes.
     */
    public long usedBytes(final int i)
    {
        return usedBytes[i];
    }

    /**
     * The longest free run at the end of an interval.
     *
     * @param i interval.
     * @return bytes.
     */
    public long largestFreeRun(final int i)
    {
        return largestRuns[i];
    }

    /**
     * Refusals in an interval.
     *
     * @param reason of them.
     * @param i      interval.
     * @return their number.
     */
    public int refusals(final Refusal.Reason reason, final int i)
    {
        return refusals[reason.ordinal()][i];
    }

    /**
     * The first refusal in an interval.
     *
     * @param i interval.
     * @return null if nothing was refused there.
     */
    public RefusedMapping firstRefusal(final int i)
    {
        return firstRefusals[i];
    }

    /**
     * Refusals of a device's mappings.
     *
     * @param device index in {@link Trace#devices()}.
     * @return their number over the whole replay.
     */
    public int refusalsOf(final int device)
    {
        return refusalsByDevice[device];
    }

    /**
     * The first refusals of the replay, in their order.
     *
     * @return at most {@link #MAX_REFUSED}.
     */
    public List<RefusedMapping> refused()
    {
        return List.copyOf(refused);
    }

    /**
     * How full a part of the pool was at the end of an interval.
     *
     * @param i      interval.
     * @param bucket part of the pool.
     * @return 0 if it was empty, to {@link #MAX_LEVEL} if it was full.
     */
    public int heat(final int i, final int bucket)
    {
        return heat[i][bucket];
    }

    /**
     * What was free at {@link #peakEvent()}.
     *
     * @return nothing before the replay.
     */
    public FreeSpace atPeak()
    {
        return atPeak;
    }

    private void refuse(final int index, final Refusal.Reason reason)
    {
        refusals[reason.ordinal()][point]++;
        refusalsByDevice[trace.device(index)]++;
        if (null == firstRefusals[point] || refused.size() < MAX_REFUSED)
        {
            // A refusal changes nothing, so this is what the mapping met.
            final RefusedMapping refusal = new RefusedMapping(
                index, reason, policy.length() - policy.usedBytes(), policy.largestFreeRun());
            firstRefusals[point] = null == firstRefusals[point] ? refusal : firstRefusals[point];
            if (refused.size() < MAX_REFUSED)
            {
                refused.add(refusal);
            }
        }
    }

    private void draw(final byte[] levels)
    {
        policy.usage(usage);
        final double bucketBytes = (double)policy.length() / usage.length;
        for (int i = 0; i < usage.length; i++)
        {
            // Rounded up: a part with anything in it does not look empty.
            levels[i] = (byte)Math.min(MAX_LEVEL, (int)Math.ceil((double)MAX_LEVEL * usage[i] / bucketBytes));
        }
    }

    private static int peakEvent(final Trace trace)
    {
        long live = 0;
        for (int i = 0; i < trace.size(); i++)
        {
            live += trace.isMap(i) ? trace.bytes(i) : -trace.bytes(i);
            if (live == trace.peakLiveBytes())
            {
                return i;
            }
        }
        return -1;
    }
}
