/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Kernel traces, whole and broken, become the mappings that they tell of.
 */
class FtraceImporterTest
{
    @TempDir
    Path directory;

    @Test
    void shouldPairCallsReturnsAndUnmaps() throws IOException
    {
        final FtraceImport imported = read(
            call(0, 100, "0x3eaa0290", 16, 1),
            mapped(0, 110, "0x1000"),
            call(0, 120, "0xe11e000", 131072, 2),
            mapped(0, 130, "0x2000"),
            call(0, 140, "0xfff", 48, 0),
            mapped(0, 150, "0x1800"),
            unmap(0, 160, "0x2000"),
            unmap(0, 170, "0x1000"));
        final Trace trace = imported.trace();
        assertEquals("kernel", trace.name());
        assertEquals(List.of("map 0 16 TO_DEVICE 656 @10", "map 1 131072 FROM_DEVICE 0 @30",
            "map 2 48 BIDIRECTIONAL 4095 @50", "unmap 1 131072 FROM_DEVICE 0 @60", "unmap 0 16 TO_DEVICE 656 @70"),
            events(trace));
        assertCounts(imported, 8, 0, 0, 0, 0);
    }

    @Test
    void shouldPairByCpu() throws IOException
    {
        final FtraceImport imported = read(
            call(0, 1, "0x1000", 10, 1),
            call(1, 2, "0x2000", 20, 2),
            mapped(0, 3, "0xa000"),
            mapped(1, 4, "0xb000"));
        assertEquals(List.of("map 0 10 TO_DEVICE 0 @2", "map 1 20 FROM_DEVICE 0 @3"), events(imported.trace()));
        assertCounts(imported, 4, 0, 0, 0, 0);
    }

    @Test
    void shouldPairTheLastCallOfACpuFirst() throws IOException
    {
        final FtraceImport imported = read(
            call(1, 1, "0x1000", 10, 1),
            call(1, 2, "0x2000", 20, 2),
            mapped(1, 3, "0xb000"),
            mapped(1, 4, "0xa000"),
            unmap(1, 5, "0xa000"));
        assertEquals(List.of("map 0 20 FROM_DEVICE 0 @2", "map 1 10 TO_DEVICE 0 @3", "unmap 1 10 TO_DEVICE 0 @4"),
            events(imported.trace()));
        assertCounts(imported, 5, 0, 0, 0, 0);
    }

    @Test
    void shouldEndAMappingWhoseAddressIsMappedAgain() throws IOException
    {
        final FtraceImport imported = read(
            call(0, 0, "0x1000", 10, 1),
            mapped(0, 1, "0xa000"),
            call(0, 2, "0x1000", 20, 1),
            mapped(0, 3, "0xa000"),
            unmap(0, 4, "0xa000"));
        assertEquals(List.of("map 0 10 TO_DEVICE 0 @1", "unmap 0 10 TO_DEVICE 0 @3", "map 0 20 TO_DEVICE 0 @3",
            "unmap 0 20 TO_DEVICE 0 @4"), events(imported.trace()));
        assertEquals(20, imported.trace().peakLiveBytes());
        assertCounts(imported, 5, 0, 0, 1, 0);
    }

    @Test
    void shouldCountWhatWasRefused() throws IOException
    {
        final FtraceImport imported = read(
            call(0, 0, "0x1000", 10, 1),
            mapped(0, 1, "0xffffffffffffffff"),
            call(0, 2, "0x1000", 20, 1),
            mapped(0, 3, "0xffffffff80000000"));
        assertEquals(List.of("map 0 20 TO_DEVICE 0 @3"), events(imported.trace()));
        assertCounts(imported, 4, 0, 1, 0, 0);
    }

    @Test
    void shouldIgnoreUnmapsOfUnknownAddresses() throws IOException
    {
        final FtraceImport imported = read(
            unmap(0, 0, "0xa000"),
            call(0, 1, "0x1000", 10, 1),
            mapped(0, 2, "0xa000"),
            unmap(0, 3, "0xa000"),
            unmap(0, 4, "0xa000"));
        assertEquals(2, imported.trace().size());
        assertCounts(imported, 5, 0, 0, 0, 2);
    }

    @Test
    void shouldSkipWhatIsNoEvent() throws IOException
    {
        final FtraceImport imported = read("# tracer: nop", "#", "", "   ", "=BEGIN blk-randrw");
        assertEquals(0, imported.trace().size());
        assertCounts(imported, 5, 0, 0, 0, 0);
    }

    @Test
    void shouldCountMalformedLinesAndKeepTheFirst() throws IOException
    {
        final FtraceImport imported = read(
            "CPU:1 [LOST 12 EVENTS]",
            mapped(0, 0, "0xa000"),
            call(0, 0, "0x1000", 0, 1),
            call(0, 0, "0x1000", 10, 3),
            call(0, 0, "0x1000", 10, 1).replace("[000]", "[cpu]"),
            unmap(0, 0, "0xg000"),
            mapped(0, 0, "0x11112222333344445"),
            "z".repeat(200) + "\u0007",
            unmap(0, 5, "0xa000"));
        assertCounts(imported, 9, 8, 0, 0, 1);
        assertEquals(5, imported.firstMalformed().size());
        assertEquals("line 1: CPU:1 [LOST 12 EVENTS]", imported.firstMalformed().getFirst());
        assertTrue(imported.firstMalformed().getLast().startsWith("line 5: "));
    }

    @Test
    void shouldCutWhatItKeepsOfALine() throws IOException
    {
        final String kept = read("\u0007" + "z".repeat(10_000)).firstMalformed().getFirst();
        assertEquals("line 1: ?" + "z".repeat(119), kept);
    }

