/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Copies of /proc and /sys, whole, in part and hostile.
 */
final class MachineTest
{
    private static final String DEBUGFS = "sys/kernel/debug/swiotlb/";

    @TempDir
    private Path directory;

    @Test
    void shouldReadDebugfs() throws IOException
    {
        write(DEBUGFS + "io_tlb_nslabs", "32768\n");
        write(DEBUGFS + "io_tlb_used", "12\n");
        write(DEBUGFS + "io_tlb_used_hiwater", "3100\n");
        write(DEBUGFS + "wifi@50000000/io_tlb_nslabs", "1024\n");
        write(DEBUGFS + "wifi@50000000/io_tlb_used", "18446744073709551615\n");
        write(DEBUGFS + "wifi@50000000/io_tlb_used_hiwater", "2048\n");
        write(DEBUGFS + "wifi@50000000/io_tlb_transient_nslabs", "0\n");
        final Machine machine = Machine.read(directory);
        assertTrue(machine.debugfs());
        assertEquals(List.of(
            new DebugfsPool("", 32_768, 12, 3100, Verdict.UNKNOWN),
            new DebugfsPool("wifi@50000000", 1024, Verdict.UNKNOWN, 2048, 0)), machine.pools());
        assertFalse(machine.pools().getFirst().wasFull());
        assertTrue(machine.pools().getLast().wasFull(), "of what was there for a moment, too");
        assertFalse(new DebugfsPool("", 0, 0, 0, Verdict.UNKNOWN).wasFull());
        assertTrue(new DebugfsPool("", 512, 512, Verdict.UNKNOWN, Verdict.UNKNOWN).wasFull(), "now");
        write(DEBUGFS + "io_tlb_nslabs", "0\n");
        write(DEBUGFS + "wifi@50000000/io_tlb_used_hiwater", "2049\n");
        assertEquals(List.of(0L, 1024L), Machine.read(directory).pools().stream().map(DebugfsPool::slots).toList());
        assertEquals(Verdict.UNKNOWN, Machine.read(directory).pools().getLast().most(), "more than twice is not so");
        assertEquals(Map.of(), machine.unread());
        assertNull(machine.reserved());
        assertNull(machine.commandLine());
    }

    /** No locale has text for such a byte alone, so that Java has no name for it. */
    @Test
    void shouldTellOfNamesThatAreNoText() throws IOException, InterruptedException
    {
        write(DEBUGFS + "io_tlb_nslabs", "1024\n");
        final Process process = new ProcessBuilder("sh", "-c", "mkdir \"$(printf 'wifi\\377')\"")
            .directory(directory.resolve(DEBUGFS).toFile()).start();
        assertEquals(0, process.waitFor());
        final Machine machine = Machine.read(directory);
        assertEquals(1, machine.pools().size());
        assertEquals(Map.of("sys/kernel/debug/swiotlb", "names in it are no text in this locale (try LC_ALL=C.UTF-8)"),
            machine.unread());
    }

    @Test
    void shouldLookAtNoDeeperNodesThanTheKernel() throws IOException
    {
        final String base = "proc/device-tree/";
        write(base + "reserved-memory/p@1/compatible", "restricted-dma-pool\0");
        cells(base + "reserved-memory/p@1/phandle", 7);
        cells(base + "a/".repeat(64) + "memory-region", 7, 7);
        Machine machine = Machine.read(directory);
        assertEquals(List.of("/a".repeat(64)), machine.reserved().getFirst().devices());
        assertEquals(Map.of(), machine.unread());
        cells(base + "a/".repeat(65) + "memory-region", 7);
        machine = Machine.read(directory);
        assertEquals(List.of("/a".repeat(64)), machine.reserved().getFirst().devices());
        assertTrue(machine.unread().get("proc/device-tree").contains("not all were looked at"));
    }

