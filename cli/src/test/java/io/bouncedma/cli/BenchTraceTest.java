/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * {@code bench trace} as a whole, with a trace of a few rows.
 */
final class BenchTraceTest
{
    @TempDir
    private Path directory;

    private String trace;

    @BeforeEach
    void write() throws IOException
    {
        trace = Files.writeString(directory.resolve("few.csv"), """
            t_us,op,id,size,direction,page_offset,device
            0,map,1,8192,coherent,0,disk
            1,map,2,4096,to_device,512,disk
            2,map,3,1526,from_device,70,net
            3,unmap,2,4096,,0,
            4,map,2,100000,bidirectional,0,disk
            5,unmap,3,1526,,0,
            6,unmap,2,100000,,0,
            7,map,4,512,from_device,0,disk
            """).toString();
    }

    /** Each round by a JVM of its own, and the results of all in one. */
    @Test
    void shouldMeasureInSeveralJvmsAndCompareTheResult() throws IOException
    {
        final CommandRun run = CommandRun.of("bench", "trace", "--trace", trace, "--rounds", "3", "--pool", "1M",
            "--min-align-mask", "disk=4095", "--json");
        assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
        final JsonFile result = JsonFile.of(
            "output", Json.read(new ByteArrayInputStream(run.output().getBytes(StandardCharsets.UTF_8))));
        assertEquals(3, result.get("rounds").number());
        assertEquals(1, result.get("traces").list().size());
        final JsonFile few = result.get("traces").list().getFirst();
        assertEquals("few", few.get("trace").text());
        assertEquals(7, few.get("rows").number());
        assertEquals(1, few.get("coherent_rows_left_out").number());
        assertEquals(4096 + 100_000, few.get("bytes_to_device").number());
        assertEquals(1526 + 100_000, few.get("bytes_from_device").number());
        assertEquals(1 << 20, few.get("pool_bytes").number());
        assertEquals(1 << 26, few.get("original_bytes").number());
        assertEquals(4095, few.get("min_align_mask_by_device").get("disk").number());
        assertTrue(few.get("digest").text().matches("[0-9a-f]{64}"));
        for (final String each : new String[] {"ratios", "bounce_nanos_per_row", "copy_nanos_per_row",
            "heap_bytes_per_row", "longest_nanos", "longest_copy_nanos"})
        {
            assertEquals(3, few.get(each).numbers().length, each);
        }
        for (final String each : new String[] {"p50", "p90", "p99", "p99.9", "p99.99"})
        {
            assertEquals(3, few.get("call_nanos").get(each).numbers().length, each);
        }
        final String file = Files.writeString(directory.resolve("a.json"), run.output()).toString();
        final CommandRun compared = CommandRun.of("bench", "--compare", file, file, "--check");
        assertEquals(Main.EXIT_OK, compared.exitCode(), compared.errors());
        assertTrue(compared.output().matches(
            "(?s).*\nfew: map and unmap +copies +[^\n]* 100 % +no difference seen\n.*"), compared.output());
    }

    @Test
    void shouldPrintATableOfOneRoundHere()
    {
        final CommandRun run = CommandRun.of("bench", "trace", "--trace", trace, "--rounds", "1");
        assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
        assertTrue(run.output().matches("(?s)trace +rows +copied .*\nfew +7 +200\\.8 KiB .*"), run.output());
        assertTrue(run.output().contains("few: 1 row of coherent memory left out"), run.output());
    }

    @Test
    void shouldSayThatThePoolIsTooSmall()
    {
        final CommandRun run = CommandRun.of("bench", "trace", "--trace", trace, "--pool", "64K");
        assertEquals(Main.EXIT_FAILED, run.exitCode(), run.errors());
        assertTrue(run.errors().contains("a pool of 65536 bytes refuses 100000 bytes in row 4 of 7 of trace few: " +
            "TOO_LARGE"), run.errors());
        assertTrue(run.errors().contains("give a larger --pool"), run.errors());
        assertEquals("", run.output());
    }

    @Test
    void shouldSayWhatIsNoTraceToMeasure() throws IOException
    {
        final String header = "t_us,op,id,size,direction,page_offset\n";
        assertRefused(header, "has no mapping that is bounced");
        assertRefused(header + "0,map,1,4096,coherent,0\n", "has no mapping that is bounced");
        assertRefused(header + "0,map,1,4096,sideways,0\n", "other.csv, line=2");
        assertRefused("{}", "the header t_us");
        assertRefused(header + "0,map,1,600000000,to_device,0\n", "has 600000000 bytes live at its peak");
    }

    private void assertRefused(final String text, final String expected) throws IOException
    {
        final CommandRun run = CommandRun.of("bench", "trace", "--trace",
            Files.writeString(directory.resolve("other.csv"), text).toString());
        assertEquals(Main.EXIT_USAGE, run.exitCode(), run.errors());
        assertTrue(run.errors().contains(expected), run.errors());
        assertEquals(1, run.errors().lines().count(), run.errors());
    }
}
