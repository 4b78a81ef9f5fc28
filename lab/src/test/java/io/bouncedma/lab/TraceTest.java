/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

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
        builder.map(7, Trace.MAX_BYTES, TraceDirection.BIDIRECTIONAL, 4095);
        builder.unmap(6, first);
        final Trace trace = builder.build();

        assertEquals("t", trace.name());
        assertEquals(3, trace.size());
        assertEquals(2, trace.maps());
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
    void shouldRefuseToUnmapWhatWasNeverMapped(final long handle)
    {
        builder.map(0, 1, TraceDirection.TO_DEVICE, 0);
        final IllegalArgumentException thrown =
            assertThrows(IllegalArgumentException.class, () -> builder.unmap(0, handle));
        assertTrue(thrown.getMessage().contains("handle=" + handle), thrown.getMessage());
    }

    @Test
    void shouldRefuseToUnmapTwice()
    {
        final long mapping = builder.map(0, 1, TraceDirection.TO_DEVICE, 0);
        builder.unmap(0, mapping);
        assertThrows(IllegalArgumentException.class, () -> builder.unmap(0, mapping));
        assertThrows(IllegalArgumentException.class, () -> builder.unmap(-1, mapping));
    }

    @Test
    void shouldRefuseAStaleHandleWhoseNumberIsUsedAgain()
    {
        final long first = builder.map(0, 1, TraceDirection.TO_DEVICE, 0);
        builder.unmap(0, first);
        final long second = builder.map(0, 1, TraceDirection.TO_DEVICE, 0);
        assertThrows(IllegalArgumentException.class, () -> builder.unmap(0, first));
        builder.unmap(0, second);
        final Trace trace = builder.build();
        assertEquals(1, trace.peakLiveMappings());
        assertEquals(0, trace.mapping(2));
        assertEquals(2, trace.maps());
    }

    @Test
    void shouldTellDevicesApart()
    {
        final int disk = builder.device("0000:00:01.0");
        final int card = builder.device("0000:00:03.0");
        assertEquals(disk, builder.device("0000:00:01.0"));
        final long first = builder.map(1, 16, TraceDirection.TO_DEVICE, 0, disk);
        builder.map(2, 1536, TraceDirection.FROM_DEVICE, 64, card);
        builder.map(3, 4096, TraceDirection.COHERENT, 0, disk);
        builder.unmap(4, first);
        final Trace trace = builder.build();
        assertEquals(List.of("0000:00:01.0", "0000:00:03.0"), trace.devices());
        assertEquals(disk, trace.device(3));
        assertEquals(card, trace.device(1));

        final Trace alone = trace.of(device -> device == card);
        assertEquals(List.of("0000:00:03.0"), alone.devices());
        assertEquals(1, alone.size());
        assertEquals(2, alone.timeMicros(0));
        assertEquals(64, alone.pageOffset(0));
        final Trace other = trace.of(device -> device == disk);
        assertEquals(3, other.size());
        assertEquals(4112, other.peakLiveBytes());
        assertEquals(TraceDirection.COHERENT, other.direction(1));
        assertEquals(other.mapping(0), other.mapping(2));
    }

    @Test
    void shouldNameNoDeviceIfNothingIsKnown()
    {
        builder.map(1, 16, TraceDirection.TO_DEVICE, 0);
        assertEquals(List.of(""), builder.build().devices());
    }

    @Test
    void shouldRefuseDevicesThatCanNotBe()
    {
        final String longest = "d".repeat(Trace.MAX_NAME);
        builder.device(longest);
        for (final String name : List.of(longest + "d", "a,b", "\"", "a\nb", "\u202e", "\ud800", "\ufffd"))
        {
            assertThrows(IllegalArgumentException.class, () -> builder.device(name), name);
        }
        assertThrows(
            IndexOutOfBoundsException.class, () -> builder.map(0, 1, TraceDirection.TO_DEVICE, 0, 1));
        assertEquals(0, builder.build().size());
    }

    /** Two million are kept in memory, the others in temporary files. */
    @Test
    void shouldKeepMillionsOfEvents() throws IOException
    {
        final int pairs = 1_100_000;
        final long filesBefore = temporaryFiles();
        final Trace early = builder.build();
        for (int i = 0; i < pairs; i++)
        {
            builder.unmap(i + 1L, builder.map(i, 1 + i, TraceDirection.FROM_DEVICE, i & 4095));
        }
        final Trace trace = builder.build();
        assertEquals(0, early.size());
        assertEquals(2 * pairs, trace.size());
        for (int i = 0; i < pairs; i += i < 5000 ? 1 : 997)
        {
            assertEquals(1 + i, trace.bytes(2 * i));
            assertEquals(i, trace.timeMicros(2 * i));
            assertEquals(i & 4095, trace.pageOffset(2 * i + 1));
            assertFalse(trace.isMap(2 * i + 1));
        }
        assertEquals(1, trace.peakLiveMappings());
        assertEquals(filesBefore, temporaryFiles());
    }

    private static long temporaryFiles() throws IOException
    {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir"))))
        {
            return files.filter(file -> file.getFileName().toString().startsWith("bounce-dma-trace")).count();
        }
    }
}
