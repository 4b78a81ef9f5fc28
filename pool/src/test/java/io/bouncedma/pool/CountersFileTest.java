/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.os.testing.OwnThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A counters file among other files, on a disk with an end, and made by others.
 */
@ExtendWith(OwnThread.class)
final class CountersFileTest
{
    private static final int PID_OFFSET = 16;
    private static final int STAT_BLOCK = 512;
    private static final int NOBODY = 65_534;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"file", "empty file", "empty directory", "fifo", "symlink to a counters file"})
    void shouldReplaceNothingElse(final String kind) throws IOException, InterruptedException
    {
        final Path path = path();
        switch (kind)
        {
            case "file" -> Files.writeString(path, "precious");
            case "empty file" -> Files.createFile(path);
            case "empty directory" -> Files.createDirectory(path);
            case "fifo" -> assertEquals(0, new ProcessBuilder("mkfifo", path.toString()).start().waitFor());
            default ->
            {
                new PoolMonitor(directory.resolve("other"), new PoolSet()).close();
                Files.createSymbolicLink(path, directory.resolve("other"));
            }
        }
        final Object before = keyOf(path);
        final IOException e = assertThrows(IOException.class, () -> new PoolMonitor(path, new PoolSet()));
        assertTrue(e.getMessage().contains("no counters file"), e::getMessage);
        assertEquals(before, keyOf(path));
    }

    @Test
    void shouldReplaceTheOneOfAnEarlierRun() throws IOException
    {
        new PoolMonitor(path(), new PoolSet()).close();
        final Object before = keyOf(path());
        // Kept, so that the new one can not get its number.
        Files.createLink(directory.resolve("kept"), path());
        new PoolMonitor(path(), new PoolSet()).close();
        assertTrue(!before.equals(keyOf(path())));
    }

    /** What has no room yet is told of by a SIGBUS later. */
    @Test
    void shouldHaveItsRoomFromTheBeginning() throws IOException, InterruptedException
    {
        try (PoolMonitor monitor = new PoolMonitor(path(), new PoolSet()))
        {
            assertEquals("pool-monitor", monitor.roleName());
            final Process stat = new ProcessBuilder("stat", "-c", "%b", path().toString()).start();
            final long blocks = Long.parseLong(
                new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip());
            assertEquals(0, stat.waitFor());
            assertTrue(blocks * STAT_BLOCK >= Files.size(path()),
                () -> "blocks=" + blocks + ", length=" + path().toFile().length());
        }
    }

    @Test
    void shouldGiveNoControlCharactersToATerminal() throws IOException
    {
        final String evil = "\u001b[2J\u0007\u009b31m\u202e";
        final SharedRegion region = ScatteredRegion.open();
        final BouncePool pool = new BouncePool(evil, region, Extent.ALIGNMENT, ScatteredRegion.LENGTH -
            Extent.ALIGNMENT);
        try (PoolMonitor monitor = new PoolMonitor(path(), PoolSet.of(pool), (to) -> to.accept(evil + "\n", 1));
            CountersFile file = CountersFile.open(path()))
        {
            monitor.publish();
            assertEquals("\ufffd[2J\ufffd\ufffd31m\ufffd", file.pictures().getFirst().pool());
            final Map<String, Long> counters = file.counters();
            assertEquals(1, counters.get("\ufffd[2J\ufffd\ufffd31m\ufffd\ufffd"));
            assertTrue(String.join("", counters.keySet()).chars().noneMatch(Character::isISOControl));
        }
        pool.close();
        region.close();
    }

    /** Anybody can make a file that names anybody's process. */
    @Test
    void shouldBelieveOnlyTheOwnerOfTheProcess() throws IOException
    {
        new PoolMonitor(path(), new PoolSet()).close();
        CountersFile.open(path()).close();
        if (0 == (int)Files.getAttribute(directory, "unix:uid"))
        {
            Files.setAttribute(path(), "unix:uid", NOBODY);
        }
        else
        {
            // The first process is root's.
            name(1);
        }
        final IOException e = assertThrows(IOException.class, () -> CountersFile.open(path()));
        assertTrue(e.getMessage().contains("not of the process that it names"), e::getMessage);
        // Of a process that has ended nobody can say.
        name(Integer.MAX_VALUE);
        CountersFile.open(path()).close();
    }

    @Test
    void shouldSayThatItWasCut() throws IOException
    {
        new PoolMonitor(path(), new PoolSet()).close();
        try (CountersFile file = CountersFile.open(path()))
        {
            try (RandomAccessFile cut = new RandomAccessFile(path().toFile(), "rw"))
            {
                cut.setLength(0);
            }
            assertThrows(InternalError.class, file::counters);
            assertThrows(InternalError.class, file::pictures);
            assertEquals(ProcessHandle.current().pid(), file.pid());
        }
    }

    private void name(final long pid) throws IOException
    {
        try (FileChannel channel = FileChannel.open(path(), StandardOpenOption.WRITE))
        {
            channel.write(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, pid), PID_OFFSET);
        }
    }

    private Path path()
    {
        return directory.resolve("counters");
    }

    private static Object keyOf(final Path path) throws IOException
    {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey();
    }
}
