/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import io.bouncedma.lab.TraceFormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;

import static io.bouncedma.lab.recording.Lines.assertTrouble;
import static io.bouncedma.lab.recording.Lines.call;
import static io.bouncedma.lab.recording.Lines.events;
import static io.bouncedma.lab.recording.Lines.mapped;
import static io.bouncedma.lab.recording.Lines.read;
import static io.bouncedma.lab.recording.Lines.readText;
import static io.bouncedma.lab.recording.Lines.unmap;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What probes of swiotlb print, whole and broken, becomes the mappings that it tells of.
 */
class SwiotlbProbesTest
{
    @TempDir
    Path directory;

    @Test
    void shouldPairCallsReturnsAndUnmaps()
    {
        final Recording recording = read(
            call(0, 100, "0x3eaa0290", 16, 1),
            mapped(0, 110, "0x1000"),
            call(0, 120, "0xe11e000", 131072, 2),
            mapped(0, 130, "0x200000"),
            call(0, 140, "0xfff", 48, 0),
            mapped(0, 150, "0x1800"),
            unmap(0, 160, "0x200000", 131072),
            unmap(0, 170, "0x1000", 16));
        assertEquals("kernel", recording.trace().name());
        assertEquals(Recording.Source.SWIOTLB_PROBES, recording.source());
        assertEquals(List.of("map 0 16 TO_DEVICE 656 @10", "map 1 131072 FROM_DEVICE 0 @30",
            "map 2 48 BIDIRECTIONAL 4095 @50", "unmap 1 131072 FROM_DEVICE 0 @60", "unmap 0 16 TO_DEVICE 656 @70"),
            events(recording.trace()));
        assertEquals(8, recording.count(Count.LINES));
        assertEquals(3, recording.count(Count.BOUNCED));
        assertTrouble(recording);
    }