    @Test
    void shouldFindReservedPoolsAndTheirDevices() throws IOException
    {
        // As on a real machine: a link with an absolute path, which must not lead to this machine's tree.
        Files.createDirectories(directory.resolve("proc"));
        Files.createSymbolicLink(directory.resolve("proc/device-tree"), Path.of("/sys/firmware/devicetree/base"));
        final String base = "sys/firmware/devicetree/base/";
        cells(base + "reserved-memory/#address-cells", 2);
        cells(base + "reserved-memory/#size-cells", 1);
        write(base + "reserved-memory/wifi@50000000/compatible", "vendor,pool\0restricted-dma-pool\0");
        cells(base + "reserved-memory/wifi@50000000/reg", 0, 0x50000000, 0x400000);
        cells(base + "reserved-memory/wifi@50000000/phandle", 7);
        write(base + "reserved-memory/net/compatible", "restricted-dma-pool\0");
        cells(base + "reserved-memory/net/size", 0x100000);
        write(base + "reserved-memory/net/no-map", "");
        write(base + "reserved-memory/net/status", "okay\0");
        write(base + "reserved-memory/cma/compatible", "shared-dma-pool\0");
        write(base + "reserved-memory/off/compatible", "restricted-dma-pool\0");
        write(base + "reserved-memory/off/status", "disabled\0");
        cells(base + "soc/wlan@38200000/memory-region", 3, 7);
        cells(base + "soc/zigbee@1/memory-region", 7);
        final Machine machine = Machine.read(directory);
        assertEquals(List.of(
            new ReservedPool("net", 0x100000, List.of(), "no-map"),
            new ReservedPool("wifi@50000000", 0x400000, List.of("/soc/wlan@38200000", "/soc/zigbee@1"), "")),
            machine.reserved());
        assertTrue(machine.reserved().get(1).serves("38200000.wlan"));
        assertFalse(machine.reserved().get(1).serves("38200000.wla"));
        assertFalse(machine.reserved().get(1).serves(""));
        assertTrue(new ReservedPool("x", 1, List.of("/soc/gpu"), "").serves("gpu"));
    }

    /** Two cells for an address and two for a size where the tree does not tell. */
    @Test
    void shouldReadSizesWithoutANumberOfCells() throws IOException
    {
        final String node = "sys/firmware/devicetree/base/reserved-memory/";
        write(node + "a@1/compatible", "restricted-dma-pool");
        cells(node + "a@1/reg", 0, 0x50000000, 1, 0xc0000000);
        write(node + "b@2/compatible", "restricted-dma-pool");
        cells(node + "b@2/size", 0, 0x400000);
        final Machine machine = Machine.read(directory);
        assertEquals(List.of(0x1c0000000L, 0x400000L), machine.reserved().stream().map(ReservedPool::bytes).toList());
        assertFalse(machine.debugfs(), "there is none");
    }

    @Test
    void shouldCountProcessors() throws IOException
    {
        for (final Map.Entry<String, Long> each : Map.of("0\n", 1L, "0-3\n", 4L, "0-1,4-7\n", 6L, "", Verdict.UNKNOWN,
            "3-0", Verdict.UNKNOWN, "0-99999999999999999", Verdict.UNKNOWN, "\0\0", Verdict.UNKNOWN).entrySet())
        {
            write("sys/devices/system/cpu/possible", each.getKey());
            assertEquals(each.getValue(), Machine.read(directory).cpus(), each::getKey);
        }
    }

