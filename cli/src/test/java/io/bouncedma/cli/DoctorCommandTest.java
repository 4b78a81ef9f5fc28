/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * {@code bounce-dma doctor} of logs and of copies of machines.
 */
final class DoctorCommandTest
{
    private static final int MAX_COLUMNS = 100;
    private static final String REFUSAL = "[   51.134643] virtio_ccw 0.0.0000: swiotlb buffer is full (sz: 262144 " +
        "bytes), total 32768 (slots), used 28249 (slots)\n";

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0} {1}: {5}")
    @CsvSource({
        "ehci-pci, 0000:00:1a.0, 8, 0, 0, no_pool, []",
        "e1000, 0000:00:03.0, 81, 0, 0, no_pool, []",
        "spacemit-k1xvi, c0230000.vi, 1048576, 65536, 498, too_large, []",
        "virtio-pci, 0:1.0, 294912, 1024, 725, too_large, '[\"echo 128 > /sys/block/DISK/queue/max_sectors_kb\"]'",
        "udl, 2-1.4:1.0, 2097152, 65536, 1, too_large, []",
        "rtl8192ee, 0000:05:00.0, 4000, 32768, 32768, exhausted, '[\"swiotlb=65536,4\"]'",
        "virtio-pci, 0000:00:02.0, 262144, 524288, 523564, fragmented, '[\"swiotlb=1048576,4\"]'",
        "virtio_ccw, 0.0.0000, 262144, 32768, 28249, fragmented, '[\"swiotlb=65536,4\"]'",
        "stmmaceth, 0000:00:1d.2, 8192, 32768, 32764, fragmented, '[\"swiotlb=65536,4\"]'",
        "xhci_hcd, 0000:3a:00.0, 8192, 32768, 16, neither, []",
        "hv_storvsc, f8b3781a-1e82, 65536, 32768, 0, neither, []"})
    void shouldExamineACopyOfAMachine(
        final String driver, final String device, final long bytes, final long total, final long used,
        final String verdict, final String write) throws IOException
    {
        write("proc/cmdline", 0 == total ? "quiet iommu=off\n" : "quiet\n");
        write("sys/devices/system/cpu/possible", "0-3\n");
        if (total > 0)
        {
            write("sys/kernel/debug/swiotlb/io_tlb_nslabs", total + "\n");
            write("sys/kernel/debug/swiotlb/io_tlb_used", used + "\n");
        }
        else
        {
            write("sys/kernel/debug/sleep_time", "\n");
        }
        write("var/log/dmesg", "[    0.000000] Linux version 6.1.0-44-amd64 (debian)\n[   12.5] " + driver + ' ' +
            device + ": swiotlb buffer is full (sz: " + bytes + " bytes), total " + total + " (slots), used " + used +
            " (slots)\n");
        final CommandRun run = CommandRun.of("doctor", "--root", directory.toString(), "--json");
        assertEquals(Main.EXIT_FAILED, run.exitCode(), run.errors());
        assertTrue(run.output().startsWith("{\"wrong\":true,\"complaints\":[{\"driver\":\"" + driver +
            "\",\"device\":\"" + device + "\",\"verdict\":\"" + verdict +
            "\",\"region\":\"\",\"count\":1,\"first\":\"12.5\""), run.output());
        assertTrue(run.output().contains("\"write\":" + write + ","), run.output());
        assertTrue(run.output().contains("\"pool_slots\":" + total + ",\"pool_source\":\"" +
            (0 == total ? "the last refusal" : "debugfs")), run.output());
        assertEquals(1, run.output().lines().count());
        assertNarrow(CommandRun.of("doctor", "--root", directory.toString()).output());
    }

    @Test
    void shouldExamineALogAlone() throws IOException
    {
        final Path log = Files.writeString(directory.resolve("log"), REFUSAL.repeat(3));
        final CommandRun run = CommandRun.of("doctor", "--dmesg", log.toString());
        assertEquals(Main.EXIT_FAILED, run.exitCode(), run.errors());
        assertTrue(run.output().startsWith("virtio_ccw 0.0.0000: fragmented\n  seen      3 times at 51.134643"),
            run.output());
        assertTrue(run.output().contains("\n  write     swiotlb=65536\n"), run.output());
        assertNarrow(run.output());
    }

    @Test
    void shouldReadStandardInputAndGzip() throws IOException
    {
        final ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(compressed))
        {
            out.write(REFUSAL.repeat(1000).getBytes(StandardCharsets.US_ASCII));
        }
        final byte[] bytes = compressed.toByteArray();
        final CommandRun whole = runWith(bytes);
        assertTrue(whole.output().contains("1,000 times"), whole.output() + whole.errors());
        final CommandRun cut = runWith(Arrays.copyOf(bytes, bytes.length - 10));
        assertTrue(cut.output().contains("its end is missing"), cut.output() + cut.errors());
        final CommandRun header = runWith(Arrays.copyOf(bytes, 5));
        assertTrue(header.output().contains("its end is missing"), header.output() + header.errors());
        Arrays.fill(bytes, 12, 40, (byte)0x55);
        final CommandRun corrupt = runWith(bytes);
        assertEquals(Main.EXIT_USAGE, corrupt.exitCode());
        assertTrue(corrupt.errors().contains("file=standard input, line=1"), corrupt.errors());
        assertTrue(corrupt.errors().contains("expected=valid gzip data"), corrupt.errors());
    }

    @Test
    void shouldNotTakeAnEmptyLogForOneWithoutRefusals() throws IOException
    {
        final CommandRun piped = runWith(new byte[0]);
        assertEquals(Main.EXIT_FAILED, piped.exitCode());
        assertTrue(piped.output().startsWith("nothing could be read\n"), piped.output());
        assertTrue(piped.output().contains("Standard input is empty, so no refusal was looked for"), piped.output());
        final Path log = Files.createFile(directory.resolve("log"));
        final CommandRun file = CommandRun.of("doctor", "--dmesg", log.toString(), "--json");
        assertEquals(Main.EXIT_FAILED, file.exitCode());
        assertTrue(file.output().startsWith("{\"wrong\":null,"), file.output());
        assertTrue(file.output().contains("log is empty, so no refusal was looked for"), file.output());
        assertFalse(file.output().contains("kernel log: 0 lines"), file.output());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "[ 1.5] e1000 0000:00:03.0: swiotlb buffer is full (sz: 4096 byt",
        "[ 1.5] swiotlb_tbl_map_single: 4711 callbacks suppressed"})
    void shouldFailWhereARefusalCanNotBeExplained(final String line)
    {
        final CommandRun run = runWith((line + '\n').getBytes(StandardCharsets.US_ASCII));
        assertEquals(Main.EXIT_FAILED, run.exitCode());
        assertTrue(run.output().startsWith("something is wrong, but no refusal of swiotlb can be explained\n"),
            run.output());
    }

    @Test
    void shouldNotTakeWhatIsNoLogForOneWithoutRefusals() throws IOException
    {
        final Path file = Files.writeString(directory.resolve("passwd"), "root:x:0:0:root:/root:/bin/bash\n");
        final CommandRun run = CommandRun.of("doctor", "--dmesg", file.toString());
        assertEquals(Main.EXIT_FAILED, run.exitCode());
        assertTrue(run.output().startsWith("nothing could be read\n"), run.output());
        assertTrue(run.output().replaceAll("\\s+", " ").contains("passwd looks like no kernel log, so no refusal was " +
            "looked for: it begins with \"root:x:0:0:root:/root:/bin/bash\"; give what dmesg or journalctl -k prints."),
            run.output());
        write("proc/cmdline", "quiet\n");
        final CommandRun both =
            CommandRun.of("doctor", "--dmesg", file.toString(), "--root", directory.toString());
        assertEquals(Main.EXIT_FAILED, both.exitCode());
        assertTrue(both.output().startsWith("no kernel log could be read: whether swiotlb refused anything is not " +
            "known\n"), both.output());
        // Of another subsystem, without times.
        assertEquals(Main.EXIT_OK, runWith("usb 1-1: new device\n".getBytes(StandardCharsets.US_ASCII)).exitCode());
    }

    @Test
    void shouldTellWhatToDoWithAJournal() throws IOException
    {
        write("var/log/journal/0123/system.journal", "LPKSHHRH");
        final CommandRun run = CommandRun.of("doctor", "--root", directory.toString());
        assertEquals(Main.EXIT_FAILED, run.exitCode());
        assertTrue(run.output().replaceAll("\\s+", " ").contains("its journal has it, journalctl -k -D " + directory +
            "/var/log/journal | bounce-dma doctor --root " + directory + " --dmesg -"), run.output());
    }

    @Test
    void shouldTellOfALogThatCouldNotBeReadBesideAnother() throws IOException
    {
        write("var/log/kern.log", REFUSAL);
        Files.createSymbolicLink(directory.resolve("var/log/dmesg"), Path.of("/nowhere"));
        final CommandRun run = CommandRun.of("doctor", "--root", directory.toString());
        assertEquals(Main.EXIT_FAILED, run.exitCode());
        assertTrue(run.output().contains("fragmented"), run.output());
        assertTrue(run.output().contains("var/log/dmesg could not be read: it is a link"), run.output());
    }

    @ParameterizedTest
    @CsvSource({"128, 512 KiB", "32768, 128 MiB", "524288, 2 GiB"})
    void shouldSayHowMuchTheLineIs(final long slots, final String size)
    {
        final String output = runWith(("e1000 a: swiotlb buffer is full (sz: 2048 bytes), total " + slots +
            " (slots), used " + slots + " (slots)\n").getBytes(StandardCharsets.US_ASCII)).output();
        assertTrue(output.replaceAll("\\s+", " ").contains("where it makes areas: " + size + "."), output);
        assertTrue(output.replaceAll("\\s+", " ").contains("The largest request takes 1 slot of 2048"), output);
    }

    @Test
    void shouldSayWhatItLookedAtWhereNothingIsWrong() throws IOException
    {
        write("proc/cmdline", "root=/dev/vda swiotlb=65536,force\n");
        write("sys/kernel/debug/swiotlb/io_tlb_nslabs", "65536\n");
        write("sys/kernel/debug/swiotlb/io_tlb_used", "12\n");
        write("sys/kernel/debug/swiotlb/io_tlb_used_hiwater", "3100\n");
        write("var/log/dmesg", "[    0.000000] Linux version 6.12.117+deb12-cloud-amd64 (debian)\n");
        final CommandRun run = CommandRun.of("doctor", "--root", directory.toString());
        assertEquals("", run.errors());
        assertEquals("""
            no refusal of swiotlb was found

              read      kernel log: 1 line, one boot of Linux 6.12.117+deb12-cloud-amd64
                        command line: swiotlb=65536,force (65,536 slots, 128 MiB)
                        debugfs: 65,536 slots, 12 used now, 3,100 at the most

            """, run.output());
        assertEquals(Main.EXIT_OK, run.exitCode());
    }

    @Test
    void shouldFindTheLogOfOtherDistributions() throws IOException
    {
        write("var/log/messages", REFUSAL.replace("virtio_ccw", "third"));
        assertTrue(CommandRun.of("doctor", "--root", directory.toString()).output().startsWith("third 0.0.0000: "));
        write("var/log/kern.log", REFUSAL.replace("virtio_ccw", "second"));
        assertTrue(CommandRun.of("doctor", "--root", directory.toString()).output().startsWith("second 0.0.0000: "));
        write("var/log/dmesg", REFUSAL);
        assertTrue(CommandRun.of("doctor", "--root", directory.toString()).output().startsWith("virtio_ccw 0.0"));
    }

    @Test
    void shouldSayWhatCouldNotBeRead() throws IOException
    {
        Files.createDirectories(directory.resolve("proc/cmdline"));
        final CommandRun run = CommandRun.of("doctor", "--root", directory.toString());
        assertEquals(Main.EXIT_FAILED, run.exitCode());
        assertTrue(run.output().startsWith("nothing could be read\n"), run.output());
        assertTrue(run.output().contains("There is no kernel log in"), run.output());
        assertTrue(run.output().contains("proc/cmdline could not be read: it is no ordinary file."), run.output());
        assertTrue(run.output().contains("mount -t"), run.output());
    }

    @Test
    void shouldExamineThisMachine()
    {
        final CommandRun run = CommandRun.of("doctor");
        assertTrue(Main.EXIT_USAGE != run.exitCode(), run.errors());
        assertEquals("", run.errors());
        assertFalse(run.output().isEmpty());
    }

    @Test
    void shouldLetNoControlCharacterThrough() throws IOException
    {
        write("proc/cmdline", "swiotlb=\u001b[31m5\u0007");
        write("sys/kernel/debug/swiotlb/\u001b[31m/io_tlb_nslabs", "5");
        write("sys/firmware/devicetree/base/reserved-memory/\u001b[31m/compatible", "restricted-dma-pool");
        write("sys/firmware/devicetree/base/reserved-memory/\u001b[31m/phandle", "\0\0\0\1");
        write("sys/firmware/devicetree/base/\u001b[32m/memory-region", "\0\0\0\1");
        final Path log = Files.write(directory.resolve("log"),
            ("Linux version \u001b[31m\nLinux command line: \u009b5n\nsoftware IO TLB: No low mem \u001bc\n" +
            "\u001b]0;x\u0007 d\u001bev\u0080: swiotlb buffer is full (sz: 1 bytes), total 1, used 1\n" +
            "swiotlb \u001b[2J\n").getBytes(StandardCharsets.ISO_8859_1));
        for (final String json : new String[] {"", "--json"})
        {
            final CommandRun run = CommandRun.of(
                ("doctor --root " + directory + " --dmesg " + log + ' ' + json).strip().split(" "));
            assertEquals(Main.EXIT_FAILED, run.exitCode(), run.errors());
            assertTrue(run.output().matches("[ -~\n]*"), run.output());
        }
    }

    @Test
    void shouldLetNoControlCharacterOfANameThrough() throws IOException
    {
        final Path file = Files.writeString(directory.resolve("a\u001b[31m"), "no log\n");
        assertFalse(CommandRun.of("doctor", "--dmesg", file.toString()).output().contains("\u001b"));
        final Path root = Files.createDirectory(directory.resolve("b\u001b[31m"));
        assertFalse(CommandRun.of("doctor", "--root", root.toString()).output().contains("\u001b"));
        Files.createDirectories(root.resolve("var/log/journal/1"));
        assertFalse(CommandRun.of("doctor", "--root", root.toString()).output().contains("\u001b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "--root /does/not/exist|is no directory", "--root /dev/null|is no directory",
        "--dmesg /does/not/exist|does not exist", "--dmesg /|is a directory",
        "--dmesg /dev/null|is neither a file nor a pipe", "--dmesg /dev/zero|is neither a file nor a pipe",
        "--dmesg|Missing required parameter", "surplus|Unmatched argument"})
    void shouldSayWhatIsWrongWithTheUse(final String argumentsAndMessage)
    {
        final String[] parts = argumentsAndMessage.split("\\|");
        final CommandRun run = CommandRun.of(("doctor " + parts[0]).split(" "));
        assertEquals(Main.EXIT_USAGE, run.exitCode());
        assertTrue(run.errors().contains(parts[1]), run.errors());
    }

    private CommandRun runWith(final byte[] input)
    {
        synchronized (CommandRun.class)
        {
            final InputStream standard = System.in;
            try
            {
                System.setIn(new ByteArrayInputStream(input));
                return CommandRun.of("doctor", "--dmesg", "-");
            }
            finally
            {
                System.setIn(standard);
            }
        }
    }

    private void write(final String name, final String text) throws IOException
    {
        Files.createDirectories(directory.resolve(name).getParent());
        Files.writeString(directory.resolve(name), text);
    }

    private static void assertNarrow(final String output)
    {
        assertTrue(output.lines().allMatch(line -> line.length() <= MAX_COLUMNS), output);
    }
}
