/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What kernels say, in the spellings and with the heads that people have it in.
 */
final class KernelLogTest
{
    private static final String REFUSAL =
        "nvme 0000:00:04.0: swiotlb buffer is full (sz: 8192 bytes), total 32768 (slots), used 32767 (slots)";

    /** A log and the rows that are expected of it. */
    record Case(List<String> expected, String log)
    {
        @Override
        public String toString()
        {
            return log.lines().findFirst().orElse("");
        }
    }

    static Stream<Case> cases() throws IOException
    {
        final List<Case> cases = new ArrayList<>();
        final StringBuilder log = new StringBuilder();
        List<String> expected = new ArrayList<>();
        for (final String line : resource().lines().filter(line -> !line.startsWith("# ")).toList())
        {
            if (line.startsWith("="))
            {
                expected.add(line.substring(1).strip());
            }
            else if (!line.isEmpty())
            {
                log.append(line).append('\n');
            }
            else if (!log.isEmpty())
            {
                cases.add(new Case(expected.stream().filter(row -> !row.isEmpty()).toList(), log.toString()));
                expected = new ArrayList<>();
                log.setLength(0);
            }
        }
        return cases.stream();
    }

    static String resource() throws IOException
    {
        try (InputStream in = KernelLogTest.class.getResourceAsStream("/doctor/kernels.txt"))
        {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void shouldTellWhatEachKernelMeant(final Case each)
    {
        assertEquals(each.expected, rows(read(each.log)));
    }

    @Test
    void shouldJoinWhatQuotedPrintableBroke()
    {
        final String line = "e1 e.0: swiotlb buffer is full (sz: 1 bytes), total 32768 (slots), used 1338 (slots)";
        for (int blanks = 0; blanks < 74; blanks++)
        {
            // The longer the blanks before it, the earlier is what the 75th character breaks.
            final String text = " ".repeat(blanks) + line;
            final KernelLog log = read(text.substring(0, 75) + "=\n" + text.substring(75) + '\n');
            assertEquals(List.of("NEITHER;e1;e.0;1"), rows(log), text);
            assertEquals(1338, log.complaints().getFirst().mostUsed(), text);
        }
        assertEquals(List.of("EXHAUSTED;nvme;0000:00:04.0;1"),
            rows(read("A line that is none of a kernel, and has a sign at its end as in CONFIG_A=\n" + REFUSAL)));
    }

    @Test
    void shouldHaveReadAllCases() throws IOException
    {
        assertEquals(57, cases().count());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "",
        "[   12.345678] ",
        "<4>[   12.345678] ",
        "[   12.345678][  T123] ",
        "[Mon Nov 30 09:16:42 2026] ",
        "2026-11-30T09:16:42,123456+01:00 ",
        "2026-11-30T09:16:42.123456+01:00 guest kernel: ",
        "2026-11-30T09:16:42+0100 guest kernel: [   12.345678] ",
        "Nov 30 09:16:42 guest kernel: ",
        "Nov  3 09:16:42 guest kernel: [   12.345678] ",
        "kern  :warn  : [   12.345678] ",
        "4,1234,12345678,-;",
        "> > [   12.345678] ",
        "\"MESSAGE\" : \"",
        "guest login: [   12.345678] ",
        "\t"})
    void shouldFindTheDeviceBehindEveryHead(final String head)
    {
        final KernelLog log = read(head + REFUSAL + "\r\n");
        assertEquals(List.of("EXHAUSTED;nvme;0000:00:04.0;1"), rows(log));
        assertEquals(0, log.notUnderstood());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[   12.345678] ", "Nov 30 09:16:42 guest kernel: ", "[   12.345678]  ", "4,1,2,-;"})
    void shouldNotTakeTheHeadForADriver(final String head)
    {
        assertEquals(List.of("EXHAUSTED;;0000:00:04.0;1"), rows(read(head + REFUSAL.substring("nvme ".length()))));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "[   12.345678] |12.345678", "Nov 30 09:16:42 guest kernel: |Nov 30 09:16:42",
        "[Mon Nov 30 09:16:42 2026] |Nov 30 09:16:42 2026", "4,1234,12345678,-;|12.345678",
        "2026-11-30T09:16:42,123456+01:00 |2026-11-30T09:16:42,123456+01:00",
        "01-30 04:02:47.025     0     0 W |01-30 04:02:47.025", "|"})
    void shouldTellTheTimeAsTheLogHasIt(final String headAndTime)
    {
        final String[] parts = headAndTime.split("\\|", -1);
        final Complaint complaint = read(parts[0] + REFUSAL).complaints().getFirst();
        assertEquals(parts[1], complaint.first());
        assertEquals(parts[1], complaint.last());
    }

    @Test
    void shouldMakeOneRowOfTheSameComplaint()
    {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < 1000; i++)
        {
            text.append("[ ").append(100 + i).append(".5] virtio-pci 0000:00:02.0: swiotlb buffer is full (sz: ")
                .append(4096 + i).append(" bytes), total 512 (slots), used ").append(510 + i % 2).append(" (slots)\n");
        }
        text.append("swiotlb_tbl_map_single: 4711 callbacks suppressed\n");
        final KernelLog log = read(text.toString());
        assertEquals(List.of(new Complaint("virtio-pci", "0000:00:02.0", Verdict.FRAGMENTED, 512, 1, "100.5", "100.5",
            4096, 4096, 510, 510, 512, 0, 0, false), new Complaint("virtio-pci", "0000:00:02.0", Verdict.EXHAUSTED, 512,
            999, "101.5", "1099.5", 4097, 5095, 510, 511, 514, 0, 0, false)), log.complaints());
        assertEquals(4711, log.suppressed());
        assertEquals(1001, log.lines());
    }

