/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.pool.Refusal;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ReplaySeriesTest
{
    private static final int SEGMENT = SwiotlbModel.SEGMENT_SIZE;
    private static final int SLOT = SwiotlbModel.SLOT_SIZE;

    /** Two segments: the first is filled, a third is asked for, and the first goes again. */
    private static Trace trace()
    {
        final Trace.Builder builder = new Trace.Builder("t");
        final long a = builder.map(0, SEGMENT, TraceDirection.TO_DEVICE, 0);
        builder.map(1, 100, TraceDirection.TO_DEVICE, 0);
        final long refused = builder.map(2, SEGMENT, TraceDirection.TO_DEVICE, 0);
        builder.unmap(3, a);
        builder.unmap(4, refused);
        return builder.build();
    }

    @Test
    void shouldKeepWhatPicturesNeed()
    {
        final Trace trace = trace();
        final SwiotlbModel model = new SwiotlbModel(2 * SEGMENT, 0);
        final ReplaySeries series = new ReplaySeries(trace, model, 5, 4);
        Replay.run(trace, model, series);
        assertEquals(5, series.points());
        assertEquals(2, series.peakEvent());
        assertEquals(List.of(SEGMENT, SEGMENT + 100, SEGMENT + 100, 100, 100),
            List.of((int)series.liveBytes(0), (int)series.liveBytes(1), (int)series.liveBytes(2),
                (int)series.liveBytes(3), (int)series.liveBytes(4)));
        assertEquals(SEGMENT + SLOT, series.usedBytes(2));
        assertEquals(SEGMENT, series.largestFreeRun(0));
        assertEquals(SEGMENT - SLOT, series.largestFreeRun(1));
        assertEquals(1, series.refusals(Refusal.Reason.FRAGMENTED, 2) +
            series.refusals(Refusal.Reason.EXHAUSTED, 2));
        assertEquals(ReplaySeries.MAX_LEVEL, series.heat(0, 0));
        assertEquals(0, series.heat(0, 2));
        assertEquals(1, series.heat(4, 2), "a little is not nothing");
        assertEquals(0, series.heat(4, 3));
        assertEquals(1, series.atPeak().runs(17));
        assertEquals(SEGMENT - SLOT, series.atPeak().bytes());
        assertEquals(0.0, series.atPeak().fragmentation());
    }

    /** 50 of 64 MiB: their number times that of the levels is no int. */
    @Test
    void shouldDrawPartsOfManyBytes()
    {
        final Trace.Builder builder = new Trace.Builder("t");
        for (int i = 0; i < 200; i++)
        {
            builder.map(i, SEGMENT, TraceDirection.TO_DEVICE, 0);
        }
        final SwiotlbModel model = new SwiotlbModel(1L << 34, 0);
        final ReplaySeries series = new ReplaySeries(builder.build(), model, 1, 256);
        Replay.run(builder.build(), model, series);
        assertEquals(50, series.heat(0, 0), "63 * 50 / 64, rounded up");
        assertEquals(0, series.heat(0, 1));
    }

    @Test
    void shouldKeepWhatTheFirstRefusalsMet()
    {
        final Trace.Builder builder = new Trace.Builder("t");
        final int disk = builder.device("disk");
        final int net = builder.device("net");
        builder.map(0, SEGMENT, TraceDirection.TO_DEVICE, 0, disk);
        for (int i = 0; i < 2 * ReplaySeries.MAX_REFUSED; i++)
        {
            builder.map(i, 1000, TraceDirection.FROM_DEVICE, 0, i < 3 ? disk : net);
        }
        final Trace trace = builder.build();
        final SwiotlbModel model = new SwiotlbModel(
            SwiotlbPool.ofOneArea(SEGMENT), CpuOrder.ONE, DeviceMasks.NONE, trace.devices());
        final ReplaySeries series = new ReplaySeries(trace, model, 4, 4);
        Replay.run(trace, model, series);
        assertEquals(ReplaySeries.MAX_REFUSED, series.refused().size(), "the rest is only counted");
        assertEquals(new RefusedMapping(1, Refusal.Reason.EXHAUSTED, 0, 0), series.refused().getFirst());
        assertEquals(3, series.refusalsOf(disk));
        assertEquals(2 * ReplaySeries.MAX_REFUSED - 3, series.refusalsOf(net));
        assertEquals(series.refused().getFirst(), series.firstRefusal(0));
        assertEquals(series.lastEvent(0) + 1, series.firstRefusal(1).event());
    }

    @Test
    void shouldTellWhatWasFreeFromTheLongestRunOfIt()
    {
        final Trace.Builder builder = new Trace.Builder("t");
        builder.map(0, SEGMENT - SLOT, TraceDirection.TO_DEVICE, 0);
        builder.map(1, 2 * SLOT, TraceDirection.TO_DEVICE, 0);
        builder.map(2, SEGMENT, TraceDirection.TO_DEVICE, 0);
        final Trace trace = builder.build();
        final SwiotlbModel model = new SwiotlbModel(2 * SEGMENT, 0);
        final ReplaySeries series = new ReplaySeries(trace, model, 3, 1);
        Replay.run(trace, model, series);
        assertEquals(List.of(new RefusedMapping(2, Refusal.Reason.EXHAUSTED, SEGMENT - SLOT, SEGMENT - 2 * SLOT)),
            series.refused());
        assertEquals(1, series.refusals(Refusal.Reason.EXHAUSTED, 2));
        assertEquals(0, series.refusals(Refusal.Reason.FRAGMENTED, 2));
    }

    /** Parts of the pool that are no whole number of bytes, and a moment that is a byte below the peak. */
    @Test
    void shouldDrawAFullPoolAsFullAndALittleAsALittle()
    {
        final Trace.Builder builder = new Trace.Builder("t");
        builder.map(0, 2 * SLOT, TraceDirection.TO_DEVICE, 0);
        builder.map(1, SEGMENT - 2 * SLOT - 1, TraceDirection.TO_DEVICE, 0);
        builder.unmap(3, builder.map(2, 1, TraceDirection.TO_DEVICE, 0));
        final Trace trace = builder.build();
        final SwiotlbModel model = new SwiotlbModel(SEGMENT, 0);
        final ReplaySeries series = new ReplaySeries(trace, model, 4, 7);
        Replay.run(trace, model, series);
        for (int bucket = 0; bucket < 7; bucket++)
        {
            assertEquals(ReplaySeries.MAX_LEVEL, series.heat(1, bucket));
        }
        assertEquals(2, series.peakEvent());
        final SwiotlbModel large = new SwiotlbModel(16 * SEGMENT, 0);
        final ReplaySeries whole = new ReplaySeries(trace, large, 4, 1);
        Replay.run(trace, large, whole);
        assertEquals(1, whole.heat(0, 0));
    }

    @Test
    void shouldKnowNoRefusalWhereThereIsNone()
    {
        final Trace trace = trace();
        final SwiotlbModel model = new SwiotlbModel(4 * SEGMENT, 0);
        final ReplaySeries series = new ReplaySeries(trace, model, 5, 4);
        Replay.run(trace, model, series);
        assertEquals(List.of(), series.refused());
        assertNull(series.firstRefusal(2));
    }

    @Test
    void shouldKeepThePeaksBetweenItsPoints()
    {
        final Trace trace = Workload.BLOCK.generate(3, 5000, 1 << 20);
        try (PoolPolicy policy = new PoolPolicy(2 << 20, DeviceMasks.NONE, List.of("")))
        {
            final ReplaySeries series = new ReplaySeries(trace, policy, 7, 200);
            final ReplayResult result = Replay.run(trace, policy, series);
            assertEquals(7, series.points());
            assertEquals(trace.size() - 1, series.lastEvent(6));
            long live = 0;
            long used = 0;
            for (int i = 0; i < series.points(); i++)
            {
                live = Math.max(live, series.liveBytes(i));
                used = Math.max(used, series.usedBytes(i));
            }
            assertEquals(trace.peakLiveBytes(), live);
            assertEquals(result.peakUsedBytes(), used);
            assertTrue(series.atPeak().largest() <= series.atPeak().bytes());
        }
    }

    @Test
    void shouldTakeATraceOfNothing()
    {
        final Trace trace = new Trace.Builder("none").build();
        final SwiotlbModel model = new SwiotlbModel(SEGMENT, 0);
        final ReplaySeries series = new ReplaySeries(trace, model, 400, 200);
        Replay.run(trace, model, series);
        assertEquals(0, series.points());
        assertEquals(-1, series.peakEvent());
    }

    @Test
    void shouldListTheFreeRunsOfThePool()
    {
        try (PoolPolicy policy = new PoolPolicy(8192, DeviceMasks.NONE, List.of("")))
        {
            final long first = policy.map(4096, TraceDirection.TO_DEVICE, 0, 0);
            final long second = policy.map(72, TraceDirection.TO_DEVICE, 0, 0);
            final long third = policy.map(8192 - 4096 - 128, TraceDirection.TO_DEVICE, 0, 0);
            assertEquals(List.of(8192L - 4096 - 72 - (8192 - 4096 - 128)), runs(policy));
            policy.unmap(first);
            policy.unmap(second);
            policy.unmap(third);
            assertEquals(List.of(4096L, 8192L - 4096 - 72), runs(policy), "the small one stays hot");
        }
    }

    private static List<Long> runs(final MappingPolicy policy)
    {
        final List<Long> runs = new ArrayList<>();
        policy.freeRuns(runs::add);
        return runs;
    }
}
