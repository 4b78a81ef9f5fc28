/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import io.bouncedma.os.Amount;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What the doctor advises.
 */
final class DoctorTest
{
    @ParameterizedTest
    @CsvSource({
        // exhausted: a quarter more than used and asked for together, and the next power of two
        "4000, 32768, 32768, EXHAUSTED, 32770, swiotlb=65536",
        "2048, 512, 512, EXHAUSTED, 513, swiotlb=1024",
        "262144, 1024, 1000, EXHAUSTED, 1128, swiotlb=2048",
        "262144, 1024, 1024, EXHAUSTED, 1152, swiotlb=2048",
        // fragmented: twice as much
        "262144, 32768, 28249, FRAGMENTED, -1, swiotlb=65536",
        "262144, 524288, 523564, FRAGMENTED, -1, swiotlb=1048576",
        "8192, 32768, 32764, FRAGMENTED, -1, swiotlb=65536",
        "8192, 32768, 16385, FRAGMENTED, -1, swiotlb=65536",
        // no size helps
        "8192, 32768, 16384, NEITHER, -1, ''",
        "262145, 32768, 32768, TOO_LARGE, -1, ''",
        // no pool of that size lies below 4 GiB
        "262144, 1048576, 1048576, EXHAUSTED, 1048704, ''",
        // used beyond the total, as with transient pools
        "2048, 512, 600, EXHAUSTED, 601, swiotlb=1024",
        "8, 0, 0, NO_POOL, 32768, swiotlb=32768",
        // a driver's mistake, whatever the pool is like
        "0, 32768, 32768, EMPTY, -1, ''",
        "0, 32768, 20000, EMPTY, -1, ''",
        "0, 0, 0, EMPTY, -1, ''"})
    void shouldSayWhatIsEnoughAndWhatToWrite(
        final long bytes, final long total, final long used, final Verdict verdict, final long enough,
        final String write)
    {
        final Finding finding =
            examine(refusal("stmmaceth", bytes, total, used), Machine.unknown()).findings().getFirst();
        assertEquals(verdict, finding.complaint().verdict());
        assertEquals(enough, finding.enough());
        assertEquals(write.isEmpty() ? List.of() : List.of(write), finding.write());
    }

    @ParameterizedTest
    @CsvSource({"nvme, 258048, FRAGMENTED", "nvme, 260095, FRAGMENTED", "nvme, 260096, TOO_LARGE",
        "hv_storvsc, 262144, TOO_LARGE", "virtio-pci, 262144, FRAGMENTED", "virtio-pci, 262145, TOO_LARGE"})
    void shouldKnowDriversWithAMask(final String driver, final long bytes, final Verdict verdict)
    {
        assertEquals(verdict, examine(refusal(driver, bytes, 32_768, 20_000), Machine.unknown())
            .findings().getFirst().complaint().verdict());
    }

    @Test
    void shouldTellThatSlotsWereFreeOfAllLinesTogether()
    {
        final Finding finding = examine(refusal("virtio-pci", 262_144, 32_768, 20_000) +
            refusal("virtio-pci", 4096, 32_768, 32_766), Machine.unknown()).findings().getFirst();
        assertEquals("The largest request takes 128 slots of 2048 bytes in one piece, and 2 to 12,768 of 32,768 were " +
            "free, but in smaller pieces: a run never goes beyond a segment of 128 slots.", finding.why());
    }

    @Test
    void shouldNotWriteALineThatMakesThePoolSmaller()
    {
        final String boots = "Linux version 6.1\n" + refusal("e1000", 4096, 1024, 1024) + "Linux version 6.1\n" +
            "software IO TLB: mapped [mem 0x0000000070000000-0x0000000078000000] (128MB)\n";
        final Diagnosis diagnosis = examine(boots, machine("swiotlb=65536", 4));
        assertEquals(List.of(), diagnosis.findings().getFirst().write());
        assertEquals("By the boot lines the pool has 65,536 slots now: the refusal is older than that, or the device " +
            "has a pool of its own. See whether it comes again.", diagnosis.findings().getFirst().advice().getFirst());
        assertEquals("", diagnosis.line());
        assertTrue(diagnosis.isWrong());
        final Finding none = examine(boots.replace("1024 (", "0 ("), machine("", 4)).findings().getFirst();
        assertEquals(Verdict.NO_POOL, none.complaint().verdict());
        assertEquals("The kernel had no pool then.", none.why());
        assertEquals(List.of(), none.write());
        // One that is smaller than what is needed is written.
        assertEquals(List.of("swiotlb=131072,4"), examine(boots + refusal("e1000", 4096, 65_536, 65_536),
            machine("", 4)).findings().get(1).write());
    }

