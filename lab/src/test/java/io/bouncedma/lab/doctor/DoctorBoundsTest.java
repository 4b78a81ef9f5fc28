/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Where one answer of the doctor ends and another begins.
 */
final class DoctorBoundsTest
{
    @ParameterizedTest
    @CsvSource({
        // 410 slots and a quarter are half a slot more than 512
        "20480, 400, 400, 410, swiotlb=1024",
        // the largest pool below 4 GiB
        "2048, 838859, 838859, 838860, swiotlb=1048576",
        "2048, 838860, 838860, 838861, ''",
        // fragmented: twice 1000, not the next power of two
        "20480, 1000, 990, -1, swiotlb=2048"})
    void shouldWriteWhatHasTheMargin(
        final long bytes, final long total, final long used, final long enough, final String write)
    {
        final Finding finding = first(refusal("e1000 a", bytes, total, used), Machine.unknown());
        assertEquals(enough, finding.enough());
        assertEquals(write.isEmpty() ? List.of() : List.of(write), finding.write());
    }

    @Test
    void shouldTellThatWhatIsTooLargeMetAFullPool()
    {
        assertTrue(advice(refusal("ast a", 3 << 20, 1024, 1000)).contains("The pool was also 98 % full"));
        assertFalse(advice(refusal("ast a", 3 << 20, 1024, 5)).contains("The pool was also"));
    }

    @Test
    void shouldSayWhatIsMissingToDecide()
    {
        assertTrue(first("a b: swiotlb buffer is full (sz: 4096 bytes), total 512 (slots), used 18446744073709551615 " +
            "(slots)\n", Machine.unknown()).why().contains("old kernels count below zero"));
        assertTrue(first("a b: swiotlb buffer is full (sz: 4096 bytes)\n", Machine.unknown()).why()
            .contains("Kernels before 5.2 do not print"));
    }

    @Test
    void shouldBlameAreasOnlyIfTheyAreSmall()
    {
        final Machine machine = machine(List.of(), null, 4);
        assertTrue(first(refusal("a b", 8192, 2048, 2000), machine).advice().toString().contains("cut into 4 areas"));
        assertFalse(first(refusal("a b", 8192, 4096, 4000), machine).advice().toString().contains("cut into"));
    }

    /** By the device, or by a size that one pool alone has. */
    @Test
    void shouldKnowAReservedPoolByItsDeviceOrItsSize()
    {
        final ReservedPool net = new ReservedPool("net@1", 512 * 2048, List.of("/soc/eth@40"), "");
        final ReservedPool disk = new ReservedPool("disk@2", 1024 * 2048, List.of("/soc/sata@50"), "");
        final ReservedPool same = new ReservedPool("same@3", 1024 * 2048, List.of(), "");
        final String refusal = refusal("x 50.sata", 4096, 2048, 2048);
        assertEquals("disk@2", first(refusal, machine(List.of(), List.of(net, disk), 1)).pool());
        assertEquals("net@1", first(refusal("x y", 4096, 512, 512), machine(List.of(), List.of(net, disk), 1)).pool());
        assertEquals("", first(refusal("x y", 4096, 1024, 1024), machine(List.of(), List.of(disk, same), 1)).pool());
        assertEquals("", first(refusal("x y", 4096, 512, 512),
            machine(List.of(new DebugfsPool("", 512, 1, 1, -1)), List.of(net), 1)).pool(), "the default is as large");
    }

    @Test
    void shouldTakeSlowFillingForALeakOnlyNearTheEnd()
    {
        assertTrue(advice(filling(450, "[ 0.5] ", "[ 30.5] ", "[ 60.5] ")).contains("over 60 s the used slots"));
        assertFalse(advice(filling(400, "[ 0.5] ", "[ 30.5] ", "[ 60.5] ")).contains("a leak"));
        assertFalse(advice(filling(450, "[ 0.5] ", "[ 30.5] ", "[ 60.4] ")).contains("a leak"));
        assertTrue(advice(filling(450, "Nov 30 09:59:59 g kernel: ", "Nov 30 10:00:00 g kernel: ",
            "Nov 30 12:01:01 g kernel: ")).contains("over 7262 s the used slots"));
        assertFalse(advice(filling(450, "[ 0.5] ", "[ 30.5] ", "[ 0.0] Linux version 6.1.0\n[ 60.5] "))
            .contains("a leak"), "of two boots");
    }

    @Test
    void shouldTakeManyLinesWithoutATimeForALeak()
    {
        final String[] heads = new String[20];
        Arrays.fill(heads, "");
        assertTrue(advice(filling(450, heads)).contains("in 20 refusals the used slots never fell (450 to 469)"));
        assertFalse(advice(filling(450, Arrays.copyOf(heads, 19))).contains("a leak"));
        assertTrue(advice(filling(450, "4,1,500000,-;", "4,2,600000,-;", "4,3,60500000,-;")).contains("over 60 s"));
        assertFalse(advice(filling(450, "4,1,500000,-;", "4,2,60400000,-;", "4,3,60400000,-;")).contains("a leak"));
        assertFalse(advice(filling(450, "[ 0.5] ", "[ 60.5] ")).contains("a leak"), "two say little");
    }

