/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import static io.bouncedma.lab.recording.Lines.assertTrouble;
import static io.bouncedma.lab.recording.Lines.events;
import static io.bouncedma.lab.recording.Lines.read;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * The same two events in the shapes that tools, clocks and options of tracefs give them.
 */
class LineShapesTest
{
    private static final String MAP = "0000:00:01.0 dir=TO_DEVICE dma_addr=1b204000 size=4096 phys_addr=67f2010 attrs=";
    private static final String UNMAP = "0000:00:01.0 dir=TO_DEVICE dma_addr=1b204000 size=4096 attrs=";

    /** What it is, the head of a map, and that of an unmap; a name of a group belongs to the event. */
    private static Stream<Arguments> heads()
    {
        return Stream.of(
            arguments("trace_pipe", "   fio-100     [000] d..1.     9.000100: ",
                "   fio-100     [000] d..1.     9.000107: "),
            arguments("without irq-info", "   fio-100     [000]     9.000100: ", "   fio-100     [000]     9.000107: "),
            arguments("a name like a remark", "   #fio-100     [000] d..1.     9.000100: ",
                "   =fio-100     [000] d..1.     9.000107: "),
            arguments("record-tgid", "   fio-100     (    99) [000] d..1.     9.000100: ",
                "   fio-100 (-------) [000] d..1. 9.000107: "),
            arguments("record-tgid without flags", "   fio-100     (    99) [000] 9.000100: ",
                "   fio-100     (    99) [000]     9.000107: "),
            arguments("four flags", "   fio-100   [000] d..1     9.000100: ", "   fio-100   [000] dNh1     9.000107: "),
            arguments("migrate-disable", "   fio-100   [000] b..2.21     9.000100: ",
                "   fio-100   [000] d.h4.1.     9.000107: "),
            arguments("counter", "   fio-100     [000] d..1. 9000100: ", "   fio-100     [000] d..1. 9000107: "),
            arguments("nanoseconds", "   fio-100     [000] d..1.     9.000100123: ",
                "   fio-100     [000] d..1.     9.000107999: "),
            arguments("milliseconds", "   fio-100     [000] d..1.     9.1: ",
                "   fio-100     [000] d..1.     9.100007: "),
            arguments("latency-format", "   fio-100       0d..1. 9000100us+: ", "   fio-100       0dNh1. 9000107us : "),
            arguments("latency-format idle", "  <idle>-0       12d..1.  13us!: ",
                "   <idle>-0       12d.s2.   20us#: "),
            arguments("latency-format counter", "   fio-100       0d..1. 9000100: ",
                "   fio-100       0d..1. 9000107: "),
            arguments("dump in dmesg", "[   12.345678]      fio-100       0d..1. 9000100us+: ",
                "[   12.345679]      fio-100       0..... 9000107us : "),
            arguments("dump with caller", "[   12.345678][    T1]      fio-100       0d..1. 9000100us : ",
                "<4>[   12.345679]   fio-100    0d..1. 9000107us : "),
            arguments("dump in journal", "Nov 30 09:00:00 host kernel:      fio-100       0d..1. 9000100us : ",
                "Nov 30 09:00:00 host kernel:   fio-100    0d..1. 9000107us : "),
            arguments("seconds since 1970", "   fio-100     [000] d..1. 1764500000.000100: ",
                "   fio-100     [000] d..1. 1764500000.000107: "),
            arguments("no task", "   [000] d..1.     9.000100: ", "   [000]     9.000107: "),
            arguments("no CPU", "   fio-100     9.000100: ", "   fio-100     9.000107: "),
            arguments("long delays", "   fio-100       0d..1. 9000100us$: ", "   fio-100       0dNh1. 9000107us@: "),
            arguments("longer delays", "   fio-100       0d..1. 9000100us*: ", "   fio-100       0dNh1. 9000107us : "),
            arguments("trace-cmd report", "   fio-100   [000]     9.000100: ", "   fio-100   [000]     9.000107: "),
            arguments("trace-cmd report -t", "   fio-100   [000] d..1.     9.000100123: ",
                "   fio-100   [000] d..1.     9.000107123: "),
            arguments("trace-cmd of an instance", "guest:             fio-100   [000]     9.000100: ",
                "guest:             fio-100   [000]     9.000107: "),
            arguments("perf script", "   fio   100 [000]     9.000100: dma:", "   fio   100 [000]     9.000107: dma:"),
            arguments("perf script --ns", "   fio   100 [000]     9.000100123: dma:",
                "   fio   100 [000]     9.000107123:     dma:"),
            arguments("perf script of a command", "   fio   100     9.000100: dma:", "   fio   100     9.000107: dma:"),
            arguments("perf script -F +tid", "   fio   100/100   [000]     9.000100: dma:",
                "   fio   100/101   [000]     9.000107: dma:"),
            arguments("perf script -F +misc", "   fio   100 [000] K      9.000100: dma:",
                "   fio   100 [000] Kc      9.000107: dma:"),
            arguments("hostile name", "  a-b [x] 1.0: y-100     [000] d..1.     9.000100: ",
                "  1.0: m: [0]-100     [000] d..1.     9.000107: "),
            arguments("no name at all", "-100     [000] d..1.     9.000100: ",
                "<...>-100     [000] d..1.     9.000107: "));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("heads")
    void shouldReadTheHeadsOfAllTools(final String shape, final String map, final String unmap)
    {
        final Recording recording = read(
            map + "dma_map_page: " + MAP, unmap + "dma_unmap_page: " + UNMAP);
        final List<String> events = events(recording.trace());
        assertEquals(2, events.size(), () -> shape + ' ' + recording.notUnderstood());
        assertEquals("map 0 4096 TO_DEVICE 16 @0 0000:00:01.0", events.getFirst());
        assertTrue(events.getLast().matches("unmap 0 4096 TO_DEVICE 16 @[78] .*"), events.getLast());
        assertTrouble(recording);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = ';', textBlock = """
        as it should be; fio-1 [000] d..1. 9.000100: ; '(a+0x0/0x6c0) '; orig=0x2c290 size=16 alloc=16 amask=0x0 dir=1
        of 6.12;         fio-1 [000] d..1. 9.000100: ; '(a+0x0/0x6c0) '; orig=0x2c290 size=16 amask=0x0 dir=1
        all hex;         fio-1 [000] d..1. 9.000100: ; '(a+0x0/0x6c0) '; orig=0x2c290 size=0x10 amask=0x0 dir=0x1
        without 0x;      fio-1 [000] d..1. 9.000100: ; '(a+0x0/0x6c0) '; orig=2c290 size=16 alloc=16 amask=0 dir=1
        blanks behind;   fio-1 [000] d..1. 9.000100: ; '(a+0x0/0x6c0) '; 'orig=0x2c290 size=16 dir=1   '
        other order;     fio-1 [000] d..1. 9.000100: ; '(a+0x0/0x6c0) '; dir=1 size=16 orig=0x2c290
        trace-cmd;       fio-1   [000]     9.000100: ; '        (ffffffff9b1c2d30) '; orig=0x2c290 size=16 dir=1
        perf;            fio 1 [000] 9.000100: kprobes: ; '(ffffffff9b1c2d30) '; orig=0x2c290 size=16 dir=1
        """)
    void shouldReadProbesOfAllSpellings(
        final String shape, final String head, final String function, final String fields)
    {
        final String start = "     " + head + (head.endsWith("kprobes:") ? "" : " ");
        final Recording recording = read(
            start + "m: " + function + fields, start + "mr: " + function + "tlb=" +
                (shape.contains("without") ? "" : "0x") + "3a703000");
        assertEquals(List.of("map 0 16 TO_DEVICE 656 @0"), events(recording.trace()),
            () -> recording.notUnderstood().toString());
        assertTrouble(recording);
    }

    @Test
    void shouldReadTabsBlanksBehindAndReturnsOfTheCarriage()
    {
        final Recording recording = read(
            "  fio-100\t[000]\td..1.\t   9.000100:\tdma_map_page:\t" + MAP + "  \r",
            "  fio-100    \t[000]\td..1.\t   9.000107: dma_unmap_page: " + UNMAP + "\t");
        assertEquals(2, recording.trace().size());
        assertTrouble(recording);
    }

    @Test
    void shouldTakeTheSecondOfTwoLinesInOneAndTellTheFirst()
    {
        final Recording recording = read(
            "  a-1   [000]  99.000001: dma_map_page: 0000:00:01.0 dir=TO_DEVICE dma_addr=1 si",
            "  a-1   [000]  9.000001: dma_map_page: 0000:00:01.0 dir=TO_DEVICE dma_addr=1 si" +
                "  b-2   [001]  9.000002: dma_map_page: " + MAP,
            "  b-2   [001]  9.000009: dma_unmap_page: " + UNMAP);
        assertEquals(List.of("map 0 4096 TO_DEVICE 16 @0 0000:00:01.0", "unmap 0 4096 TO_DEVICE 16 @7 0000:00:01.0"),
            events(recording.trace()));
        assertTrouble(recording, Count.NOT_UNDERSTOOD, 2);
    }

    /** Numbers beyond what a clock has, a CPU without a number, and a word that is longer than flags are. */
    @ParameterizedTest
    @ValueSource(strings = {
        "   fio-100     [000] d..1. 9999999999999999999: ", "   fio-100     [000] d..1. 999999999999.000001: ",
        "   fio-100     [000] d..1. .000001: ", "   fio-100     [000] d..1. 9.0000000001: ",
        "   fio-100     [] d..1.     9.000100: ",
        "   fio-100     [000] d..1.x9.000100: ", "   fio-100       0d..1.d..1.d..1 9000100us+: ",
        "   fio-100     [0000000001] d..1.     9.000100: "})
    void shouldNotReadAHeadThatNoToolPrints(final String head)
    {
        assertTrouble(read(head + "dma_map_page: " + MAP), Count.NOT_UNDERSTOOD, 1);
    }

    @Test
    void shouldTakeTheLastEventOfALineForWhatItIs()
    {
        assertTrouble(
            read("  a-1   [000]  9.000001: sched_switch: prev_comm=a  b-2   [001]  9.000002: dma_map_page: x"),
            Count.NOT_UNDERSTOOD, 1);
    }

    @Test
    void shouldNotLoseSightOfLossesThatAddUpToMoreThanCanBe()
    {
        final Recording recording = read("CPU:1 [LOST 999999999999999 EVENTS]\n".repeat(10_000));
        assertTrue(recording.count(Count.LOST_EVENTS) > 9_000_000_000_000_000_000L, recording.counts().toString());
    }

    /** Each more is a pass over all that follows: a line of a mebibyte took minutes. */
    @Test
    void shouldLookBehindSomeBrokenEventsAndNoMore()
    {
        final String broken = "x-1 [000] 1.000000: dma_map_phys: d dma_addr=1 ";
        final String whole = "x-1 [000] 1.000000: dma_map_page: " + MAP;
        final Recording some = Lines.read(broken.repeat(15) + whole);
        assertEquals(1, some.trace().maps());
        assertTrouble(some, Count.NOT_UNDERSTOOD, 1);
        final Recording many = Lines.read(broken.repeat(16) + whole);
        assertEquals(0, many.trace().maps());
        assertTrouble(many, Count.NOT_UNDERSTOOD, 1);
    }

    @Test
    void shouldCountOtherEventsAndNoticesOfLoss()
    {
        final Recording recording = read(
            "cpus=4",
            "CPU 3 is empty",
            "version = 7",
            "  fio-100   [000] d..1.  9.000001: sched_switch: prev_comm=a dma_map_page: prev_pid=1",
            "  init-1    [000] .....  9.000002: tracing_mark_write: mark-nvme",
            "  fio-100   [000] d..1.  9.000003: dma_map_page: " + MAP,
            "CPU:1 [LOST 12 EVENTS]",
            "CPU:0 [LOST EVENTS]",
            "CPU:2 [30 EVENTS DROPPED]",
            "[LINE TOO BIG]",
            "[   12.345678] CPU:3 [LOST 5 EVENTS]",
            "    fio   100 [000]   9.000004: PERF_RECORD_LOST lost 100",
            "    fio   100 [000]   9.000005: PERF_RECORD_LOST_SAMPLES lost 1000");
        assertTrouble(recording, Count.OTHER_EVENTS, 2, Count.NOT_UNDERSTOOD, 1, Count.LOST_EVENTS, 1149);
        assertTrouble(read(
            "  fio-100   [000] d..1.  9.000003: dma_map_page: " + MAP,
            "  fio-100   [000] d..1.  9.000003: <stack trace>",
            " => dma_map_page_attrs",
            "\tffffffff9b1c35bf dma_map_page_attrs+0xff ([kernel.kallsyms])",
            ""), Count.OTHER_EVENTS, 2);
        assertEquals(List.of("line 3: version = 7"), recording.notUnderstood());
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(delimiter = ';', textBlock = """
        50455246494c4532;           it is perf.data, binary; give the output of perf script
        17084474726163696e6736;             trace.dat of trace-cmd, binary; give the output of trace-cmd report
        fd377a585a000004;                   compressed with xz
        28b52ffd0458;                       compressed with zstd
        425a6839314159;                     compressed with bzip2
        04224d186440a7;                     compressed with lz4
        504b030414;                         zip archive
        fffe230020007400;                   text in UTF-16
        feff002300200074;                   text in UTF-16
        2300200074007200610063006500;       text in UTF-16
        00230020007400720061006300650020;   text in UTF-16
        745f75732c6f702c69642c73697a652c;   give it to --trace
        '';                                 it is empty
        230a230a;                           headings only
        7f454c4602010100000000000000000002; it is binary
        6e6f7468696e670a;                   docs/capture.md has how to record
        """)
    void shouldNameWhatItSawInsteadOfARecording(final String hex, final String expected)
    {
        final Recording recording = Lines.readText(
            new String(HexFormat.of().parseHex(hex), StandardCharsets.ISO_8859_1), RecordingReader.NO_CUT);
        assertTrue(recording.refusal().contains(expected.split(";")[0]), recording.refusal());
    }

    @Test
    void shouldSayWhyNothingIsMapped()
    {
        final String head = "  fio-100   [000] d..1.  9.000001: ";
        assertRefusal("3 unmaps but no map", head + "dma_unmap_page: " + UNMAP, head + "dma_unmap_page: " + UNMAP,
            head + "dma_unmap_page: " + UNMAP);
        assertRefusal("it has 1 sync and 1 request done but no map",
            head + "dma_sync_single_for_cpu: a dir=FROM_DEVICE dma_addr=5800 size=1536",
            head + "nvme_complete_rq: nvme0: disk=nvme0n1", head + "block_rq_complete: 259,0 W () 0 + 8 [0]");
        assertRefusal("it has 0 syncs and 1 request done but no map", head + "nvme_complete_rq: nvme0: disk=nvme0n1");
        assertEquals("docs/capture.md has how to record",
            read("[    0.000000] Linux version 6.12", "one", "two").refusal());
        assertRefusal("the guest refused all that was mapped, 1 time; record",
            head + "dma_map_page: " + MAP.replace("1b204000", "ffffffffffffffff"));
        assertRefusal("it has 1 event, none of DMA", head + "sched_switch: prev_comm=a");
        assertRefusal("2 swiotlb_bounced but no map",
            "jbd2/mmcblk2p6--289     [006] .....   197.926040: swiotlb_bounced: dev_name: d4281000.sdh " +
            "dma_mask=ffffffff dev_addr=ffffffffffffffff size=4096 NORMAL",
            "   keybroker-app-143     [000] b..2.  1772.607321: swiotlb_bounced: dev_name: 0000:00:00.0 " +
            "dma_mask=ffffffffffffffff dev_addr=80b6717e size=66 FORCE");
        assertRefusal("registers only", head + "dma_map_phys: " + MAP + "MMIO");
        assertRefusal("looks like dmesg", "[    0.000000] Linux version 6.12",
            "[   12.345678] a 1: swiotlb buffer is full (sz: 1536 bytes), total 512 (slots), used 510 (slots)");
        assertRefusal("no map in it is whole (calls or returns alone: 0, sizes out of range: 1,",
            head + "dma_map_page: " + MAP.replace("size=4096", "size=0"));
        assertRefusal(
            "no map in it is whole (calls or returns alone: 1, sizes out of range: 0, events lost by the kernel: 0)",
            head + "mr: (a <- b) tlb=0x3a703000", head + "u: (a) tlb=0x3a703000 size=1 dir=1");
    }

    /** At a terminal, that would wait for what is typed after the end. */
    @ParameterizedTest
    @ValueSource(strings = {"", "a", "junk\n", "junk"})
    void shouldNotReadOnAfterTheEnd(final String text)
    {
        final AtomicInteger ends = new AtomicInteger();
        final InputStream typed = new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII))
        {
            @Override
            public int read(final byte[] to, final int offset, final int length)
            {
                final int count = super.read(to, offset, length);
                ends.addAndGet(count < 0 ? 1 : 0);
                return count;
            }
        };
        assertEquals(text.isEmpty() ? 0 : 1, RecordingReader.read(typed, "typed", RecordingReader.NO_CUT).count(
            Count.LINES));
        assertEquals(1, ends.get());
    }

    private static void assertRefusal(final String expected, final String... lines)
    {
        final String refusal = read(lines).refusal();
        assertTrue(refusal.contains(expected), refusal);
    }
}