    @Test
    void shouldWriteALineForAPoolThatGrewByItself()
    {
        final Machine grown =
            new Machine("", true, List.of(new DebugfsPool("", 65_536, 1, 2, 0)), null, 1, Map.of());
        assertEquals(List.of("swiotlb=2048,1"),
            examine(refusal("e1000", 4096, 1024, 1024), grown).findings().getFirst().write());
    }

    @Test
    void shouldKnowThatThePoolIsGone()
    {
        final Diagnosis diagnosis = examine("software IO TLB: mapped [mem 0x0000000077000000-0x000000007b000000] " +
            "(64MB)\nsoftware IO TLB: tearing down default memory pool\n", Machine.unknown());
        assertEquals(0, diagnosis.pool().slots());
        assertFalse(diagnosis.isWrong());
    }

    @Test
    void shouldNotTakeAPoolThatDidNotGrowForARefusal()
    {
        final Diagnosis diagnosis = examine("Memory Encryption Features active: AMD SEV\n" +
            "software IO TLB: Failed to allocate new pool\n".repeat(10) +
            "swiotlb_dyn_alloc: 12 callbacks suppressed\n", Machine.unknown());
        assertFalse(diagnosis.isWrong());
        assertEquals(List.of("kernel log: Failed to allocate new pool",
            "kernel log: swiotlb_dyn_alloc: 12 callbacks suppressed"),
            diagnosis.lookedAt().subList(2, diagnosis.lookedAt().size()));
        assertEquals(List.of(), diagnosis.warnings());
    }

    @Test
    void shouldOfferADiskSmallerRequests()
    {
        assertEquals(List.of("echo 128 > /sys/block/DISK/queue/max_sectors_kb"),
            examine(refusal("nvme", 1 << 20, 32_768, 5), Machine.unknown()).findings().getFirst().write());
    }

    @Test
    void shouldKeepWhatElseTheCommandLineSays()
    {
        assertEquals(List.of("swiotlb=65536,4,force"), examine("Command line: swiotlb=32768,4,force\n" +
            "[ 1.5] Kernel command line: quiet swiotlb=32768,4,force -- swiotlb=1\n" +
            refusal("e1000", 4096, 32_768, 32_768), Machine.unknown()).findings().getFirst().write());
    }

    @ParameterizedTest
    @CsvSource({"swiotlb=noforce, Take swiotlb=noforce off the command line.",
        "iommu=off, Take iommu=off off the command line."})
    void shouldTellWhatSwitchedThePoolOff(final String word, final String advice)
    {
        final Finding finding =
            examine(refusal("ehci-pci", 8, 0, 0), machine("quiet " + word, 4)).findings().getFirst();
        assertEquals(List.of(), finding.write());
        assertEquals(advice, finding.advice().getFirst());
    }

    @Test
    void shouldWriteAreasForTheProcessors()
    {
        final String refusal = refusal("e1000", 4096, 512, 512);
        assertEquals(List.of("swiotlb=1024"), examine(refusal, Machine.unknown()).findings().getFirst().write());
        assertEquals(List.of("swiotlb=1024,8"), examine(refusal, machine("", 5)).findings().getFirst().write());
        // At least 128 slots for each area.
        assertEquals(List.of("swiotlb=8192,64"), examine(refusal, machine("", 64)).findings().getFirst().write());
    }

    @Test
    void shouldWriteNoAreasForKernelsThatDoNotKnowThem()
    {
        final String refusal = refusal("e1000", 4096, 32_768, 32_768);
        final Machine machine = machine("swiotlb=32768,force", 8);
        // Linux 5.15 compares all behind the first comma with "force".
        final Diagnosis old = examine("Linux version 5.15.0-91-generic (gcc)\n" + refusal, machine);
        assertEquals(List.of("swiotlb=65536,force"), old.findings().getFirst().write());
        assertEquals(Verdict.UNKNOWN, old.pool().areas());
        final Diagnosis first = examine("Linux version 6.0.0-6-amd64 (gcc)\n" + refusal, machine);
        assertEquals(List.of("swiotlb=65536,8,force"), first.findings().getFirst().write());
        assertEquals(8, first.pool().areas());
    }