    @Test
    void shouldAdviseByWhatIsKnown()
    {
        assertTrue(advice(refusal("a b", 4096, 512, 512)).contains("The last slot was taken."));
        assertFalse(advice(refusal("a b", 4096, 512, 511)).contains("The last slot was taken."));
        assertTrue(advice("software IO TLB: Memory encryption is active and system is using DMA bounce buffers\n" +
            refusal("ast a", 3 << 20, 512, 5)).contains("Memory is encrypted here"));
        assertFalse(advice("software IO TLB: Memory encryption is active and system is using DMA bounce buffers\n" +
            "Linux version 6.1.0\n" + refusal("ast a", 3 << 20, 512, 5)).contains("Memory is encrypted here"));
        assertEquals(1, first("swiotlb buffer is full (sz: 524288 bytes), total 512 (slots), used 4 (slots)\n",
            Machine.unknown()).write().size(), "it may be a disk");
        assertEquals(0, first(refusal("ast a", 524_288, 512, 4), Machine.unknown()).write().size());
        assertTrue(first(refusal("a b", 4096, 512, 512), machine(List.of(new DebugfsPool("", 512, 1, 1, 0)), null, 1))
            .advice().toString().contains("could not grow the pool fast enough"));
        assertTrue(advice(refusal("a b", 4096, 512, 512)).contains("Or a kernel with CONFIG_SWIOTLB_DYNAMIC"));
        assertTrue(advice(refusal("nvme a", 200_000, 512, 400)).contains("max_sectors_kb of the disk to 64"));
        assertFalse(advice(refusal("nvme a", 65_536, 512, 400)).contains("max_sectors_kb"));
    }

    /** A pool that ends at 4 GiB lies below. */
    @Test
    void shouldKnowWhetherAPoolLiesHigh()
    {
        final String refusal = refusal("nvme a", 4096, 1_048_576, 1_048_576);
        assertEquals(List.of(), first("software IO TLB: mapped [mem 0x80000000-0x100000000] (2048MB)\n" + refusal,
            Machine.unknown()).write());
        assertEquals(1, first("software IO TLB: mapped [mem 0x80001000-0x100001000] (2048MB)\n" + refusal,
            Machine.unknown()).write().size());
    }

    @Test
    void shouldWantWhatTheLargestOfSeveralWanted()
    {
        final Finding finding = first(
            refusal("a b", 262_144, 512, 500) + refusal("a b", 65_536, 512, 490), Machine.unknown());
        assertEquals(628, finding.enough());
        assertEquals(262_144, finding.complaint().mostBytes());
        assertEquals(490, finding.complaint().leastUsed());
    }

    @Test
    void shouldAddUpWhatWasSuppressedOfSwiotlbAlone()
    {
        final String lines = "swiotlb_tbl_map_single: 4711 callbacks suppressed\n" +
            "net_ratelimit: 99 callbacks suppressed\nswiotlb_tbl_map_single: 10 callbacks suppressed\n";
        assertEquals(4721, KernelLogTest.read(lines).suppressed());
        assertFalse(Doctor.examine(
            KernelLogTest.read("net_ratelimit: 99 callbacks suppressed\n"), Machine.unknown(), "").isWrong());
        assertEquals(Long.MAX_VALUE, KernelLogTest.read(
            ("swiotlb: " + Long.MAX_VALUE + " callbacks suppressed\n").repeat(2)).suppressed());
    }

    @Test
    void shouldTellEachDeviceThatIsOutOfReach()
    {
        final String refusal = refusal("a x", 4096, 512, 512);
        assertEquals(List.of(Verdict.EXHAUSTED, Verdict.OUT_OF_REACH), verdicts(
            refusal + "a x: swiotlb addr 0x41ad44000+16384 overflow (mask ffffffff, bus limit 0).\n"));
        assertEquals(List.of(Verdict.EXHAUSTED), verdicts(
            refusal + "a x: overflow 0x41ad44000+8 of DMA mask ffffffff bus limit 0\n"), "the same refusal again");
        assertEquals(List.of(Verdict.EXHAUSTED, Verdict.OUT_OF_REACH), verdicts(
            refusal + "b y: overflow 0x41ad44000+8 of DMA mask ffffffff bus limit 0\n"));
        assertTrue(first("a x: swiotlb addr 0x41ad44000+16384 overflow (mask ffffffffffffffff, bus limit 3fffffff).\n",
            Machine.unknown()).why().startsWith("The device reaches addresses up to 0x3fffffff, "));
    }

