/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.monitor;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.ScatteredWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.testing.OwnThread;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;
import org.agrona.concurrent.status.CountersReader;
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
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A counters file among other files, on a disk with an end, and made by others.
 */
@ExtendWith(OwnThread.class)
final class CountersFileTest
{
    private static final int PID_OFFSET = 16;
    private static final int START_OFFSET = 32;
    private static final int HEADER_LENGTH = 64;
    private static final int METADATA_OFFSET = 5632 + CountersFile.MAX_COUNTERS * CountersReader.COUNTER_LENGTH;
    private static final int ROUNDS = 4;
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

    /** The largest pools: parts of 256 MiB. */
    @Test
    void shouldKeepPicturesOfLongPools() throws IOException
    {
        final long part = 256L << 20;
        try (CountersFile written = CountersFile.create(path()))
        {
            final long[] used = new long[CountersFile.PICTURE_PARTS];
            used[1] = 1;
            used[2] = part / 2;
            used[CountersFile.PICTURE_PARTS - 1] = part;
            written.picture(0, "long", part * CountersFile.PICTURE_PARTS, used);
            try (CountersFile file = CountersFile.open(path()))
            {
                final CountersSnapshot.Picture picture = file.read().pictures().getFirst();
                assertEquals(64L << 30, picture.length());
                assertEquals(List.of(0.0, 1.0 / 255, 128.0 / 255), picture.shares().subList(0, 3));
                assertEquals(1.0, picture.shares().getLast());
            }
        }
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
        final Window region = ScatteredWindow.open();
        final BouncePool pool = new BouncePool(evil, region, Extent.ALIGNMENT, ScatteredWindow.LENGTH -
            Extent.ALIGNMENT);
        try (PoolMonitor monitor = new PoolMonitor(path(), PoolSet.of(pool), (to) -> to.accept(
                new CounterSubject(evil + "\n", List.of(evil)), new Metric(1000, evil, null), 1));
            CountersFile file = CountersFile.open(path()))
        {
            monitor.publish();
            final String harmless = "\ufffd[2J\ufffd\ufffd31m\ufffd";
            final CountersSnapshot snapshot = file.read();
            assertEquals(harmless, snapshot.pictures().getFirst().pool());
            assertEquals(1, snapshot.counters().get(harmless + "\ufffd: " + harmless));
            assertEquals(List.of(harmless), snapshot.entries().getLast().values());
            assertTrue(snapshot.toString().chars().noneMatch(Character::isISOControl), snapshot::toString);
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
        if (0 == ProcessStamp.user())
        {
            Files.setAttribute(path(), "unix:uid", NOBODY);
        }
        else
        {
            // The first process is root's.
            name(1);
            write(START_OFFSET, ProcessStamp.of(1).startTicks());
        }
        assertRefused("not of the process that it names");
        // Of a process that has ended nobody can say: one's own may be looked at.
        name(Integer.MAX_VALUE);
        if (0 == ProcessStamp.user())
        {
            assertRefused("another user's, and the process that it names has ended");
        }
        if (0 == ProcessStamp.user())
        {
            Files.setAttribute(path(), "unix:uid", 0);
        }
        try (CountersFile file = CountersFile.open(path()))
        {
            assertFalse(file.isAlive());
            assertFalse(file.read().isAlive());
        }
    }

    /** The number is this process's, the file that of an earlier one that had it. */
    @Test
    void shouldNotTakeALaterProcessForTheOneThatHadItsNumber() throws IOException
    {
        new PoolMonitor(path(), new PoolSet()).close();
        write(START_OFFSET, 1);
        try (CountersFile file = CountersFile.open(path()))
        {
            assertEquals(ProcessHandle.current().pid(), file.pid());
            assertFalse(file.isAlive());
        }
    }

    @Test
    void shouldShowItselfToItsUserAlone() throws IOException
    {
        new PoolMonitor(path(), new PoolSet()).close();
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"fifo", "symlink to a counters file", "directory", "device", "nothing"})
    void shouldNotBeHeldUpOrLedAway(final String kind) throws IOException, InterruptedException
    {
        switch (kind)
        {
            case "fifo" -> assertEquals(0, new ProcessBuilder("mkfifo", path().toString()).start().waitFor());
            case "directory" -> Files.createDirectory(path());
            case "nothing" -> assertFalse(Files.exists(path()));
            case "device" ->
            {
                final IOException e = assertThrows(IOException.class, () -> CountersFile.open(Path.of("/dev/zero")));
                assertTrue(e.getMessage().contains("expected a regular file"), e::getMessage);
                return;
            }
            default ->
            {
                new PoolMonitor(directory.resolve("other"), new PoolSet()).close();
                Files.createSymbolicLink(path(), directory.resolve("other"));
            }
        }
        assertRefused(switch (kind)
        {
            case "fifo", "directory" -> "no counters file";
            case "nothing" -> "No such file";
            default -> "links are not followed";
        });
    }