    @ParameterizedTest
    @CsvSource({"AMD SEV SEV-ES SEV-SNP, true", "Intel TDX, true", "AMD SME, false"})
    void shouldTellAGuestFromAHostThatEncryptsItsMemory(final String features, final boolean isGuest)
    {
        final String advice = advice("Memory Encryption Features active: " + features + "\nsoftware IO TLB: " +
            "Memory encryption is active and system is using DMA bounce buffers\n" +
            refusal("ast", 3_145_728, 32_768, 0));
        assertEquals(isGuest, advice.contains("everything bounces, whatever the mask"), advice);
        assertEquals(!isGuest, advice.contains("a mask of 64 bits"), advice);
    }

    @Test
    void shouldTellOneLineForAll()
    {
        final Diagnosis diagnosis = examine(refusal("nvme", 1 << 20, 512, 0) + refusal("a", 4096, 512, 512) +
            refusal("b", 4096, 2048, 2048) + refusal("c", 4096, 1024, 1024), machine("swiotlb=512,force", 2));
        assertEquals("swiotlb=4096,2,force", diagnosis.line());
        assertEquals("", examine(refusal("nvme", 1 << 20, 512, 0), machine("", 2)).line());
    }

    @Test
    void shouldLetAPoolBeLargerThatLiesAnywhere()
    {
        final String boot = "software IO TLB: mapped [mem 0x0000001fb9c00000-0x0000001ff9c00000] (1024MB)\n";
        final String refusal = refusal("nvme", 4096, 1_048_576, 1_048_576);
        assertEquals(
            List.of("swiotlb=2097152"), examine(boot + refusal, Machine.unknown()).findings().getFirst().write());
        assertEquals(List.of(), examine(refusal, Machine.unknown()).findings().getFirst().write());
    }

    @Test
    void shouldHaveAnAnswerWhateverTheNumbersAre()
    {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        for (int round = 0; round < 5000; round++)
        {
            final long total = number(random);
            final String log = "software IO TLB: area num " + number(random) + ".\n" +
                "software IO TLB: mapped [mem 0x0-0x" + Long.toHexString(number(random)) + "] (1MB)\n" +
                refusal(random.nextBoolean() ? "nvme" : "e1000", number(random), total, number(random));
            final DebugfsPool defaultPool = new DebugfsPool("", number(random), number(random), number(random), -1);
            final DebugfsPool region = new DebugfsPool("wifi", random.nextBoolean() ? total : number(random), 1, 1, -1);
            final ReservedPool reserved = new ReservedPool("net", number(random), List.of("/soc/x@1"), "");
            final Machine machine = new Machine("swiotlb=" + number(random) + "," + number(random), true,
                List.of(defaultPool, region), List.of(reserved), number(random), Map.of());
            final Diagnosis diagnosis =
                assertDoesNotThrow(() -> examine(log, machine), () -> "seed=" + seed + ' ' + log);
            assertTrue(diagnosis.line().matches("(swiotlb=[0-9]+(,[0-9]+)?)?"), diagnosis::line);
        }
    }

    @Test
    void shouldWriteNoLineForAPoolThatCanNotBe()
    {
        final Machine machine = new Machine("", true, List.of(new DebugfsPool("", 1L << 40, 1, 1, -1)), null, 1 << 20,
            Map.of());
        final Finding finding = examine(refusal("x", 262_144, 1L << 26, 5), machine).findings().getFirst();
        assertEquals(Verdict.NEITHER, finding.complaint().verdict());
        assertEquals(List.of(), finding.write());
        // Areas that are too small, in a pool that can be.
        final Machine small = new Machine("", true, List.of(new DebugfsPool("", 1L << 30, 1, 1, -1)), null, 1 << 20,
            Map.of());
        assertEquals(List.of("swiotlb=16777216,1"), examine(refusal("x", 262_144, 1L << 24, 5), small)
            .findings().getFirst().write());
    }

    private static long number(final Random random)
    {
        return (1L << random.nextInt(63)) - random.nextInt(2) + random.nextInt(3) & Long.MAX_VALUE;
    }

    @Test
    void shouldKnowThatASlotFitsIntoEveryHole()
    {
        assertTrue(advice(refusal("mt7615e", 1500, 32_768, 32_700)).contains("A single slot fits into every hole"));
        assertFalse(advice(refusal("mt7615e", 3776, 32_768, 32_700)).contains("A single slot"));
    }