    @Test
    void shouldTellASecondLineFromAnotherRefusal()
    {
        final String full = "a x: swiotlb buffer is full (sz: 4096 bytes)\n";
        assertEquals(List.of(Verdict.UNDECIDED), verdicts(full + "a x: DMA: Out of SW-IOMMU space for 4096 bytes\n"));
        assertEquals(List.of(Verdict.UNDECIDED, Verdict.UNDECIDED),
            verdicts(full + "b y: DMA: Out of SW-IOMMU space for 4096 bytes\n"));
        assertEquals(List.of(2L), KernelLogTest.read(full + "a x: DMA: Out of SW-IOMMU space for 8192 bytes\n")
            .complaints().stream().map(Complaint::count).toList());
        assertEquals(List.of(Verdict.UNDECIDED), verdicts("a x: swiotlb buffer is full (sz: 4096 bytes), total 512 " +
            "(slots), used 2199023255552 (slots)\n"), "no pool has so many");
        final KernelLog both = KernelLogTest.read("a x: swiotlb buffer is full (sz: many " + full);
        assertEquals(1, both.malformed());
        assertEquals(1, both.complaints().size());
        assertEquals("", KernelLogTest.read("kernel: swiotlb buffer is full (sz: 1 bytes)").complaints().getFirst()
            .device());
    }

    @ParameterizedTest
    @CsvSource({"Can not allocate SWIOTLB buffer earlier and can't now provide you with the DMA bounce buffer",
        "dma bounce: DMA bounce buffers are inactive"})
    void shouldKnowThatThereIsNoPool(final String line)
    {
        assertEquals(List.of(Verdict.NO_POOL), verdicts("a x: " + line.replace("dma bounce: ", "") + '\n'));
    }

    @Test
    void shouldReadTheTotalsOfALineThatWasWrappedInAQuote()
    {
        assertEquals(List.of(Verdict.EXHAUSTED), verdicts("> a x: swiotlb buffer is full (sz: 4096 bytes),\n" +
            "> total 512 (slots), used 512 (slots)\n"));
        final KernelLog once = KernelLogTest.read("a x: swiotlb buffer is full (sz: 4096 bytes),\n" +
            "total 512 (slots), used 512 (slots)\na x: swiotlb buffer is full (sz: 4096 bytes)");
        assertEquals(List.of(1L, 1L), once.complaints().stream().map(Complaint::count).toList());
    }

    @Test
    void shouldCutNamesAndLinesWhereTheyMayEnd()
    {
        assertEquals("d".repeat(64), KernelLogTest.read(refusal("a " + "d".repeat(100), 1, 0, 0))
            .complaints().getFirst().device());
        assertEquals(0, KernelLogTest.read("x".repeat(KernelLog.MAX_LINE)).cutLines());
        assertEquals(1, KernelLogTest.read("x".repeat(KernelLog.MAX_LINE + 1)).cutLines());
        assertEquals(0, KernelLogTest.read(" swiotlb_map+0x1f4/0x2a0\n").notUnderstood());
    }

    @Test
    void shouldNotBelieveBootLinesThatCanNotBe()
    {
        assertEquals(Verdict.UNKNOWN, KernelLogTest.read("software IO TLB: mapped [mem 0x9000-0x1000] (0MB)")
            .boot().slots());
        assertEquals(Verdict.UNKNOWN, CommandLine.parse("swiotlb=" + Long.MAX_VALUE).slots());
        assertEquals(0, CommandLine.parse("swiotlb=0").slots());
        assertTrue(CommandLine.parse("iommu=off quiet iommu=pt").iommuOff());
        assertTrue(CommandLine.parse("iommu=soft,off").iommuOff());
    }

    /** Nothing of an earlier boot, and of refusals the last. */
    @Test
    void shouldForgetWhatAnEarlierBootSaid()
    {
        final KernelLog log = KernelLogTest.read("Linux version 6.1.0\nKernel command line: swiotlb=1024,force\n" +
            "software IO TLB: mapped [mem 0x180000000-0x180200000] (2MB)\nLinux version 6.12.0\n");
        assertEquals(Verdict.UNKNOWN, log.boot().slots());
        assertEquals("", log.boot().commandLine());
        assertFalse(log.boot().isHigh());
        final String twice = refusal("a b", 4096, 512, 512) + refusal("a b", 4096, 1024, 1024);
        assertEquals(1024, Doctor.examine(KernelLogTest.read(twice), Machine.unknown(), "").pool().slots());
    }

    private static String filling(final int used, final String... heads)
    {
        final StringBuilder log = new StringBuilder();
        for (int i = 0; i < heads.length; i++)
        {
            log.append(heads[i]).append(refusal("a b", 262_144, 512, used + i));
        }
        return log.toString();
    }

    private static List<Verdict> verdicts(final String log)
    {
        return KernelLogTest.read(log).complaints().stream().map(Complaint::verdict).toList();
    }

    private static String refusal(final String who, final long bytes, final long total, final long used)
    {
        return who + ": swiotlb buffer is full (sz: " + bytes + " bytes), total " + total + " (slots), used " + used +
            " (slots)\n";
    }

    private static String advice(final String log)
    {
        return first(log, Machine.unknown()).advice().toString();
    }

    private static Finding first(final String log, final Machine machine)
    {
        return Doctor.examine(KernelLogTest.read(log), machine, "").findings().getFirst();
    }

    private static Machine machine(final List<DebugfsPool> pools, final List<ReservedPool> reserved, final long cpus)
    {
        return new Machine("", false, pools, reserved, cpus, Map.of());
    }
}
