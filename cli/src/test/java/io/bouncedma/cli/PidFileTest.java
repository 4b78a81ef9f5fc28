/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.DirectoryLock;
import io.bouncedma.os.testing.Umask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The file with the process id: whose it is, and what it replaces.
 */
final class PidFileTest
{
    private static final long PID = ProcessHandle.current().pid();

    private static final int ROUNDS = 300;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {0000, 0077})
    void shouldBeReadableForAllAndGoneAtTheEnd(final int mask) throws IOException
    {
        try (Umask umask = new Umask(mask);
            PidFile file = PidFile.write(path()))
        {
            assertTrue(null != umask && null != file);
            assertEquals(PID + "\n", Files.readString(path()));
            assertEquals("rw-r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(path())));
            assertEquals(List.of(path()), files());
        }
        assertEquals(List.of(), files());
    }

    /** Of its own id too: in a container each process has that of the one before. */
    @Test
    void shouldReplaceTheFileOfTheDead() throws IOException, InterruptedException
    {
        final Process dead = new ProcessBuilder("true").start();
        dead.waitFor();
        for (final long pid : List.of(dead.pid(), PID))
        {
            Files.writeString(path(), pid + "\n");
            // What it had written before it was killed, under a name that is this process's then.
            Files.writeString(path().resolveSibling(path().getFileName() + "." + PID), "");
            PidFile.write(path()).close();
            assertEquals(List.of(), files());
        }
    }

    /** One after the other: of three at once the second could take the first one's for the dead one's. */
    @Test
    void shouldReplaceTheDeadOneByOne() throws Exception
    {
        Files.writeString(path(), PID + "\n");
        try (ExecutorService executor = Executors.newSingleThreadExecutor())
        {
            final CompletableFuture<Thread> thread = new CompletableFuture<>();
            final Future<PidFile> written;
            try (DirectoryLock _ = DirectoryLock.of(path()))
            {
                written = executor.submit(() ->
                {
                    thread.complete(Thread.currentThread());
                    return PidFile.write(path());
                });
                final Thread writer = thread.get();
                while (!written.isDone() && Thread.State.TIMED_WAITING != writer.getState())
                {
                    Thread.onSpinWait();
                }
                assertFalse(written.isDone(), "nobody was asked");
            }
            written.get().close();
        }
        assertEquals(List.of(), files());
    }

    /** Who started after it was written is not who it names. */
    @Test
    void shouldReplaceTheFileOfADeadProcessWhoseIdAnotherOneHas() throws IOException
    {
        Files.writeString(path(), ProcessHandle.current().parent().orElseThrow().pid() + "\n");
        Files.setLastModifiedTime(path(), FileTime.from(Instant.EPOCH));
        PidFile.write(path()).close();
        assertEquals(List.of(), files());
    }

    @Test
    void shouldKeepTheFileOfTheLiving() throws IOException
    {
        final long pid = ProcessHandle.current().parent().orElseThrow().pid();
        Files.writeString(path(), pid + "\n");
        final String why = assertThrows(UsageException.class, () -> PidFile.write(path())).getMessage();
        assertTrue(why.contains("--pidfile " + path() + " can not be: process " + pid + " has it and runs"), why);
        assertEquals(pid + "\n", Files.readString(path()));
        // Before a socket is made, which can not be here.
        final CommandRun run = CommandRun.of("serve", "rng",
            "--vhost-user", directory.resolve("none/socket").toString(), "--pidfile", path().toString());
        assertEquals(Main.EXIT_USAGE, run.exitCode());
        assertTrue(run.errors().contains(why), run.errors());
    }

    /** Of two that start at once, only one goes on: what has come since it was looked at is kept. */
    @Test
    void shouldKeepAFileThatComesMeanwhile() throws Exception
    {
        final Path living = Files.writeString(
            directory.resolve("living"), ProcessHandle.current().parent().orElseThrow().pid() + "\n");
        final Path temporary = temporary();
        try (ExecutorService other = Executors.newSingleThreadExecutor())
        {
            for (int i = 0; i < ROUNDS; i++)
            {
                final AtomicBoolean isOver = new AtomicBoolean();
                final CountDownLatch isLooking = new CountDownLatch(1);
                final Future<Boolean> hasOther = other.submit(() ->
                {
                    isLooking.countDown();
                    while (!isOver.get() && !Files.exists(temporary))
                    {
                        Thread.onSpinWait();
                    }
                    return hasLinked(living);
                });
                isLooking.await();
                final boolean isOurs = hasWritten();
                isOver.set(true);
                assertEquals(!isOurs, hasOther.get(), "only one has it");
                assertEquals(isOurs ? PID + "\n" : Files.readString(living), Files.readString(path()));
                assertEquals(List.of(living, path()), files());
                Files.delete(path());
            }
        }
    }

    /** Who has it open for writing by then could have scripts end another process. */
    @Test
    void shouldNeverBeForOthersToWrite() throws Exception
    {
        final Path temporary = temporary();
        final AtomicBoolean isOver = new AtomicBoolean();
        try (Umask umask = new Umask(0);
            ExecutorService other = Executors.newSingleThreadExecutor())
        {
            assertNotNull(umask);
            final Future<Set<String>> seen = other.submit(() ->
            {
                final Set<String> modes = new HashSet<>();
                while (!isOver.get())
                {
                    modes.addAll(mode(temporary));
                }
                return modes;
            });
            for (int i = 0; i < ROUNDS; i++)
            {
                PidFile.write(path()).close();
            }
            isOver.set(true);
            seen.get().removeAll(Set.of("rw-------", "rw-r--r--"));
            assertEquals(Set.of(), seen.get());
        }
    }

    private static Set<String> mode(final Path file) throws IOException
    {
        try
        {
            return Set.of(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        }
        catch (final NoSuchFileException e)
        {
            return Set.of();
        }
    }

    private boolean hasLinked(final Path living) throws IOException
    {
        try
        {
            Files.createLink(path(), living);
            return true;
        }
        catch (final FileAlreadyExistsException e)
        {
            return false;
        }
    }

    private boolean hasWritten()
    {
        try
        {
            PidFile.write(path());
            return true;
        }
        catch (final UsageException e)
        {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"precious", "12 monkeys", "", "-1", "99999999999999999999", "directory", "link"})
    void shouldKeepWhatIsSomethingElse(final String content) throws IOException
    {
        switch (content)
        {
            case "directory" -> Files.createDirectory(path());
            case "link" -> Files.createSymbolicLink(path(), Files.writeString(directory.resolve("other"), PID + "\n"));
            default -> Files.writeString(path(), content);
        }
        final List<Path> before = files();
        final String why = assertThrows(UsageException.class, () -> PidFile.requireFree(path())).getMessage();
        assertTrue(why.contains("what is there is no file of a process id; remove it or choose another path"), why);
        assertEquals(before, files());
    }

    @Test
    void shouldRefuseADirectoryThatIsNotThere()
    {
        final Path nowhere = directory.resolve("nowhere").resolve("pid");
        assertTrue(assertThrows(UsageException.class, () -> PidFile.requireFree(nowhere)).getMessage()
            .contains("there is no directory " + nowhere.getParent()));
    }

    @Test
    void shouldNotRemoveTheFileOfAnotherOne() throws IOException
    {
        final PidFile ours = PidFile.write(path());
        Files.delete(path());
        Files.writeString(path(), "1\n");
        ours.close();
        assertEquals("1\n", Files.readString(path()));
        Files.delete(path());
        ours.close();
        assertFalse(Files.exists(path()));
    }

    /** In another container it may have the same id. */
    @Test
    void shouldNotRemoveTheFileOfAnotherOneWithTheSameId() throws IOException
    {
        final PidFile ours = PidFile.write(path());
        Files.move(Files.writeString(directory.resolve("theirs"), PID + "\n"), path(),
            StandardCopyOption.REPLACE_EXISTING);
        ours.close();
        assertEquals(PID + "\n", Files.readString(path()));
    }

    /** Starts are counted in ticks from the boot, and the clock may be set meanwhile. */
    @Test
    void shouldKeepTheFileOfTheLivingThoughClocksDiffer() throws IOException
    {
        final ProcessHandle living = ProcessHandle.current().parent().orElseThrow();
        Files.writeString(path(), living.pid() + "\n");
        Files.setLastModifiedTime(path(), FileTime.from(living.info().startInstant().orElseThrow().minusSeconds(1)));
        assertThrows(UsageException.class, () -> PidFile.requireFree(path()));
    }

    private Path path()
    {
        return directory.resolve("pid");
    }

    private Path temporary()
    {
        return path().resolveSibling("pid." + PID);
    }

    private List<Path> files() throws IOException
    {
        try (Stream<Path> files = Files.list(directory))
        {
            return files.sorted().toList();
        }
    }
}
