/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import io.bouncedma.os.testing.OwnThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Streams that do not wait, sets of descriptors, and timers, as far as a {@link Poller} sees them.
 */
@ExtendWith(OwnThread.class)
final class EpollTest
{
    private static final int LONG_MS = TestLimits.millis(60_000);

    @TempDir
    private Path directory;
    private final Poller poller = new Poller();

    @Test
    void shouldBeReadyForWhatIsAwaitedAndNothingElse() throws Exception
    {
        final Path path = pipe();
        try (ByteStream pipe = ByteStream.open(path, ByteStream.Mode.READ_WRITE);
            Epoll inner = Epoll.create("inner");
            Epoll outer = Epoll.create("outer"))
        {
            poller.add(outer.fd());
            assertTrue(outer.add(inner.fd(), true, false));
            assertTrue(inner.add(pipe.fd(), true, false));
            assertEquals(0, poller.poll(0));
            inner.modify(pipe.fd(), true, true);
            assertEquals(1, poller.poll(0), "room to write");
            inner.modify(pipe.fd(), true, false);
            assertEquals(0, poller.poll(0));
            pipe.write(new byte[]{1}, 0, 1);
            assertEquals(1, poller.poll(0), "something to read");
            inner.modify(pipe.fd(), false, false);
            assertEquals(0, poller.poll(0));
            inner.modify(pipe.fd(), true, false);
            assertEquals(1, poller.poll(0));
            inner.remove(pipe.fd());
            assertEquals(0, poller.poll(0));
            final ErrnoException e = assertThrows(ErrnoException.class, () -> inner.remove(pipe.fd()));
            assertEquals(Errno.ENOENT, e.errno());
        }
    }

    @Test
    void shouldSayOfAFileThatItIsAlwaysReady() throws Exception
    {
        final Path path = Files.createFile(directory.resolve("file"));
        try (ByteStream file = ByteStream.open(path, ByteStream.Mode.READ_WRITE); Epoll set = Epoll.create("set"))
        {
            assertFalse(set.add(file.fd(), true, true));
            assertThrows(ErrnoException.class, () -> set.modify(file.fd(), true, true));
        }
    }

    @Test
    void shouldReadAndWriteWithoutWaiting() throws Exception
    {
        final Path path = pipe();
        final ByteStream reader = ByteStream.open(path, ByteStream.Mode.READ);
        try
        {
            final byte[] bytes = new byte[10_000];
            assertEquals(ByteStream.END_OF_STREAM, reader.read(bytes, 0, 1), "nobody writes");
            try (ByteStream writer = ByteStream.open(path, ByteStream.Mode.WRITE))
            {
                assertEquals(ByteStream.WOULD_BLOCK, reader.read(bytes, 0, 1));
                assertEquals(3, writer.write(new byte[]{0, 1, 2, 3, 4}, 1, 3));
                assertEquals(3, reader.read(bytes, 5, 100));
                assertArrayEquals(new byte[]{0, 1, 2, 3, 0}, Arrays.copyOfRange(bytes, 4, 9));
                int sent = 0;
                int count = writer.write(bytes, 0, bytes.length);
                assertEquals(ByteStream.MAX_LENGTH, count);
                while (count > 0)
                {
                    sent += count;
                    count = writer.write(bytes, 0, bytes.length);
                }
                assertEquals(ByteStream.WOULD_BLOCK, count);
                assertEquals(65536, sent);
                assertEquals(ByteStream.MAX_LENGTH, reader.read(bytes, 0, bytes.length));
                reader.close();
                assertEquals(ByteStream.END_OF_STREAM, writer.write(bytes, 0, 1));
            }
        }
        finally
        {
            reader.close();
        }
    }

    @Test
    void shouldAppendToFilesAndSayWhatIsWrong() throws Exception
    {
        final Path path = directory.resolve("log");
        for (int i = 0; i < 2; i++)
        {
            try (ByteStream stream = ByteStream.open(path, ByteStream.Mode.APPEND))
            {
                assertEquals(1, stream.write(new byte[]{(byte)('a' + i)}, 0, 1));
            }
        }
        assertEquals("ab", Files.readString(path));
        assertThrows(ErrnoException.class, () -> ByteStream.open(directory.resolve("none"), ByteStream.Mode.READ));
        try (ByteStream full = ByteStream.open(Path.of("/dev/full"), ByteStream.Mode.WRITE))
        {
            final ErrnoException e = assertThrows(ErrnoException.class, () -> full.write(new byte[1], 0, 1));
            assertTrue(e.getMessage().contains("No space left on device"), e.getMessage());
        }
        try (ByteStream output = ByteStream.standardOutput())
        {
            assertTrue(output.fd().isOpen());
        }
    }

    @Test
    void shouldBecomeReadyWhenTheTimeIsOverAndNotBefore()
    {
        try (TimerFd timer = TimerFd.create("test"))
        {
            poller.add(timer.fd());
            assertEquals(0, poller.poll(0));
            timer.start(Long.MAX_VALUE);
            assertEquals(0, poller.poll(0));
            timer.start(-5);
            assertEquals(1, poller.poll(LONG_MS));
            assertEquals(1, poller.poll(0), "until it is stopped");
            timer.start(Long.MAX_VALUE);
            assertEquals(0, poller.poll(0));
            timer.start(1);
            assertEquals(1, poller.poll(LONG_MS));
            timer.stop();
            assertEquals(0, poller.poll(0));
        }
    }

    private Path pipe() throws Exception
    {
        final Path path = directory.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", path.toString()).start().waitFor());
        return path;
    }
}
