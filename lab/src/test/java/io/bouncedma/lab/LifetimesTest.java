/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

class LifetimesTest
{
    private static final int SECOND = 1_000_000;

    /** Two receive buffers stay, a request comes and goes, a ring is coherent however short it lives. */
    @Test
    void shouldTellWhatStaysFromWhatComesAndGoes()
    {
        final Trace.Builder builder = new Trace.Builder("t");
        final int net = builder.device("net");
        final int disk = builder.device("disk");
        final long early = builder.map(0, 1536, TraceDirection.FROM_DEVICE, 0, net);
        final long ring = builder.map(0, 4096, TraceDirection.COHERENT, 0, disk);
        builder.unmap(10, ring);
        builder.map(20, 1500, TraceDirection.FROM_DEVICE, 0, net);
        final long first = builder.map(30, 100, TraceDirection.TO_DEVICE, 0, disk);
        final long second = builder.map(40, 50, TraceDirection.TO_DEVICE, 0, disk);
        builder.unmap(30 + SECOND - 1, first);
        builder.unmap(40 + SECOND, second);
        builder.unmap(10 * SECOND, early);
        final Trace trace = builder.build();
        final Lifetimes lifetimes = Lifetimes.of(trace);
        assertEquals(SECOND, lifetimes.thresholdMicros());
        assertEquals(new Lifetimes.Share(1, 100, 4, 4096 + 1536, 1, 4096), lifetimes.all());
        assertEquals(new Lifetimes.Share(0, 0, 2, 3036, 0, 0), lifetimes.byDevice().get(net));
        assertEquals(new Lifetimes.Share(1, 100, 2, 4096, 1, 4096), lifetimes.byDevice().get(disk));
        assertArrayEquals(new int[] {4, 6}, IntStream.range(0, trace.size()).filter(i -> !lifetimes.isLongLived(i))
            .toArray(), "the map and the unmap of the first request");
    }

    @ParameterizedTest
    @CsvSource({"9, 1", "100, 10", "300000000, 30000000", "299999999, 29999999", "400000000, 30000000"})
    void shouldTakeATenthOfTheRecording(final long micros, final long threshold)
    {
        final Trace.Builder builder = new Trace.Builder("t");
        final long begin = 5_000_000_000L;
        builder.unmap(begin + threshold - 1, builder.map(begin, 1, TraceDirection.TO_DEVICE, 0));
        builder.map(begin + micros, 2, TraceDirection.TO_DEVICE, 0);
        final Lifetimes lifetimes = Lifetimes.of(builder.build());
        assertEquals(threshold, lifetimes.thresholdMicros());
        assertEquals(2, lifetimes.all().transientMaps(), "what was mapped at the very end is not known to stay");
    }

    @Test
    void shouldTakeAFilledReceiveRingForLongLivedHoweverShortTheRecording()
    {
        final Trace.Builder builder = new Trace.Builder("t");
        final int net = builder.device("net");
        final int disk = builder.device("disk");
        builder.map(0, 1, TraceDirection.TO_DEVICE, 0, net);
        final long sent = builder.map(0, 2, TraceDirection.TO_DEVICE, 0, net);
        builder.map(1000, 4, TraceDirection.FROM_DEVICE, 0, net);
        builder.unmap(1000, sent);
        builder.map(1000, 8, TraceDirection.FROM_DEVICE, 0, net);
        builder.map(1000, 16, TraceDirection.TO_DEVICE, 0, net);
        builder.unmap(1000, builder.map(1000, 32, TraceDirection.FROM_DEVICE, 0, disk));
        final Trace trace = builder.build();
        final Lifetimes lifetimes = Lifetimes.of(trace);
        assertArrayEquals(new int[] {0, 1, 3, 4}, IntStream.range(0, trace.size()).filter(lifetimes::isLongLived)
            .toArray(), "by their age, and what was posted behind the last end of its device");
    }

    @Test
    void shouldFindNothingInAnEmptyTrace()
    {
        final Lifetimes lifetimes = Lifetimes.of(new Trace.Builder("none").build());
        assertEquals(new Lifetimes.Share(0, 0, 0, 0, 0, 0), lifetimes.all());
        assertFalse(lifetimes.isLongLived(0));
    }
}