    @Test
    void shouldTellALeakFromABurst()
    {
        final StringBuilder leak = new StringBuilder();
        final StringBuilder burst = new StringBuilder();
        for (int i = 0; i < 5; i++)
        {
            final String refusal = refusal("rtl8192ee", 4000, 32_768, 32_760 + 2 * i);
            leak.append("[ ").append(100 + 30 * i).append(".0] ").append(refusal);
            burst.append("[ ").append(100 + i).append(".0] ").append(refusal);
        }
        leak.append("[ 225.0] ").append(refusal("rtl8192ee", 8000, 32_768, 32_768));
        burst.append("[ 105.0] ").append(refusal("rtl8192ee", 8000, 32_768, 32_768));
        assertTrue(advice(leak.toString()).contains("It looks like a leak: in 6 refusals over 125 s the used slots " +
            "never fell (32760 to 32768)."), () -> advice(leak.toString()));
        assertFalse(advice(burst.toString()).contains("looks like a leak"), () -> advice(burst.toString()));
        final String fell = leak + "[ 230.0] " + refusal("rtl8192ee", 8000, 32_768, 32_765);
        assertFalse(advice(fell).contains("looks like a leak"), () -> advice(fell));
    }

    @Test
    void shouldSayThatASizeIsToldInTwoWays()
    {
        final Machine machine = new Machine("swiotlb=65536", true, List.of(new DebugfsPool("", 32_768, 1, 2, -1)),
            null, 4, Map.of());
        final Diagnosis diagnosis = examine("software IO TLB: mapped [mem 0x1000000-0x2000000] (16MB)\n" +
            refusal("e1000", 4096, 8192, 8192), machine);
        assertEquals(new PoolSize(32_768, "debugfs", 4, List.of(
            "the boot lines say 8,192 slots, debugfs has 32,768",
            "the last refusal says 8,192 slots, debugfs has 32,768",
            "the command line asks for 65,536 slots, debugfs has 32,768")), diagnosis.pool());
        assertEquals(1, diagnosis.warnings().size());
    }

    @Test
    void shouldNotMindTheKernelsRounding()
    {
        final Machine machine = new Machine("swiotlb=40000", true, List.of(new DebugfsPool("", 65_536, 1, 2, -1)),
            null, 6, Map.of());
        assertEquals(new PoolSize(65_536, "debugfs", 8, List.of()), examine("", machine).pool());
        final Machine many = new Machine("swiotlb=1024", true, List.of(new DebugfsPool("", 2048, 1, 2, -1)), null, 12,
            Map.of());
        assertEquals(new PoolSize(2048, "debugfs", 16, List.of()), examine("", many).pool());
        assertEquals(List.of("the command line asks for 1,024 slots, the boot lines have 4,096"),
            examine("software IO TLB: mapped [mem 0x1000000-0x1800000] (8MB)\n", machine("swiotlb=1024", 12))
                .pool().differs());
    }