    @Test
    void shouldTakeAFileThatIsCutAnywhere() throws IOException
    {
        final String text = String.join("\n",
            call(0, 0, "0x1000", 10, 1), mapped(0, 1, "0xa000"), call(0, 2, "0x1000", 4096, 1), "");
        final int last = text.lastIndexOf("  task");
        for (int length = last; length < text.length(); length++)
        {
            final FtraceImport imported = FtraceImporter.read(file(text.substring(0, length)));
            final boolean whole = text.charAt(length) == '\n';
            final String tail = text.substring(last, length);
            assertEquals(1, imported.trace().size());
            assertEquals(whole || tail.isBlank() ? 0 : 1, imported.malformed(), tail);
        }
    }

    @Test
    void shouldTakeGzipDataThatIsCut() throws IOException
    {
        final StringBuilder text = new StringBuilder();
        final SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 2000; i++)
        {
            text.append(call(0, i, "0x" + Integer.toHexString(random.nextInt(1 << 30)), 10, 1)).append('\n');
            text.append(mapped(0, i, "0x" + Integer.toHexString(0x1000 + i))).append('\n');
        }
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes))
        {
            out.write(text.toString().getBytes(StandardCharsets.US_ASCII));
        }
        final Path file = directory.resolve("kernel.txt.gz");
        Files.write(file, bytes.toByteArray());
        assertEquals(2000, FtraceImporter.read(file).trace().maps());

        Files.write(file, Arrays.copyOf(bytes.toByteArray(), bytes.size() / 2));
        final FtraceImport half = FtraceImporter.read(file);
        assertTrue(half.trace().maps() > 500, () -> "maps=" + half.trace().maps());
        assertTrue(half.malformed() <= 1, () -> "malformed=" + half.malformed());
    }

    @Test
    void shouldNotGoBelowTimeZero() throws IOException
    {
        final FtraceImport imported = read(
            call(0, 10, "0x1000", 10, 1), mapped(0, 20, "0xa000"), unmap(1, 8, "0xa000"));
        assertEquals(List.of("map 0 10 TO_DEVICE 0 @10", "unmap 0 10 TO_DEVICE 0 @0"), events(imported.trace()));
    }

    @Test
    void shouldReadTaskNamesOfAllKinds() throws IOException
    {
        final String line = call(3, 0, "0x1000", 10, 1);
        final FtraceImport imported = read(
            line.replace("task-1", "[kworker/3:1H] x: y-77"),
            mapped(3, 0, "0xa000").replace(" d..1.", ""));
        assertEquals(1, imported.trace().maps());
        assertCounts(imported, 2, 0, 0, 0, 0);
    }

    @Test
    void shouldNeverThrowOnNoise() throws IOException
    {
        final SplittableRandom random = new SplittableRandom(7);
        final String whole = String.join("\n", call(0, 0, "0x1000", 10, 1), mapped(0, 1, "0xa000"),
            unmap(0, 2, "0xa000"), call(1, 3, "0x2010", 4096, 2), mapped(1, 4, "0xb000"));
        for (int i = 0; i < 2000; i++)
        {
            final char[] noisy = whole.toCharArray();
            for (int n = random.nextInt(1, 8); n > 0; n--)
            {
                noisy[random.nextInt(noisy.length)] = (char)random.nextInt(256);
            }
            FtraceImporter.read(file(new String(noisy)));
        }
    }

    @Test
    void shouldTellAMissingFile()
    {
        final Path missing = directory.resolve("missing");
        assertThrows(UncheckedIOException.class, () -> FtraceImporter.read(missing));
    }

    private FtraceImport read(final String... lines) throws IOException
    {
        return FtraceImporter.read(file(String.join("\n", lines) + "\n"));
    }

    private Path file(final String text) throws IOException
    {
        return Files.writeString(directory.resolve("kernel.ftrace.txt"), text, StandardCharsets.ISO_8859_1);
    }

    private static String call(
        final int cpu, final int micros, final String orig, final int size, final int dir)
    {
        return head(cpu, micros) + "m: (swiotlb_tbl_map_single+0x0/0x6c0) orig=" + orig + " size=" + size + " alloc=" +
            size + " amask=0x0 dir=" + dir;
    }

    private static String mapped(final int cpu, final int micros, final String tlb)
    {
        return head(cpu, micros) + "mr: (swiotlb_map+0x6f/0x260 <- swiotlb_tbl_map_single) tlb=" + tlb;
    }

    private static String unmap(final int cpu, final int micros, final String tlb)
    {
        return head(cpu, micros) + "u: (swiotlb_tbl_unmap_single+0x0/0x1a0) tlb=" + tlb + " size=1 dir=1";
    }

    private static String head(final int cpu, final int micros)
    {
        return "       task-1     [%03d] d..1.  9999.%06d: ".formatted(cpu, 900_000 + micros);
    }

    private static List<String> events(final Trace trace)
    {
        return IntStream.range(0, trace.size())
            .mapToObj((i) -> (trace.isMap(i) ? "map " : "unmap ") + trace.mapping(i) + ' ' + trace.bytes(i) + ' ' +
                trace.direction(i) + ' ' + trace.pageOffset(i) + " @" + trace.timeMicros(i))
            .toList();
    }

    private static void assertCounts(
        final FtraceImport imported,
        final long lines,
        final long malformed,
        final long refused,
        final long missedUnmaps,
        final long unknownUnmaps)
    {
        assertEquals(lines, imported.lines(), "lines");
        assertEquals(malformed, imported.malformed(), () -> "malformed: " + imported.firstMalformed());
        assertEquals(refused, imported.refused(), "refused");
        assertEquals(missedUnmaps, imported.missedUnmaps(), "missed unmaps");
        assertEquals(unknownUnmaps, imported.unknownUnmaps(), "unknown unmaps");
    }
}