    /** Whoever may write the file may write anything: what is read is bounded, and no error but one of reading. */
    @Test
    void shouldReadWhateverIsInIt() throws IOException
    {
        final SplittableRandom random = new SplittableRandom(15);
        for (int round = 0; round < ROUNDS; round++)
        {
            try (PoolMonitor monitor = new PoolMonitor(path(), new PoolSet(),
                (to) -> to.accept(new CounterSubject("a", List.of("b", "c")), new Metric(1000, "d", null), 1)))
            {
                monitor.publish();
            }
            final byte[] bytes = Files.readAllBytes(path());
            final byte[] garbage = new byte[bytes.length - HEADER_LENGTH];
            random.nextBytes(garbage);
            final boolean isFlipped = 0 != round % 2;
            for (int i = 0; i < garbage.length; i++)
            {
                bytes[HEADER_LENGTH + i] = isFlipped ? bytes[HEADER_LENGTH + i] : garbage[i];
            }
            // Every counter is there, or one is, with labels and keys of any length.
            for (int at = METADATA_OFFSET; at < bytes.length; at += CountersReader.METADATA_LENGTH)
            {
                final ByteBuffer metadata = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
                metadata.putInt(at, CountersReader.RECORD_ALLOCATED);
                metadata.putInt(at + CountersReader.LABEL_OFFSET, random.nextInt());
                metadata.put(at + CountersReader.KEY_OFFSET, (byte)random.nextInt());
            }
            Files.write(path(), bytes);
            try (CountersFile file = CountersFile.open(path()))
            {
                final CountersSnapshot snapshot = file.read();
                assertEquals(CountersFile.MAX_COUNTERS, snapshot.entries().size());
                assertTrue(snapshot.pictures().size() <= CountersFile.MAX_PICTURES);
                for (final CountersSnapshot.Entry entry : snapshot.entries())
                {
                    assertTrue(entry.label().length() <= CountersReader.MAX_LABEL_LENGTH, entry::toString);
                    assertTrue(String.join("", entry.values()).length() <= CountersReader.MAX_KEY_LENGTH);
                    assertTrue(entry.toString().chars().noneMatch(Character::isISOControl), entry::toString);
                }
            }
        }
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
            final IOException e = assertThrows(IOException.class, file::read);
            assertTrue(e.getMessage().contains("was cut short: file=" + path()), e::getMessage);
            assertEquals(ProcessHandle.current().pid(), file.pid());
        }
    }

    private void assertRefused(final String message)
    {
        final IOException e = assertThrows(IOException.class, () -> CountersFile.open(path()));
        assertTrue(e.getMessage().contains(message), e::getMessage);
    }

    private void name(final long pid) throws IOException
    {
        write(PID_OFFSET, pid);
    }

    private void write(final int offset, final long value) throws IOException
    {
        try (FileChannel channel = FileChannel.open(path(), StandardOpenOption.WRITE))
        {
            channel.write(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, value), offset);
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