    @Test
    void shouldFindEachOfSeveralInALine()
    {
        final KernelLog log = read("[ 1.5] " + REFUSAL + " [ 2.5] " + REFUSAL + "[    3.500000] " +
            REFUSAL.replace("nvme", "ahci") + " [ 4.5] a b: swiotlb buffer is full (sz: 1 bytes), total x");
        assertEquals(List.of("EXHAUSTED;nvme;0000:00:04.0;2", "EXHAUSTED;ahci;0000:00:04.0;1"), rows(log));
        assertEquals("2.5", log.complaints().getFirst().last());
        assertEquals(1, log.malformed());
    }

    @Test
    void shouldReadTheBootLinesOfTheLastBoot()
    {
        final KernelLog log = read("""
            [    0.000000] Linux version 6.1.0-44-amd64 (debian-kernel@lists.debian.org)
            [    0.000000] Command line: root=/dev/vda swiotlb=4096
            [    0.000000] software IO TLB: No low mem
            [    0.000000] software IO TLB: area num 8.
            [    0.000000] software IO TLB: mapped [mem 0x0000000077000000-0x0000000077800000] (8MB)
            [    0.000000] Linux version 6.12.117+deb12-cloud-amd64 (debian-kernel@lists.debian.org)
            [    0.000000] Command line: root=/dev/vda swiotlb=65536,force
            [    0.000000] software IO TLB: area num 4.
            [    0.000000] software IO TLB: mapped [mem 0x0000000077000000-0x000000007b000000] (64MB)
            [    0.100000] software IO TLB: SWIOTLB bounce buffer size adjusted 65536 -> 32768 slabs
            [    0.200000] PCI-DMA: Using software bounce buffering for IO (SWIOTLB)
            """);
        assertEquals(2, log.boots());
        assertEquals("6.12.117+deb12-cloud-amd64", log.version());
        assertEquals(32_768, log.boot().slots());
        assertEquals(4, log.boot().areas());
        assertEquals("root=/dev/vda swiotlb=65536,force", log.boot().commandLine());
        assertEquals(List.of("SWIOTLB bounce buffer size adjusted 65536 -> 32768 slabs"), log.notes());
        assertEquals(0, log.notUnderstood());
    }

