/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Where a copy of a machine has its log, behind links, compressed, or only as a journal.
 */
final class MachineLogTest
{
    private static final String LINE = "[   12.345678] e1000 0000:00:03.0: swiotlb buffer is full (sz: 4096 bytes), " +
        "total 512 (slots), used 512 (slots)\n";
    private static final String NOT_BELOW = "it is a link, and what it leads to is not below the root directory";

    @TempDir
    private Path directory;
    private Path root;
    private Path logs;

    @BeforeEach
    void makeRoot() throws IOException
    {
        root = directory.resolve("root");
        logs = Files.createDirectories(root.resolve("var/log"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"var/log/dmesg", "var/log/kern.log", "var/log/messages", "var/log/dmesg.gz",
        "var/log/messages.gz"})
    void shouldFindTheLog(final String name) throws IOException
    {
        Files.writeString(root.resolve(name), LINE);
        assertFound(Map.of());
    }

    @Test
    void shouldReadGzipWhateverItsName() throws IOException
    {
        for (final String name : new String[] {"dmesg", "dmesg.gz"})
        {
            try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(logs.resolve(name))))
            {
                out.write(LINE.getBytes(StandardCharsets.US_ASCII));
            }
            assertFound(Map.of());
            Files.delete(logs.resolve(name));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dmesg.0", "/var/log/dmesg.0", "../log/dmesg.0", "../../../../../../var/log/dmesg.0"})
    void shouldFollowALinkBelowTheRoot(final String target) throws IOException
    {
        Files.writeString(logs.resolve("dmesg.0"), LINE);
        Files.createSymbolicLink(logs.resolve("dmesg"), Path.of(target));
        assertFound(Map.of());
    }

    @Test
    void shouldFollowADirectoryThatIsALink() throws IOException
    {
        Files.createDirectories(root.resolve("data"));
        Files.move(logs, root.resolve("data/log"));
        Files.createSymbolicLink(root.resolve("var/log"), Path.of("/data/log"));
        Files.writeString(root.resolve("data/log/messages"), LINE);
        assertFound(Map.of());
    }

    @Test
    void shouldNotReadWhatLiesOutsideTheRootAndTellIt() throws IOException
    {
        final Path secret = Files.writeString(directory.resolve("secret"), LINE);
        Files.createSymbolicLink(logs.resolve("dmesg"), secret.toAbsolutePath());
        Files.createSymbolicLink(logs.resolve("kern.log"), Path.of("../../../secret"));
        final MachineLog none = MachineLog.read(root);
        assertEquals(0, none.log().lines());
        assertEquals(Map.of("var/log/dmesg", NOT_BELOW, "var/log/kern.log", NOT_BELOW), none.unread());
        Files.writeString(logs.resolve("messages"), LINE);
        assertFound(Map.of("var/log/dmesg", NOT_BELOW, "var/log/kern.log", NOT_BELOW));
    }

    @Test
    void shouldGoOnBehindWhatIsNoLog() throws IOException
    {
        Files.writeString(logs.resolve("dmesg"), "(Nothing has been logged yet.)\n");
        Files.createFile(logs.resolve("dmesg.gz"));
        Files.createDirectory(logs.resolve("kern.log"));
        Files.write(logs.resolve("kern.log.gz"), new byte[] {0x1f, (byte)0x8b, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9});
        Files.writeString(logs.resolve("messages"), LINE);
        assertFound(Map.of(
            "var/log/dmesg", "it looks like no kernel log, it begins with \"(Nothing has been logged yet.)\"; give " +
                "what dmesg or journalctl -k prints",
            "var/log/dmesg.gz", "it is empty",
            "var/log/kern.log", "it is no ordinary file",
            "var/log/kern.log.gz", "it is no valid gzip data"));
    }

    @Test
    void shouldTellThatThereIsAJournal() throws IOException
    {
        assertFalse(MachineLog.read(root).journal());
        Files.createDirectories(logs.resolve("journal/0123456789abcdef"));
        assertTrue(MachineLog.read(root).journal());
        Files.writeString(logs.resolve("dmesg"), LINE);
        assertFound(Map.of());
    }

    private void assertFound(final Map<String, String> unread) throws IOException
    {
        final MachineLog found = MachineLog.read(root);
        assertEquals(1, found.log().complaints().size());
        assertEquals("e1000", found.log().complaints().getFirst().driver());
        assertFalse(found.journal());
        assertEquals(unread, found.unread());
    }
}