    @Test
    void shouldNotLeaveTheDirectory() throws IOException
    {
        final Path outside = Files.writeString(directory.resolve("secret"), "swiotlb=666");
        final Path root = Files.createDirectories(directory.resolve("root"));
        Files.createDirectories(root.resolve("proc"));
        Files.createSymbolicLink(root.resolve("proc/cmdline"), Path.of("../../secret"));
        assertNull(Machine.read(root).commandLine());
        Files.delete(root.resolve("proc/cmdline"));
        Files.createSymbolicLink(root.resolve("proc/cmdline"), outside.toAbsolutePath());
        assertNull(Machine.read(root).commandLine());
        Files.writeString(root.resolve("secret"), "swiotlb=512");
        Files.delete(root.resolve("proc/cmdline"));
        Files.createSymbolicLink(root.resolve("proc/cmdline"), Path.of("../../../../secret"));
        assertEquals("swiotlb=512", Machine.read(root).commandLine());
        Files.delete(root.resolve("proc/cmdline"));
        Files.createSymbolicLink(root.resolve("proc/cmdline"), Path.of("/secret"));
        assertEquals("swiotlb=512", Machine.read(root).commandLine(), "from its own root");
    }

    @Test
    void shouldTellWhatIsNoOrdinaryFile() throws IOException
    {
        Files.createDirectories(directory.resolve("proc/cmdline"));
        Files.createDirectories(directory.resolve(DEBUGFS));
        Files.createSymbolicLink(directory.resolve(DEBUGFS + "io_tlb_nslabs"), Path.of("io_tlb_nslabs"));
        write(DEBUGFS + "empty/io_tlb_nslabs", "");
        write(DEBUGFS + "text\u001b[31m/io_tlb_nslabs", "many");
        Files.createDirectories(directory.resolve(DEBUGFS + "bad\u0007/io_tlb_nslabs"));
        final Machine machine = Machine.read(directory);
        assertEquals(List.of(), machine.pools());
        assertEquals(Map.of(
            "proc/cmdline", "it is no ordinary file",
            DEBUGFS + "io_tlb_nslabs", "too many links",
            DEBUGFS + "empty/io_tlb_nslabs", "it has no number",
            DEBUGFS + "text?[31m/io_tlb_nslabs", "it has no number",
            DEBUGFS + "bad?/io_tlb_nslabs", "it is no ordinary file"), machine.unread());
    }

    @Test
    void shouldTellALinkThatLeadsNowhere() throws IOException
    {
        Files.createDirectories(directory.resolve("proc"));
        Files.createSymbolicLink(directory.resolve("proc/cmdline"), Path.of("/does/not/exist"));
        assertEquals(Map.of("proc/cmdline", "it is a link, and what it leads to is not below the root directory"),
            Machine.read(directory).unread());
    }

    @Test
    void shouldReadTheBeginningOfAHugeFile() throws IOException
    {
        write("proc/cmdline", "swiotlb=4096 ".repeat(1_000_000));
        assertTrue(Machine.read(directory).commandLine().length() <= 1 << 16);
    }

    @Test
    void shouldTakeAGarbledTree() throws IOException
    {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        final String node = "sys/firmware/devicetree/base/reserved-memory/x@1/";
        for (int round = 0; round < 50; round++)
        {
            write(node + "compatible", "restricted-dma-pool");
            for (final String name : List.of("reg", "size", "phandle", "../#address-cells", "../#size-cells"))
            {
                final byte[] bytes = new byte[random.nextInt(20)];
                random.nextBytes(bytes);
                Files.write(directory.resolve(node + name), bytes);
            }
            final List<ReservedPool> pools = Machine.read(directory).reserved();
            assertEquals(1, pools.size(), () -> "seed=" + seed);
            assertTrue(pools.getFirst().bytes() >= Verdict.UNKNOWN, () -> "seed=" + seed + ", pools=" + pools);
        }
    }

    private void write(final String name, final String text) throws IOException
    {
        Files.createDirectories(directory.resolve(name).getParent());
        Files.writeString(directory.resolve(name), text);
    }

    private void cells(final String name, final int... cells) throws IOException
    {
        final ByteBuffer bytes = ByteBuffer.allocate(cells.length * Integer.BYTES);
        bytes.asIntBuffer().put(cells);
        Files.createDirectories(directory.resolve(name).getParent());
        Files.write(directory.resolve(name), bytes.array());
    }
}
