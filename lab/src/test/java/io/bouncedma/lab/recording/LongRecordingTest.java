/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import io.bouncedma.lab.TraceFormatException;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What has no end costs bounded memory, and ends in a sentence.
 */
class LongRecordingTest
{
    private static final int ELEMENTS = 1 << 15;

    @Test
    void shouldSayThatMoreLivesThanCanBe()
    {
        final String addresses = IntStream.range(0, ELEMENTS).mapToObj(i -> "0x" + Integer.toHexString(i))
            .collect(Collectors.joining(",", "{", "}"));
        final byte[] line = Lines.event(0, "dma_map_sg: d dir=TO_DEVICE dma_addrs=" + addresses + " sizes=" +
            addresses.replace("{0x0", "{0x1") + " phys_addrs=" + addresses + " attrs=\n")
            .getBytes(StandardCharsets.US_ASCII);
        final int enough = LiveMappings.MAX_LIVE / ELEMENTS + 1;
        final TraceFormatException thrown = assertThrows(TraceFormatException.class,
            () -> RecordingReader.read(repeated(line, enough), "pipe", RecordingReader.NO_CUT));
        assertTrue(thrown.getMessage().contains("file=pipe, line=" + (enough - 1)), thrown.getMessage());
        assertTrue(thrown.getMessage().contains("at most 2097152 mappings that live at one time; record their ends"),
            thrown.getMessage());
        assertEquals(2 * ELEMENTS, RecordingReader.read(repeated(line, 2), "pipe", RecordingReader.NO_CUT)
            .trace().maps());
    }

    @Test
    void shouldSayThatThereAreMoreDevicesThanCanBe()
    {
        final String[] lines = IntStream.range(0, 5000).mapToObj(i -> Lines.event(i, "dma_map_phys: d" + i +
            " dir=TO_DEVICE dma_addr=1000 size=1 phys_addr=1000 attrs=")).toArray(String[]::new);
        assertTrue(assertThrows(TraceFormatException.class, () -> Lines.read(lines)).getMessage().contains(
            "line=4097, "));
    }

    @Test
    void shouldTakeALineWithoutAnEndForOne()
    {
        final byte[] part = new byte[1 << 20];
        Arrays.fill(part, (byte)'x');
        final Recording recording = RecordingReader.read(repeated(part, 32), "pipe", RecordingReader.NO_CUT);
        assertEquals(1, recording.count(Count.LINES));
        assertEquals("line 1: " + "x".repeat(120), recording.notUnderstood().getFirst());
    }

    private static InputStream repeated(final byte[] part, final int times)
    {
        return new SequenceInputStream(Collections.enumeration(
            Collections.nCopies(times, part).stream().map(ByteArrayInputStream::new).toList()));
    }
}
