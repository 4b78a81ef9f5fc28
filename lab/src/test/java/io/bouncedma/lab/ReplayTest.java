/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.pool.Refusal;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A replay asks of the policy what the trace says, no more, and counts right.
 */
class ReplayTest
{
    private final List<String> calls = new ArrayList<>();

    /** Takes 100 bytes for each mapping, at the next hundred; refuses what is larger than its length. */
    private final class Recording implements MappingPolicy
    {
        private long used;
        private int next;

        @Override
        public String name()
        {
            return "recording";
        }

        @Override
        public long length()
        {
            return 1000;
        }

        @Override
        public boolean servesCoherent()
        {
            return false;
        }

        @Override
        public long map(final int bytes, final TraceDirection direction, final int pageOffset, final int device)
        {
            final boolean refused = bytes > length();
            calls.add("map " + bytes + "+" + pageOffset + (refused ? " refused" : " at " + next));
            if (refused)
            {
                return Refusal.Reason.TOO_LARGE.code();
            }
            used += 100;
            next += 100;
            return next - 100;
        }

        @Override
        public void unmap(final long address)
        {
            calls.add("unmap " + address);
            used -= 100;
        }

        @Override
        public long usedBytes()
        {
            return used;
        }

        @Override
        public long largestFreeRun()
        {
            return length() - used;
        }

        @Override
        public void usage(final int[] buckets)
        {
            buckets[0] = (int)used;
        }

        @Override
        public void freeRuns(final LongConsumer sizes)
        {
            sizes.accept(length() - used);
        }
    }

    private static Trace trace()
    {
        final Trace.Builder builder = new Trace.Builder("t");
        final long a = builder.map(0, 10, TraceDirection.TO_DEVICE, 1);
        final long large = builder.map(0, 1001, TraceDirection.TO_DEVICE, 2);
        final long c = builder.map(0, 30, TraceDirection.TO_DEVICE, 3);
        builder.unmap(0, a);
        builder.unmap(0, large);
        builder.map(0, 5, TraceDirection.TO_DEVICE, 4);
        builder.unmap(0, c);
        return builder.build();
    }

    @Test
    void shouldSkipTheUnmapsOfRefusedMappingsAndLeaveNothingBehind()
    {
        final Recording policy = new Recording();
        final ReplayResult result = Replay.run(trace(), policy);
        assertEquals(List.of("map 10+1 at 0", "map 1001+2 refused", "map 30+3 at 100", "unmap 0", "map 5+4 at 200",
            "unmap 100", "unmap 200"), calls);
        assertEquals(0, policy.usedBytes());
        assertEquals(1, result.refusals());
        final Map<Refusal.Reason, Long> refusals = Map.of(Refusal.Reason.EXHAUSTED, 0L, Refusal.Reason.FRAGMENTED, 0L,
            Refusal.Reason.TOO_LARGE, 1L, Refusal.Reason.QUOTA, 0L);
        assertEquals(new ReplayResult("recording", 1000, 40, 200, 4, refusals, 7, result.nanos()), result);
        assertTrue(result.nanos() >= 0);
    }

    @Test
    void shouldTellTheObserverOfEveryEvent()
    {
        final List<String> seen = new ArrayList<>();
        Replay.run(trace(), new Recording(), (index, live, refusal) -> seen.add(index + " " + live + " " + refusal));
        assertEquals(List.of("0 10 null", "1 10 TOO_LARGE", "2 40 null", "3 30 null", "4 30 null", "5 35 null",
            "6 5 null"), seen);
    }

    @Test
    void shouldComeToTheTracesOwnPeakIfNothingIsRefused()
    {
        final Trace trace = Workload.BLOCK.generate(1, 5000, 1 << 20);
        final SwiotlbModel model = new SwiotlbModel(16 * SwiotlbModel.SEGMENT_SIZE, 0);
        final ReplayResult result = Replay.run(trace, model);
        assertEquals(0, result.refusals());
        assertEquals(trace.peakLiveBytes(), result.peakLiveBytes());
        assertTrue(result.peakUsedBytes() >= result.peakLiveBytes());
        assertEquals(0, model.usedBytes());
    }

    /** The kernel's default pool has no part in memory that is used in place. */
    @Test
    void shouldLeaveOutCoherentMemoryThatThePolicyDoesNotServe()
    {
        final Trace.Builder builder = new Trace.Builder("t");
        final long ring = builder.map(0, 2000, TraceDirection.COHERENT, 0);
        final long data = builder.map(0, 10, TraceDirection.TO_DEVICE, 0);
        builder.unmap(0, ring);
        builder.unmap(0, data);
        builder.map(0, 3000, TraceDirection.COHERENT, 0);
        final Recording policy = new Recording();
        final ReplayResult result = Replay.run(builder.build(), policy);
        assertEquals(List.of("map 10+0 at 0", "unmap 0"), calls);
        assertEquals(1, result.maps());
        assertEquals(0, result.refusals());
        assertEquals(10, result.peakLiveBytes());
        assertTrue(Replay.fits(builder.build(), policy));
        final SwiotlbModel restricted = new SwiotlbModel(
            SwiotlbPool.restricted(SwiotlbPool.SEGMENT_SIZE), CpuOrder.ONE, DeviceMasks.NONE, List.of(""));
        assertEquals(3, Replay.run(builder.build(), restricted).maps());
    }

    @Test
    void shouldReplayAnEmptyTrace()
    {
        final ReplayResult result = Replay.run(new Trace.Builder("none").build(), new Recording());
        assertEquals(0, result.maps());
        assertEquals(List.of(), calls);
    }
}