    @Test
    void shouldReadTheCommandLineAsTheKernelDoes()
    {
        final Machine two = machine("swiotlb=0x100 a=b swiotlb=4095,2,force -- swiotlb=512", 4);
        assertEquals(4096, examine("", two).pool().slots());
        assertEquals(new PoolSize(256, "the command line", 2, List.of()),
            examine("", machine("swiotlb=0x81,2", 4)).pool());
        assertEquals(1024, examine("", machine("swiotlb=02000", 4)).pool().slots());
        assertEquals(Verdict.UNKNOWN, examine("", machine("swiotlb=force", 4)).pool().slots());
        assertEquals(Verdict.UNKNOWN, examine("", machine("swiotlb=" + "9".repeat(40), 4)).pool().slots());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        swiotlb=64M           |    128 | swiotlb=65536       | M
        swiotlb=512m,force    |    512 | swiotlb=65536       | m,force
        swiotlb=force,262144  |     -1 | swiotlb=65536       | force,262144
        swiotlb=force,swiotlb=512M | -1 | swiotlb=65536      | force,swiotlb=512M
        swiotlb=soft          |     -1 | swiotlb=65536       | soft
        swiotlb=1,2,force     |    256 | swiotlb=65536,2,force | ''
        swiotlb=,4            |     -1 | swiotlb=65536,4     | ''
        swiotlb=0X200`        |    512 | swiotlb=65536       | ''
        """)
    void shouldTellWhatTheKernelDoesNotReadOfItsCommandLine(
        final String word, final long slots, final String write, final String ignored)
    {
        final Diagnosis diagnosis = examine("Command line: quiet " + word + '\n', Machine.unknown());
        assertEquals(slots, diagnosis.pool().slots());
        assertEquals(ignored.isEmpty() ? 0 : 1, diagnosis.warnings().size(), diagnosis.warnings()::toString);
        assertTrue(ignored.isEmpty() || diagnosis.warnings().getFirst().startsWith("The kernel does not read \"" +
            ignored + "\" in " + word + ':'), diagnosis.warnings()::toString);
        assertEquals(List.of(write), examine("Command line: " + word + '\n' + refusal("e1000", 4096, 32_768, 32_768),
            Machine.unknown()).findings().getFirst().write());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "6.6.0|swiotlb=128|-1|128 slots, 256 KiB; since Linux 6.0 at least 128 for each CPU",
        "6.6.0|swiotlb=128|8|1,024 slots, 2 MiB",
        "6.6.0|swiotlb=128|6|1,024 slots, 2 MiB",
        "6.6.0|swiotlb=40000|8|65,536 slots, 128 MiB",
        "6.6.0|swiotlb=128,1|8|128 slots, 256 KiB",
        "5.15.0|swiotlb=128|8|128 slots, 256 KiB",
        "6.6.0|swiotlb=65536|-1|65,536 slots, 128 MiB"})
    void shouldTellTheSizeThatWasAskedFor(
        final String version, final String word, final long cpus, final String size)
    {
        final Machine machine = new Machine(null, true, List.of(), null, cpus, Map.of());
        final Diagnosis diagnosis = examine("Linux version " + version + "\nCommand line: " + word + '\n', machine);
        assertTrue(diagnosis.lookedAt().contains("command line: " + word + " (" + size + ")"),
            diagnosis.lookedAt()::toString);
        assertTrue(size.startsWith(Amount.of(diagnosis.pool().slots()) + " slots"), diagnosis.pool()::toString);
    }

    @ParameterizedTest
    @CsvSource({"swiotlb=524288, swiotlb=262144", "quiet, swiotlb=131072"})
    void shouldAskForLessThanWasNotThereAtBoot(final String word, final String write)
    {
        final String boot = "Linux version 5.19.0\nCommand line: " + word + "\nMemory Encryption Features active: " +
            "AMD SEV SEV-ES SEV-SNP\nsoftware IO TLB: swiotlb_init_remap: failed to allocate tlb structure\n";
        final Diagnosis diagnosis = examine(boot, Machine.unknown());
        assertTrue(diagnosis.isWrong());
        assertTrue(diagnosis.warnings().getFirst().startsWith("The kernel found no memory for its pool at boot"),
            diagnosis.warnings()::toString);
        assertEquals(List.of(write), examine(boot + "virtio-pci 0000:00:02.0: Can not allocate SWIOTLB buffer earlier",
            Machine.unknown()).findings().getFirst().write());
        // Without encryption most devices need none.
        assertFalse(examine("software IO TLB: No low mem\n", Machine.unknown()).isWrong());
        assertFalse(examine(boot + "software IO TLB: mapped [mem 0x77000000-0x7b000000] (64MB)\n", Machine.unknown())
            .isWrong());
    }

    @ParameterizedTest
    @CsvSource({"Booting kernel on Xen, true", "Booting paravirtualized kernel on Xen, true",
        "Booting kernel on Xen PVH, false", "Booting paravirtualized kernel on Xen HVM, false"})
    void shouldNotOfferAMaskToADomainOfXen(final String boot, final boolean isXen)
    {
        // github.com/QubesOS/qubes-issues 5670: a graphics card of 64 bits in dom0, a pool twice as large did not help.
        final String advice = examine("[    0.000000] Linux version 5.4.16-1.qubes\n[    0.043677] " + boot + "\n" +
            "amdgpu 0000:0d:00.0: swiotlb buffer is full (sz: 2097152 bytes), total 32768 (slots), used 0 (slots)\n",
            Machine.unknown()).findings().getFirst().advice().toString();
        assertEquals(isXen, advice.contains("PV domain of Xen"), advice);
        assertEquals(isXen, !advice.contains("a mask of 64 bits"), advice);
    }

    @Test
    void shouldTellOfMemoryToUseInPlace()
    {
        final Finding finding = examine("udmabuf udmabuf@1: swiotlb buffer is full (sz: 134217728 bytes)\n" +
            "udmabuf udmabuf@1: swiotlb: coherent allocation failed, size=134217728\n", Machine.unknown())
            .findings().getFirst();
        assertEquals(List.of("cma=256M"), finding.write());
        assertTrue(finding.why().contains("dma_alloc_coherent"), finding::why);
    }

    @Test
    void shouldTellThatThereIsNoPoolForADeviceOfShortReach()
    {
        final Finding finding = examine("xhci-hcd PNP0D10:00: DMA addr 0x00000000a3930000+65536 overflow (mask " +
            "ffffffffffffffff, bus limit 7fffffff)", Machine.unknown()).findings().getFirst();
        assertEquals(List.of("swiotlb=32768"), finding.write());
        assertTrue(finding.why().startsWith("The device reaches addresses up to 0x7fffffff, and the memory that it " +
            "was to use lies at 0xa3930000. The kernel has no pool: "), finding::why);
    }

    @Test
    void shouldKnowThePoolOfADevice()
    {
        final Machine machine = new Machine("", true, List.of(new DebugfsPool("", 32_768, 1, 2, -1),
            new DebugfsPool("wifi@50000000", 1024, 1, 2, -1)), List.of(), 4, Map.of());
        final Finding finding = examine(refusal("ath10k", 4096, 1024, 1023), machine).findings().getFirst();
        assertEquals("wifi@50000000", finding.pool());
        // 1025 slots, a quarter more, in whole segments of 256 KiB.
        assertEquals("    size = <0x0 0x2c0000>;", finding.write().get(3));
    }

    @Test
    void shouldTellOfAreasThatAreTooSmall()
    {
        final String boot = "software IO TLB: area num 8.\n";
        final Finding small = examine(boot + refusal("x", 262_144, 512, 100), machine("", 8)).findings().getFirst();
        assertTrue(small.advice().getFirst().startsWith("Areas are not the reason: each of the 4 has 128 slots"),
            small.advice()::toString);
        final Finding fragmented =
            examine(boot + refusal("x", 262_144, 1024, 700), machine("", 8)).findings().getFirst();
        assertTrue(fragmented.advice().toString().contains("cut into 8 areas of 128 slots"),
            fragmented.advice()::toString);
    }

    @ParameterizedTest
    @CsvSource({"sys/kernel/debug", "sys/kernel/debug/swiotlb", "sys/kernel/debug/swiotlb/io_tlb_nslabs"})
    void shouldNotAskToMountWhatIsMountedButCanNotBeRead(final String name)
    {
        final Machine machine =
            new Machine("", false, List.of(), null, 1, Map.of(name, "permission denied"));
        final String unknown = examine("", machine).unknown().toString();
        assertTrue(unknown.contains(name + " could not be read: permission denied; be root."), unknown);
        assertTrue(unknown.contains("debugfs can not be read, see above."), unknown);
        assertFalse(unknown.contains("mount"), unknown);
    }

    @Test
    void shouldBeWrongWhereAPoolWasFull()
    {
        final Machine full = new Machine("", true, List.of(new DebugfsPool("", 512, 3, 512, -1)), null, 1, Map.of());
        final Diagnosis diagnosis = examine("", full);
        assertTrue(diagnosis.isWrong());
        assertEquals(List.of("The pool was full at least once: io_tlb_used_hiwater is 512 of 512 slots."),
            diagnosis.warnings());
        assertFalse(examine("", machine("", 1)).isWrong());
        assertTrue(examine("swiotlb_tbl_map_single: 3 callbacks suppressed", machine("", 1)).isWrong());
    }

    @Test
    void shouldTellThatAPoolIsOutOfReach()
    {
        final Finding finding = examine("cx23885 0000:01:00.0: swiotlb addr 0x000000041ad44000+16384 overflow " +
            "(mask ffffffff, bus limit 4ffffffff).", Machine.unknown()).findings().getFirst();
        assertEquals("The device reaches addresses up to 0xffffffff, and the memory that it was to use lies at " +
            "0x41ad44000. No size will help.", finding.why());
    }

    private static String refusal(final String driver, final long bytes, final long total, final long used)
    {
        return driver + " 0000:00:02.0: swiotlb buffer is full (sz: " + bytes + " bytes), total " + total +
            " (slots), used " + used + " (slots)\n";
    }

    private static String advice(final String log)
    {
        return examine(log, Machine.unknown()).findings().getLast().advice().toString();
    }

    private static Machine machine(final String commandLine, final long cpus)
    {
        return new Machine(commandLine, false, List.of(), null, cpus, Map.of());
    }

    private static Diagnosis examine(final String log, final Machine machine)
    {
        return Doctor.examine(KernelLogTest.read(log), machine, "");
    }
}