    @Test
    void shouldReadTheBootLineOfOldKernels()
    {
        final KernelLog oldest = read("""
            PCI-DMA: Using software bounce buffering for IO (SWIOTLB)
            Placing 64MB software IO TLB between ffff880020000000 - ffff880024000000
            software IO TLB at phys 0x20000000 - 0x24000000
            """);
        assertEquals(32_768, oldest.boot().slots());
        assertEquals(0, oldest.notUnderstood(), oldest.samples()::toString);
        assertEquals(32_768, read("[    0.5] software IO TLB [mem 0xbbfdd000-0xbffdcfff] (64MB) mapped at [ffff8800]")
            .boot().slots());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "swiotlb buffer is full", "swiotlb buffer is full (sz: ", "swiotlb buffer is full (sz: -5 bytes), total 1",
        "swiotlb buffer is full (sz: 9999999999999999999999999999999999999999 bytes), total 1 (slots), used 1 (slots)",
        "swiotlb_tbl_map_single: 99999999999999999999999999999999 callbacks suppressed",
        "swiotlb: coherent allocation failed for device x size=",
        "a b: swiotlb addr 0x+4 overflow (mask zz, bus limit"})
    void shouldTakeAGarbledRefusalForOne(final String line)
    {
        final KernelLog log = read(line + "\n\u001b[31m" + line + "\n");
        assertEquals(2, log.malformed());
        assertEquals(0, log.notUnderstood());
        assertEquals(List.of(), log.complaints());
        assertEquals(line.strip(), log.malformedSamples().getFirst());
        assertTrue(("?[31m" + line).startsWith(log.malformedSamples().get(1)), log.malformedSamples()::toString);
        final Diagnosis diagnosis = Doctor.examine(log, Machine.unknown(), "");
        assertTrue(diagnosis.isWrong());
        assertTrue(diagnosis.warnings().getFirst().startsWith("A refusal that can not be explained, as the line is " +
            "cut or garbled: 2 lines, first " + line.strip()), diagnosis.warnings()::toString);
    }

    @Test
    void shouldCountWhatItDoesNotUnderstand()
    {
        final KernelLog log = read("a swiotlb line of the future\n".repeat(5));
        assertEquals(5, log.notUnderstood());
        assertEquals(0, log.malformed());
        assertEquals(List.of("a swiotlb line of the future", "a swiotlb line of the future",
            "a swiotlb line of the future"), log.samples());
        assertFalse(Doctor.examine(log, Machine.unknown(), "").isWrong());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n|it begins with \"root:x",
        "name,size\n2026-11-30 12:00:00,12\n2026-11-30 12:00:01,13\n|it begins with \"name,size\"",
        "t_us,op,id,size,direction,page_offset\n932,map,1,16,to_device,656\n|it is a trace as --write makes it; give",
        "\u0089PNG\r\n\u001a\n\0\0\0\rIHDR\0\0|it is binary; give what dmesg",
        "PERFILE2h\0\0\0\0\0|it is perf.data, binary; give what dmesg",
        "\u00fd7zXZ\0\0\u0004|it is compressed with xz; give the output of xz -dc",
        "\u00ff\u00fe[\0 \0001\0.\0005\0]\0\n\0|it is text in UTF-16; give it as UTF-8",
        "# tracer: nop\n#\n          <idle>-0       [001] d.h1.  1234.567890: dma_map_page: 0000:00:04.0 dir=T\n" +
            "          fio-12       [001] d.h1.  1234.567890: swiotlb_bounced: dev_name: 0000:00:04.0\n" +
            "|it looks like trace events, which bounce-dma stress --import reads; give",
        "swapper 0 [000] 12345.678901: dma:dma_map_page: 0000:00:04.0 dir=TO\n|it looks like trace events",
        "\n \n\n|it has blank lines only",
        "# Fixed: nothing\n\nText of a few words, and then: more.\n{\"a\": 1}\n  b: 2\n|it begins with \"# Fixed: n"})
    void shouldTellWhatIsNoLog(final String textAndReason)
    {
        final String[] parts = textAndReason.split("\\|", 2);
        final String foreign = read(parts[0]).foreign();
        assertTrue(foreign.startsWith(parts[1]), foreign);
        assertTrue(foreign.matches("[ -~]*"), foreign);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "[    0.000000] x",
        "[    0.000000][    T0] x",
        "[    1.234567 <    0.000010>] x",
        "[<    0.000010>] x",
        "[  +0.000003] x",
        "[Nov30 12:07] x",
        "[Mon Nov 30 09:16:42 2026] x",
        "<6>x",
        "6,339,5140900,-;x",
        "kern  :info  : x",
        "2026-11-30T09:16:42,123456+01:00 x",
        "2026-11-30T09:16:42.123456+01:00 guest kernel: x",
        "Nov  3 09:16:42 guest kernel: x",
        "Nov 30 09:16:42 guest systemd[1]: x",
        "1764504467.123456 guest kernel: x",
        "01-30 04:02:47.025     0     0 W x",
        "{\"__CURSOR\":\"s=1\",\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"x\"}",
        "_TRANSPORT=kernel",
        "swiotlb buffer is full (sz: 524288 bytes), total 32768 (slots), used 4 (slots)",
        "swiotlb buffer is full (sz: 5",
        "DMA: Out of SW-IOMMU space for 16384 bytes at device 08:00.0",
        "> PCI-DMA: Using software bounce buffering for IO (SWIOTLB)"})
    void shouldKnowALogByOneLine(final String line)
    {
        assertEquals("", read("x\n".repeat(100) + line + "\nx\n").foreign());
        // A crash leaves zeros behind.
        assertEquals("", read(line + '\n' + "\0".repeat(5000)).foreign());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "",
        "usb 1-1: new high-speed USB device number 2 using xhci_hcd\n",
        "EXT4-fs (vda1): mounted filesystem\nrandom: crng init done\nBooting paravirtualized kernel on KVM\n" +
            "Freeing SMP alternatives memory: 32K\n  DMA      [mem 0x1000-0xffffff]\n  Normal   empty\n"})
    void shouldTakeALogWithoutTimesForOne(final String log)
    {
        assertEquals("", read(log).foreign());
    }

    @Test
    void shouldNotBelieveACounterBelowZero()
    {
        assertEquals(List.of("UNDECIDED;a;b;1"), rows(read("a b: swiotlb buffer is full (sz: 4096 bytes), " +
            "total 32768 (slots), used 18446744073709551615 (slots)")));
    }

    @Test
    void shouldLetNoControlCharacterThrough()
    {
        final Complaint complaint =
            read("[\u001b[31m 1.5] dr\u001biver d\u0007e\u0080v: " + REFUSAL.substring(19)).complaints().getFirst();
        assertEquals("dr?iver", complaint.driver());
        assertEquals("d?e?v", complaint.device());
    }

    @Test
    void shouldFindTheDeviceBehindColours()
    {
        assertEquals(List.of("EXHAUSTED;rtl8192ee;0000:04:00.0;1"), rows(read(
            "\u001b[32m[   12.345678] \u001b[0m\u001b[33mrtl8192ee 0000:04:00.0: \u001b[0m\u001b[31mswiotlb buffer " +
            "is full (sz: 4000 bytes), total 32768 (slots), used 32768 (slots)\u001b[0m")));
    }

    @Test
    void shouldTakeAnyBeginningOfALog() throws IOException
    {
        final byte[] bytes = resource().getBytes(StandardCharsets.US_ASCII);
        for (int length = 0; length < bytes.length; length += 7)
        {
            KernelLog.read(new ByteArrayInputStream(bytes, 0, length), "log");
        }
    }

    @Test
    void shouldTakeGarbage() throws IOException
    {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        final byte[] text = resource().getBytes(StandardCharsets.US_ASCII);
        for (int round = 0; round < 300; round++)
        {
            final byte[] bytes = Arrays.copyOf(text, text.length);
            for (int i = 0; i < 200; i++)
            {
                final int at = random.nextInt(bytes.length - 10);
                switch (random.nextInt(3))
                {
                    case 0 -> bytes[at] = (byte)random.nextInt(256);
                    case 1 -> bytes[at] = (byte)('0' + random.nextInt(10));
                    default -> System.arraycopy(bytes, random.nextInt(bytes.length - 10), bytes, at, 10);
                }
            }
            final KernelLog log = KernelLog.read(new ByteArrayInputStream(bytes), "log");
            for (final Complaint complaint : log.complaints())
            {
                assertTrue((complaint.name() + complaint.first() + complaint.last() + log.samples())
                    .matches("[ -~]*"), () -> "seed=" + seed + ", complaint=" + complaint);
            }
            // Whatever the numbers are, there is an answer.
            Doctor.examine(log, Machine.unknown(), "");
        }
    }

    @Test
    void shouldCutALineWithoutAnEnd()
    {
        final InputStream endless = new SequenceInputStream(
            new ByteArrayInputStream((REFUSAL + ' ').getBytes(StandardCharsets.US_ASCII)),
            new SequenceInputStream(new ByteArrayInputStream(new byte[10_000_000]),
                new ByteArrayInputStream(('\n' + REFUSAL).getBytes(StandardCharsets.US_ASCII))));
        final KernelLog log = KernelLog.read(endless, "log");
        assertEquals(2, log.lines());
        assertEquals(1, log.cutLines());
        assertEquals(List.of("EXHAUSTED;nvme;0000:00:04.0;2"), rows(log));
    }

    @Test
    void shouldCountDevicesBeyondItsTable()
    {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < 1500; i++)
        {
            text.append("driver d").append(i).append(REFUSAL.substring(17)).append('\n');
        }
        final KernelLog log = read(text.toString());
        assertEquals(500, log.complaints().size());
        assertEquals(1000, log.beyond());
    }

    private static List<String> rows(final KernelLog log)
    {
        return log.complaints().stream()
            .map(row -> row.verdict() + ";" + row.driver() + ';' + row.device() + ';' + row.count()).toList();
    }

    static KernelLog read(final String text)
    {
        return KernelLog.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)), "log");
    }
}