    @Test
    void shouldPairTheLastCallOfATaskFirst()
    {
        final Recording recording = read(
            call(1, 1, "0x1000", 10, 1),
            call(1, 2, "0x2000", 20, 2),
            mapped(1, 3, "0xb000"),
            mapped(1, 4, "0xa000"),
            unmap(1, 5, "0xa000", 10));
        assertEquals(List.of("map 0 20 FROM_DEVICE 0 @2", "map 1 10 TO_DEVICE 0 @3", "unmap 1 10 TO_DEVICE 0 @4"),
            events(recording.trace()));
        assertTrouble(recording);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " (    99)", " (-------)", "   (1234567)"})
    void shouldPairByTaskWhereverItRuns(final String group)
    {
        final Recording recording = read(
            call(0, 1, "0x1000", 10, 1).replace("task-1", "a-200" + group),
            call(1, 2, "0x2000", 20, 2).replace("task-1", "b-201" + group),
            mapped(1, 3, "0xa000").replace("task-1", "a-200" + group),
            mapped(1, 4, "0xb000").replace("task-1", "b-201" + group));
        assertEquals(List.of("map 0 10 TO_DEVICE 0 @2", "map 1 20 FROM_DEVICE 0 @3"), events(recording.trace()));
        assertTrouble(recording);
    }

    @Test
    void shouldPairIdleTasksByCpu()
    {
        final Recording recording = read(
            call(0, 1, "0x1000", 10, 1).replace("task-1", "<idle>-0"),
            call(1, 2, "0x2000", 20, 2).replace("task-1", "<idle>-0"),
            mapped(0, 3, "0xa000").replace("task-1", "<idle>-0"),
            mapped(1, 4, "0xb000").replace("task-1", "<idle>-0"));
        assertEquals(List.of("map 0 10 TO_DEVICE 0 @2", "map 1 20 FROM_DEVICE 0 @3"), events(recording.trace()));
        assertTrouble(recording);
    }

    @Test
    void shouldDropWhatACpuWasInWhenItLostEvents()
    {
        final Recording recording = read(
            call(1, 0, "0x1000", 65536, 1),
            call(2, 1, "0x1000", 512, 1).replace("task-1", "b-201"),
            "CPU:1 [LOST 4 EVENTS]",
            mapped(1, 2, "0x3a780000"),
            unmap(1, 3, "0x3a780000", 512),
            mapped(2, 4, "0x3a790000").replace("task-1", "b-201"));
        assertEquals(List.of("map 0 512 TO_DEVICE 0 @4"), events(recording.trace()));
        assertTrouble(
            recording, Count.LOST_EVENTS, 4, Count.CALLS_ALONE, 1, Count.RETURNS_ALONE, 1, Count.UNKNOWN_UNMAPS, 1);
    }

    @Test
    void shouldDropNothingOfWhatCameBehindALoss()
    {
        final Recording recording = read(
            "CPU:1 [LOST 4 EVENTS]",
            call(1, 0, "0x1000", 512, 1),
            mapped(1, 1, "0x3a780000"),
            call(0, 2, "0x1000", 77, 1),
            "CPU:0 [LOST 3 EVENTS]",
            mapped(0, 3, "0x3a790000"));
        assertEquals(List.of("map 0 512 TO_DEVICE 0 @1"), events(recording.trace()));
        assertTrouble(recording, Count.LOST_EVENTS, 7, Count.CALLS_ALONE, 1, Count.RETURNS_ALONE, 1);
    }

    /** No task is in more than 16 maps at once: the first of 17 has lost its return. */
    @Test
    void shouldGiveUpTheFirstOfVeryManyCallsOfATask()
    {
        final List<String> lines = new ArrayList<>();
        for (int i = 0; i < 17; i++)
        {
            lines.add(call(0, i, "0x1000", 100 + i, 1));
        }
        for (int i = 0; i < 17; i++)
        {
            lines.add(mapped(0, 20 + i, "0x3a7%02x000".formatted(i)));
        }
        final Recording recording = read(lines.toArray(String[]::new));
        assertEquals(16, recording.trace().maps());
        assertEquals(101, recording.trace().bytes(15));
        assertTrouble(recording, Count.CALLS_ALONE, 1, Count.RETURNS_ALONE, 1);
    }

    @Test
    void shouldCountTheCallsThatItForgets()
    {
        final int tasks = (1 << 16) + 1;
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < tasks; i++)
        {
            text.append(call(0, i, "0x1000", 512, 1).replace("task-1 ", "t-" + (i + 1) + ' ')).append('\n');
        }
        text.append(mapped(0, tasks, "0x3a780000").replace("task-1 ", "t-" + tasks + ' '));
        final Recording recording = readText(text.toString(), RecordingReader.NO_CUT);
        assertEquals(1, recording.trace().maps());
        assertTrouble(recording, Count.CALLS_ALONE, tasks - 1);
    }

    /** As perf and a dump in dmesg name threads of one process, and the CPUs of tasks without a number. */
    @ParameterizedTest
    @CsvSource({"'fio 100/100 ', 'fio 100/101 '", "'fio 100/100 [000] ', 'fio 100/101 [000] '",
        "'<idle>-0 0d..1. ', '<idle>-0 1d..1. '", "'fio 100 [000] ', 'fio 101 [000] '"})
    void shouldPairByThreadInOtherHeads(final String one, final String other)
    {
        final String call = " 9.000001: m: (a) orig=0x1000 size=%d dir=1";
        final String back = " 9.000002: mr: (a) tlb=%s";
        final Recording recording = read(" " + one + call.formatted(10), " " + other + call.formatted(20),
            " " + one + back.formatted("0xa000"), " " + other + back.formatted("0xb000"));
        assertEquals(List.of("map 0 10 TO_DEVICE 0 @1", "map 1 20 TO_DEVICE 0 @1"), events(recording.trace()));
        assertTrouble(recording);
    }

    @Test
    void shouldGiveUpACallThatDidNotReturnBeforeTwoOthersCame()
    {
        final Recording recording = read(
            call(0, 0, "0x1000", 65536, 1),
            call(0, 1, "0x2000", 512, 1),
            mapped(0, 2, "0x3a780000"),
            call(0, 3, "0x3000", 1024, 1),
            mapped(0, 4, "0x3a790000"),
            mapped(0, 5, "0x3a7a0000"));
        assertEquals(List.of("map 0 512 TO_DEVICE 0 @2", "map 1 1024 TO_DEVICE 0 @4"), events(recording.trace()));
        assertTrouble(recording, Count.CALLS_ALONE, 1, Count.RETURNS_ALONE, 1);
    }

    @Test
    void shouldTellOfCallsThatNeverReturned()
    {
        final Recording recording = read(
            call(0, 0, "0x1000", 65536, 1),
            call(0, 1, "0x2000", 512, 1).replace("task-1", "b-201"),
            call(0, 2, "0x2000", 0, 1).replace("task-1", "c-202"));
        assertTrouble(recording, Count.CALLS_ALONE, 2, Count.OUT_OF_RANGE, 1);
        assertTrue(
            recording.refusal().startsWith("no map in it is whole (calls or returns alone: 2,"), recording.refusal());
    }

    @Test
    void shouldDropTheReturnOfACallThatCanNotBe()
    {
        for (final String size : List.of("0", "2147483648", "18446744073709551615", "junk"))
        {
            final Recording recording = read(
                call(0, 0, "0x1000", 4096, 1),
                call(0, 1, "0x1000", 77, 1).replace("size=77", "size=" + size),
                mapped(0, 2, "0x3a900000"),
                mapped(0, 3, "0x3a700000"),
                unmap(0, 4, "0x3a700000", 4096));
            assertEquals(List.of("map 0 4096 TO_DEVICE 0 @3", "unmap 0 4096 TO_DEVICE 0 @4"),
                events(recording.trace()), size);
            assertTrouble(recording, "junk".equals(size) ? Count.NOT_UNDERSTOOD : Count.OUT_OF_RANGE, 1);
        }
    }

    @Test
    void shouldEndWhatOverlapsBySlots()
    {
        final Recording recording = read(
            call(0, 0, "0x1000", 10, 1),
            mapped(0, 1, "0xa008"),
            call(0, 2, "0x1000", 4096, 1),
            mapped(0, 3, "0xb000"),
            call(0, 4, "0x1000", 2049, 1),
            mapped(0, 5, "0xa7ff"),
            call(0, 6, "0x1000", 20, 1),
            mapped(0, 7, "0xb800"),
            call(0, 8, "0x1000", 30, 1),
            mapped(0, 9, "0xbc00"),
            unmap(0, 10, "0xbc00", 30),
            call(0, 11, "0x1000", 40, 1),
            mapped(0, 12, "0xa000"));
        // The third takes the slots a000 and a800, the fourth the second slot of what was 4096 bytes, and two are in
        // the same slot as others, behind and before them.
        assertEquals(List.of("map 0 10 TO_DEVICE 0 @1", "map 1 4096 TO_DEVICE 0 @3", "unmap 0 10 TO_DEVICE 0 @5",
            "map 0 2049 TO_DEVICE 0 @5", "unmap 1 4096 TO_DEVICE 0 @7", "map 1 20 TO_DEVICE 0 @7",
            "unmap 1 20 TO_DEVICE 0 @9", "map 1 30 TO_DEVICE 0 @9", "unmap 1 30 TO_DEVICE 0 @10",
            "unmap 0 2049 TO_DEVICE 0 @12", "map 0 40 TO_DEVICE 0 @12"), events(recording.trace()));
        assertTrouble(recording, Count.LOST_UNMAPS, 4);
    }

    @Test
    void shouldTellAnUnmapOfAnotherSize()
    {
        final Recording recording = read(
            call(0, 0, "0x1000", 4096, 1), mapped(0, 1, "0xa000"), unmap(0, 2, "0xa000", 512));
        assertEquals(List.of("map 0 4096 TO_DEVICE 0 @1", "unmap 0 4096 TO_DEVICE 0 @2"), events(recording.trace()));
        assertTrouble(recording, Count.OTHER_SIZE, 1);
    }

    @Test
    void shouldCountWhatWasRefused()
    {
        final Recording recording = read(
            call(0, 0, "0x1000", 10, 1),
            mapped(0, 1, "0xffffffffffffffff"),
            call(0, 2, "0x1000", 20, 1),
            mapped(0, 3, "0xffffffff80000000"),
            call(0, 4, "0x1000", 30, 1),
            mapped(0, 5, "0xffffffff"));
        assertEquals(List.of("map 0 20 TO_DEVICE 0 @3"), events(recording.trace()));
        assertEquals(Map.of("", 2L), recording.refusedByDevice());
        assertTrouble(recording, Count.REFUSED, 2);
    }

    @Test
    void shouldIgnoreUnmapsOfUnknownAddresses()
    {
        final Recording recording = read(
            unmap(0, 0, "0xa000", 10),
            call(0, 1, "0x1000", 10, 1),
            mapped(0, 2, "0xa000"),
            unmap(0, 3, "0xa000", 10),
            unmap(0, 4, "0xa000", 10));
        assertEquals(2, recording.trace().size());
        assertTrouble(recording, Count.UNKNOWN_UNMAPS, 2);
    }

    @Test
    void shouldCountWhatIsNotUnderstoodAndKeepTheFirst()
    {
        final Recording recording = read(
            "# tracer: nop", "#", "", "   ", "=BEGIN blk-randrw",
            mapped(0, 0, "0xa000"),
            call(0, 0, "0x1000", 10, 7),
            call(0, 0, "0x1000", 10, 1).replace("[000]", "[cpu]"),
            unmap(0, 0, "0xg000", 10),
            mapped(0, 0, "0x11112222333344445"),
            "z".repeat(200) + "\u0007",
            "junk",
            unmap(0, 5, "0xa000", 10));
        assertTrouble(recording, Count.NOT_UNDERSTOOD, 6, Count.RETURNS_ALONE, 1, Count.UNKNOWN_UNMAPS, 1);
        assertEquals(5, recording.notUnderstood().size());
        assertTrue(recording.notUnderstood().getFirst().startsWith("line 7:        task-1"));
        assertEquals("line 11: " + "z".repeat(120), recording.notUnderstood().getLast());
    }

    @Test
    void shouldTakeAFileThatIsCutAnywhere()
    {
        final String text = String.join("\n",
            call(0, 0, "0x1000", 10, 1), mapped(0, 1, "0xa000"), call(0, 2, "0x1000", 4096, 1), "");
        final int last = text.lastIndexOf("       task");
        for (int length = last; length < text.length(); length++)
        {
            final Recording recording = readText(text.substring(0, length), RecordingReader.NO_CUT);
            final boolean whole = text.charAt(length) == '\n';
            final String tail = text.substring(last, length);
            assertEquals(1, recording.trace().size());
            assertEquals(whole || tail.isBlank() ? 0 : 1, recording.count(Count.NOT_UNDERSTOOD), tail);
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
            text.append(mapped(0, i, "0x" + Integer.toHexString(0x1000 + i * 2048))).append('\n');
        }
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(bytes))
        {
            out.write(text.toString().getBytes(StandardCharsets.US_ASCII));
        }
        final Path file = directory.resolve("kernel.txt.gz");
        Files.write(file, bytes.toByteArray());
        final Recording whole = RecordingReader.read(file, RecordingReader.NO_CUT);
        assertEquals(2000, whole.trace().maps());
        assertEquals("kernel", whole.trace().name());
        assertEquals(0, whole.count(Count.CUT_OFF));

        Files.write(file, Arrays.copyOf(bytes.toByteArray(), bytes.size() / 2));
        final Recording half = RecordingReader.read(file, RecordingReader.NO_CUT);
        assertTrue(half.trace().maps() > 500, () -> "maps=" + half.trace().maps());
        assertTrue(half.count(Count.NOT_UNDERSTOOD) <= 1, () -> half.notUnderstood().toString());
        assertEquals(1, half.count(Count.CUT_OFF));
        for (final int length : new int[] {5, 10})
        {
            Files.write(file, Arrays.copyOf(bytes.toByteArray(), length));
            final String refusal = RecordingReader.read(file, RecordingReader.NO_CUT).refusal();
            assertTrue(refusal.startsWith("its gzip data is cut off"), refusal);
        }

        final byte[] corrupt = bytes.toByteArray();
        corrupt[corrupt.length / 2] ^= 0x55;
        Files.write(file, corrupt);
        assertThrows(TraceFormatException.class, () -> RecordingReader.read(file, RecordingReader.NO_CUT));
    }

    @Test
    void shouldNotGoBelowTimeZeroAndTellTimeThatRunsBack()
    {
        final Recording recording = read(
            call(0, 5010, "0x1000", 10, 1), mapped(0, 5020, "0xa000"), unmap(1, 5008, "0xa000", 10),
            call(1, 10, "0x1000", 10, 1), mapped(1, 20, "0xb000"));
        assertEquals(List.of("map 0 10 TO_DEVICE 0 @10", "unmap 0 10 TO_DEVICE 0 @0", "map 0 10 TO_DEVICE 0 @0"),
            events(recording.trace()));
        assertTrouble(recording, Count.BACKWARDS, 1);
        assertEquals(4998, recording.count(Count.LONGEST_STEP_BACK));
    }

    @Test
    void shouldNeverThrowOnNoise()
    {
        final SplittableRandom random = new SplittableRandom(7);
        final String whole = String.join("\n", call(0, 0, "0x1000", 10, 1), mapped(0, 1, "0xa000"),
            unmap(0, 2, "0xa000", 10), call(1, 3, "0x2010", 4096, 2), mapped(1, 4, "0xb000"));
        for (int i = 0; i < 2000; i++)
        {
            final char[] noisy = whole.toCharArray();
            for (int n = random.nextInt(1, 8); n > 0; n--)
            {
                noisy[random.nextInt(noisy.length)] = (char)random.nextInt(256);
            }
            readText(new String(noisy), RecordingReader.NO_CUT);
        }
    }

    @Test
    void shouldTellAMissingFile()
    {
        final Path missing = directory.resolve("missing");
        assertThrows(UncheckedIOException.class, () -> RecordingReader.read(missing, RecordingReader.NO_CUT));
    }
}
