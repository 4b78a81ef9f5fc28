/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.DirectoryLock;
import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.ForeignFile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * A file with the id of this process, for scripts that want to end it: there once the process is ready, whole from the
 * first moment, for everybody to read, and gone at the end.
 * <p>
 * The file of a process that is dead is replaced, nothing else. That a process has the same id is not enough to be
 * alive: whoever started after the file was written is another one.
 */
final class PidFile implements AutoCloseable
{
    private static final int MAX_LENGTH = 32;
    private static final Set<PosixFilePermission> FOR_ALL = PosixFilePermissions.fromString("rw-r--r--");
    /** What the start of a process, counted from the boot of the machine, may be off. */
    private static final Duration CLOCK_ERROR = Duration.ofSeconds(2);

    private final Path path;
    /** Device and inode. */
    private final Object key;

    private PidFile(final Path path, final Object key)
    {
        this.path = path;
        this.key = key;
    }

    /**
     * Refuse a file that can not be had, before anything is done.
     *
     * @param path of the file.
     * @throws UsageException if a process has it that is alive, if it is something else, or if there is no directory.
     */
    static void requireFree(final Path path)
    {
        final Path parent = path.toAbsolutePath().getParent();
        if (null != parent && !Files.isDirectory(parent))
        {
            throw new UsageException("--pidfile " + path + " can not be: there is no directory " + parent);
        }
        try
        {
            final BasicFileAttributes there =
                Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            final long pid = there.isRegularFile() ? read(path) : -1;
            if (pid < 0)
            {
                throw new UsageException("--pidfile " + path + " can not be: what is there is no file of a process " +
                    "id; remove it or choose another path");
            }
            if (isAlive(pid, there.lastModifiedTime().toInstant()))
            {
                throw new UsageException("--pidfile " + path + " can not be: process " + pid + " has it and runs; " +
                    "end that process or choose another path");
            }
        }
        catch (final NoSuchFileException e)
        {
            return;
        }
        catch (final IOException e)
        {
            throw new UsageException("--pidfile " + path + " can not be: " + Main.reason(e));
        }
    }

    /**
     * Write it.
     *
     * @param path of the file.
     * @return the file, to be removed by the caller.
     * @throws UsageException   as {@link #requireFree} does.
     * @throws FailureException if it can not be written.
     */
    static PidFile write(final Path path)
    {
        requireFree(path);
        final long pid = ProcessHandle.current().pid();
        final Path temporary = path.resolveSibling(path.getFileName() + "." + pid);
        delete(temporary);
        try (ForeignFile made = ForeignFile.create(temporary))
        {
            return write(path, temporary, made.path(), pid);
        }
        catch (final ErrnoException e)
        {
            throw new FailureException("--pidfile " + path + " can not be written: " + e.getMessage());
        }
    }

    /** By its descriptor: where the directory is another user's, a name may lead to another file by then. */
    private static PidFile write(final Path path, final Path temporary, final Path made, final long pid)
    {
        try
        {
            Files.writeString(made, pid + "\n");
            Files.setPosixFilePermissions(made, FOR_ALL);
            final PidFile file = new PidFile(path, Files.readAttributes(made, BasicFileAttributes.class).fileKey());
            link(temporary, path);
            return file;
        }
        catch (final IOException e)
        {
            throw failure(path, e);
        }
        finally
        {
            delete(temporary);
        }
    }

    /** A link never replaces anything: of two that start at once one finds the other's file there. */
    private static void link(final Path temporary, final Path path) throws IOException
    {
        while (true)
        {
            try
            {
                Files.createLink(path, temporary);
                return;
            }
            catch (final FileAlreadyExistsException e)
            {
                deleteDead(path);
            }
        }
    }

    /** Under the lock: what is found dead would be another one's by the time that it is deleted. */
    private static void deleteDead(final Path path) throws IOException
    {
        try (DirectoryLock _ = DirectoryLock.of(path))
        {
            requireFree(path);
            Files.deleteIfExists(path);
        }
    }

    private static void delete(final Path temporary)
    {
        try
        {
            Files.deleteIfExists(temporary);
        }
        catch (final IOException e)
        {
            throw new FailureException("--pidfile: can not delete " + temporary + ": " + Main.reason(e));
        }
    }

    private static FailureException failure(final Path path, final IOException e)
    {
        return new FailureException("--pidfile " + path + " can not be written: " + Main.reason(e));
    }

    /**
     * Remove it, unless another one has come into its place.
     *
     * @throws FailureException if it can not be removed.
     */
    @Override
    public void close()
    {
        try
        {
            // The same inode may be another file's by now.
            if (key.equals(keyOf(path)) && ProcessHandle.current().pid() == read(path))
            {
                Files.delete(path);
            }
        }
        catch (final NoSuchFileException e)
        {
            return;
        }
        catch (final IOException e)
        {
            throw new FailureException("--pidfile " + path + " can not be removed: " + Main.reason(e));
        }
    }

    /** Less than zero if it is no process id. */
    private static long read(final Path path) throws IOException
    {
        try (InputStream in = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS))
        {
            final String text = new String(in.readNBytes(MAX_LENGTH), StandardCharsets.US_ASCII).strip();
            return text.matches("[0-9]{1,10}") ? Long.parseLong(text) : -1;
        }
    }

    private static boolean isAlive(final long pid, final Instant written)
    {
        // In a container the one before had the same id.
        if (ProcessHandle.current().pid() == pid)
        {
            return false;
        }
        final Optional<ProcessHandle> process = ProcessHandle.of(pid);
        return process.isPresent() && process.get().info().startInstant()
            .map((start) -> !start.isAfter(written.plus(CLOCK_ERROR))).orElse(true);
    }

    private static Object keyOf(final Path path) throws IOException
    {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey();
    }
}
