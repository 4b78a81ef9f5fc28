/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import io.bouncedma.os.testing.OwnThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What sockets do to the file at their path: they replace dead sockets, and delete what they made themselves.
 */
final class SocketFileTest
{
    private static final int STARTERS = 4;
    private static final int ROUNDS = Integer.getInteger("socket.starts", 50);
    private static final int LIMIT_S = TestLimits.seconds(60);

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"STREAM", "SEQPACKET", "DGRAM"})
    void shouldReplaceTheSocketOfTheDead(final String type) throws IOException
    {
        for (final String dead : List.of("STREAM", "SEQPACKET", "DGRAM"))
        {
            kill(dead);
            assertTrue(Files.exists(path()));
            final Object before = keyOf(path());
            final AutoCloseable next = open(type);
            assertFalse(before.equals(keyOf(path())), dead);
            close(next);
            assertEquals(List.of(), files());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"file", "empty directory", "fifo", "symlink to nothing", "symlink to a dead socket"})
    void shouldKeepWhatIsNoSocket(final String kind) throws IOException, InterruptedException
    {
        final Path path = path();
        switch (kind)
        {
            case "file" -> Files.writeString(path, "precious");
            case "empty directory" -> Files.createDirectory(path);
            case "fifo" -> assertEquals(0, new ProcessBuilder("mkfifo", path.toString()).start().waitFor());
            case "symlink to nothing" -> Files.createSymbolicLink(path, directory.resolve("nothing"));
            default ->
            {
                kill("STREAM");
                Files.move(path, directory.resolve("dead"));
                Files.createSymbolicLink(path, directory.resolve("dead"));
            }
        }
        final Object before = keyOf(path);
        final List<Path> all = files();
        for (final String type : List.of("STREAM", "SEQPACKET", "DGRAM"))
        {
            final ErrnoException e = assertThrows(ErrnoException.class, () -> open(type));
            assertEquals(Errno.EADDRINUSE, e.errno());
            assertTrue(e.getMessage().contains("is no socket; remove it or choose another path"), e.getMessage());
            assertEquals(before, keyOf(path));
            assertEquals(all, files());
        }
        if ("file".equals(kind))
        {
            assertEquals("precious", Files.readString(path));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"file", "directory", "symlink to a file"})
    void shouldTellWhatIsNoSocketFromWhereNobodyListens(final String kind) throws IOException
    {
        final Path file = directory.resolve("file");
        switch (kind)
        {
            case "file" -> Files.writeString(path(), "precious");
            case "directory" -> Files.createDirectory(path());
            default -> Files.createSymbolicLink(path(), Files.writeString(file, "precious"));
        }
        for (final UnixSocket.Type type : UnixSocket.Type.values())
        {
            final ErrnoException e = assertThrows(ErrnoException.class, () -> UnixSocket.connect(path(), type));
            assertEquals(Errno.ENOTSOCK, e.errno());
            assertTrue(e.getMessage().contains("path=" + path() + ") failed: what is there is no socket"),
                e.getMessage());
            assertEquals(Errno.ENOENT, assertThrows(
                ErrnoException.class, () -> UnixSocket.connect(directory.resolve("nothing"), type)).errno());
        }
        Files.delete(path());
        kill("STREAM");
        assertEquals(Errno.ECONNREFUSED, assertThrows(
            ErrnoException.class, () -> UnixSocket.connect(path(), UnixSocket.Type.STREAM)).errno());
    }

    @ParameterizedTest
    @ValueSource(strings = {"STREAM", "SEQPACKET", "DGRAM"})
    void shouldKeepTheSocketOfTheLiving(final String type) throws IOException
    {
        final AutoCloseable living = open(type);
        final Object before = keyOf(path());
        for (final String other : List.of("STREAM", "SEQPACKET", "DGRAM"))
        {
            assertEquals(Errno.EADDRINUSE, assertThrows(ErrnoException.class, () -> open(other)).errno());
            assertEquals(before, keyOf(path()));
        }
        if (living instanceof final UnixSocket listener)
        {
            assertNull(listener.accept(), "a look at it that knocks");
        }
        close(living);
        assertEquals(List.of(), files());
    }

    @ParameterizedTest
    @ValueSource(strings = {"STREAM", "SEQPACKET", "DGRAM"})
    void shouldNotDeleteTheFileOfAnotherOne(final String type) throws IOException
    {
        final AutoCloseable first = open(type);
        Files.delete(path());
        final AutoCloseable second = open(type);
        final Object before = keyOf(path());
        close(first);
        assertEquals(before, keyOf(path()));
        Files.delete(path());
        Files.writeString(path(), "precious");
        close(second);
        assertEquals("precious", Files.readString(path()));
    }

    /** A path may be as long as a socket's address allows, and the name beside it has to fit too. */
    @ParameterizedTest
    @ValueSource(ints = {1, 8, 9})
    void shouldTakePathsUpToTheLimit(final int nameLength) throws IOException
    {
        final int length = 107 - nameLength - 1;
        final Path deep = Files.createDirectories(Path.of(
            directory.resolve("d".repeat(length - directory.toString().length() - 1)).toString()));
        final Path path = deep.resolve("s".repeat(nameLength));
        assertEquals(107, path.toString().length());
        try (UnixSocket listener = UnixSocket.listen(path, UnixSocket.Type.STREAM))
        {
            assertTrue(listener.fd().isOpen());
            UnixSocket.connect(path, UnixSocket.Type.STREAM).close();
        }
        assertFalse(Files.exists(path));
    }

    /** Started at once over a dead socket: one has it, and is reachable as long as it lives. */
    @Test
    void shouldLetOneOfManyHaveThePath() throws InterruptedException, ExecutionException, IOException
    {
        final ExecutorService starters = Executors.newFixedThreadPool(STARTERS);
        try
        {
            for (int round = 0; round < ROUNDS; round++)
            {
                kill("STREAM");
                final List<Future<UnixSocket>> starts = new ArrayList<>();
                for (int i = 0; i < STARTERS; i++)
                {
                    starts.add(starters.submit(this::tryListen));
                }
                final List<UnixSocket> started = new ArrayList<>();
                for (final Future<UnixSocket> start : starts)
                {
                    if (null != start.get())
                    {
                        started.add(start.get());
                    }
                }
                assertEquals(1, started.size(), "round=" + round);
                UnixSocket.connect(path(), UnixSocket.Type.STREAM).close();
                started.getFirst().close();
                assertEquals(List.of(), files());
            }
        }
        finally
        {
            starters.shutdown();
            assertTrue(starters.awaitTermination(LIMIT_S, TimeUnit.SECONDS));
        }
    }

    /** Whoever may read the directory can keep its lock for ever. */
    @Test
    @ExtendWith(OwnThread.class)
    void shouldReplaceNothingWithoutTheLockAndNotWaitForItForEver() throws IOException, InterruptedException
    {
        kill("STREAM");
        final Object dead = keyOf(path());
        final Process holder = new ProcessBuilder("flock", directory.toString(), "sh", "-c", "echo; exec cat").start();
        try
        {
            assertEquals('\n', holder.getInputStream().read(), "has the lock");
            assertEquals(Errno.EAGAIN, assertThrows(ErrnoException.class, () -> open("STREAM")).errno());
            assertEquals(dead, keyOf(path()));
            assertEquals(List.of(path()), files());
        }
        finally
        {
            holder.getOutputStream().close();
            holder.waitFor();
            holder.destroy();
        }
        close(open("STREAM"));
        assertEquals(List.of(), files());
    }

    /** As {@code until [ -S SOCKET ]} waits. */
    @Test
    void shouldListenOnceTheFileIsThere() throws InterruptedException, ExecutionException
    {
        final ExecutorService starter = Executors.newSingleThreadExecutor();
        try
        {
            for (int round = 0; round < ROUNDS; round++)
            {
                final Future<UnixSocket> start = starter.submit(this::tryListen);
                while (!Files.exists(path()))
                {
                    Thread.onSpinWait();
                }
                UnixSocket.connect(path(), UnixSocket.Type.STREAM).close();
                start.get().close();
            }
        }
        finally
        {
            starter.shutdown();
            assertTrue(starter.awaitTermination(LIMIT_S, TimeUnit.SECONDS));
        }
    }

    private UnixSocket tryListen()
    {
        try
        {
            return UnixSocket.listen(path(), UnixSocket.Type.STREAM);
        }
        catch (final ErrnoException e)
        {
            if (Errno.EADDRINUSE == e.errno())
            {
                return null;
            }
            throw e;
        }
    }

    /** Leave the socket of a process that was killed. */
    private void kill(final String type)
    {
        switch (open(type))
        {
            case final UnixSocket socket -> socket.fd().close();
            case final UnixDatagram socket -> socket.fd().close();
            default -> throw new AssertionError(type);
        }
    }

    private AutoCloseable open(final String type)
    {
        return "DGRAM".equals(type) ? UnixDatagram.bind(path(), directory.resolve("peer")) :
            UnixSocket.listen(path(), UnixSocket.Type.valueOf(type));
    }

    private static void close(final AutoCloseable socket)
    {
        try
        {
            socket.close();
        }
        catch (final Exception e)
        {
            throw new AssertionError(e);
        }
    }

    private Path path()
    {
        return directory.resolve("s");
    }

    private List<Path> files() throws IOException
    {
        try (Stream<Path> all = Files.list(directory))
        {
            return all.sorted().toList();
        }
    }

    private static Object keyOf(final Path path) throws IOException
    {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey();
    }
}
