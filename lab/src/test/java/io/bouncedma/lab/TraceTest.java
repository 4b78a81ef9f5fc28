/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Traces are what was built, and nothing impossible can be built.
 */
class TraceTest
{
    private final Trace.Builder builder = new Trace.Builder("t");

    @Test
    void shouldGiveWhatWasBuilt()
    {
        final long first = builder.map(5, 16, TraceDirection.TO_DEVICE, 656);
        final long second = builder.map(7, Trace.MAX_BYTES, TraceDirection.BIDIRECTIONAL, 4095);
        builder.unmap(6, first);
        final Trace trace = builder.build();

        assertEquals("t", trace.name());
        assertEquals(3, trace.size());
        assertEquals(2, trace.maps());
        assertEquals(0, first);
        assertEquals(1, second);
        assertTrue(trace.isMap(0));
        assertTrue(trace.isMap(1));
        assertFalse(trace.isMap(2));
        assertEquals(0, trace.mapping(0));
        assertEquals(1, trace.mapping(1));
        assertEquals(0, trace.mapping(2));
        assertEquals(16, trace.bytes(0));
        assertEquals(Trace.MAX_BYTES, trace.bytes(1));
        assertEquals(16, trace.bytes(2));
        assertEquals(656, trace.pageOffset(2));
        assertEquals(4095, trace.pageOffset(1));
        assertEquals(TraceDirection.TO_DEVICE, trace.direction(2));
        assertEquals(TraceDirection.BIDIRECTIONAL, trace.direction(1));
        assertEquals(7, trace.timeMicros(1));
        assertEquals(6, trace.timeMicros(2));
    }

    @Test
    void shouldKnowThePeaks()
    {
        final long a = builder.map(0, 100, TraceDirection.TO_DEVICE, 0);
        final long b = builder.map(0, 50, TraceDirection.TO_DEVICE, 0);
        builder.unmap(0, a);
        builder.map(0, 20, TraceDirection.TO_DEVICE, 0);
        builder.map(0, 20, TraceDirection.TO_DEVICE, 0);
        builder.unmap(0, b);
        final Trace trace = builder.build();
        assertEquals(150, trace.peakLiveBytes());
        assertEquals(3, trace.peakLiveMappings());
    }

    @Test
    void shouldKeepPeaksAboveFourGigabytes()
    {
        for (int i = 0; i < 5; i++)
        {
            builder.map(0, Trace.MAX_BYTES, TraceDirection.TO_DEVICE, 0);
        }
        assertEquals(5L * Trace.MAX_BYTES, builder.build().peakLiveBytes());
    }

    @Test
    void shouldNotChangeOnceBuilt()
    {
        builder.map(0, 1, TraceDirection.TO_DEVICE, 0);
        final Trace trace = builder.build();
        builder.map(0, 2, TraceDirection.TO_DEVICE, 0);
        assertEquals(1, trace.size());
        assertEquals(1, trace.peakLiveBytes());
        assertThrows(IndexOutOfBoundsException.class, () -> trace.bytes(1));
    }

    @Test
    void shouldBeEmptyWithoutEvents()
    {
        final Trace trace = builder.build();
        assertEquals(0, trace.size());
        assertEquals(0, trace.maps());
        assertEquals(0, trace.peakLiveBytes());
        assertEquals(0, trace.peakLiveMappings());
    }

    @ParameterizedTest
    @CsvSource({"-1, 1, 0", "0, 0, 0", "0, -1, 0", "0, 1073741825, 0", "0, 1, -1", "0, 1, 4096"})
    void shouldRefuseImpossibleMaps(final long time, final int bytes, final int pageOffset)
    {
        assertThrows(
            IllegalArgumentException.class, () -> builder.map(time, bytes, TraceDirection.TO_DEVICE, pageOffset));
        assertEquals(0, builder.build().size());
    }

    @Test
    void shouldRefuseAMapWithoutDirection()
    {
        assertThrows(NullPointerException.class, () -> builder.map(0, 1, null, 0));
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 1, 1L << 32})
    void shouldRefuseToUnmapWhatWasNeverMapped(final long mapping)
    {
        builder.map(0, 1, TraceDirection.TO_DEVICE, 0);
        final IllegalArgumentException thrown =
            assertThrows(IllegalArgumentException.class, () -> builder.unmap(0, mapping));
        assertTrue(thrown.getMessage().contains("mapping=" + mapping), thrown.getMessage());
    }

    @Test
    void shouldRefuseToUnmapTwice()
    {
        final long mapping = builder.map(0, 1, TraceDirection.TO_DEVICE, 0);
        builder.unmap(0, mapping);
        assertThrows(IllegalArgumentException.class, () -> builder.unmap(0, mapping));
        assertThrows(IllegalArgumentException.class, () -> builder.unmap(-1, mapping));
    }
}
