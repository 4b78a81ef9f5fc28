/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import io.bouncedma.lab.Trace;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Lines as kernels print them, and what was made of them in short.
 */
final class Lines
{
    private Lines()
    {
    }

    static Recording read(final String... lines)
    {
        return readCut(RecordingReader.NO_CUT, lines);
    }

    static Recording readCut(final int cut, final String... lines)
    {
        return readText(String.join("\n", lines) + "\n", cut);
    }

    static Recording readText(final String text, final int cut)
    {
        return RecordingReader.read(
            new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)), "kernel", cut);
    }

    /** A line of an event of a task on CPU 0, microseconds behind the ninth second. */
    static String event(final long micros, final String text)
    {
        return "       task-1     [000] d..1.     9.%06d: %s".formatted(micros, text);
    }

    static String call(final int cpu, final int micros, final String orig, final long size, final int dir)
    {
        return head("task-1", cpu, micros) + "m: (swiotlb_tbl_map_single+0x0/0x6c0) orig=" + orig + " size=" + size +
            " alloc=" + size + " amask=0x0 dir=" + dir;
    }

    static String mapped(final int cpu, final int micros, final String tlb)
    {
        return head("task-1", cpu, micros) + "mr: (swiotlb_map+0x6f/0x260 <- swiotlb_tbl_map_single) tlb=" + tlb;
    }

    static String unmap(final int cpu, final int micros, final String tlb, final long size)
    {
        return head("task-1", cpu, micros) + "u: (swiotlb_tbl_unmap_single+0x0/0x1a0) tlb=" + tlb + " size=" + size +
            " dir=1";
    }

    private static String head(final String task, final int cpu, final int micros)
    {
        return "       %s     [%03d] d..1.     9.%06d: ".formatted(task, cpu, micros);
    }

    /** The events of a trace: map or unmap, mapping, bytes, direction, page offset, time, and the device if known. */
    static List<String> events(final Trace trace)
    {
        return IntStream.range(0, trace.size())
            .mapToObj(i -> ((trace.isMap(i) ? "map " : "unmap ") + trace.mapping(i) + ' ' + trace.bytes(i) + ' ' +
                trace.direction(i) + ' ' + trace.pageOffset(i) + " @" + trace.timeMicros(i) + ' ' +
                trace.devices().get(trace.device(i))).strip())
            .toList();
    }

    /** Check that of all counts that tell of trouble only these are not zero. */
    static void assertTrouble(final Recording recording, final Object... expected)
    {
        for (final Count count : List.of(Count.NOT_UNDERSTOOD, Count.OTHER_EVENTS, Count.LOST_EVENTS, Count.BACKWARDS,
            Count.REFUSED, Count.LOST_UNMAPS, Count.UNKNOWN_UNMAPS, Count.OTHER_SIZE, Count.RETURNS_ALONE,
            Count.CALLS_ALONE, Count.OUT_OF_RANGE))
        {
            final int at = List.of(expected).indexOf(count);
            assertEquals(at < 0 ? 0 : (int)expected[at + 1], recording.count(count),
                () -> count + " of " + recording.counts() + ' ' + recording.notUnderstood());
        }
    }
}
