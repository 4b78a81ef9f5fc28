/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.ForeignFile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Set;

/**
 * A file for node-exporter's textfile collector: whenever it looks, it sees a whole text or none. Written beside, under
 * a name that it passes over, and renamed ({@code rename(2)}); anybody may read it, whatever the umask, as
 * node-exporter has a user of its own. Its mode is set by its descriptor: where the directory is that user's, a name
 * may lead to another file by then.
 */
final class MetricsFile
{
    private static final String SUFFIX = ".prom";
    private static final Set<PosixFilePermission> MODE = PosixFilePermissions.fromString("rw-r--r--");

    private final Path path;
    /** Of this writer alone: of two with one name each would finish what the other one is writing. */
    private final Path beside;
    private boolean isOver;

    /**
     * Look where it is to be.
     *
     * @param path of the file; one that is there is replaced, nothing else.
     * @throws UsageException if it can not be there, with what to do.
     */
    MetricsFile(final Path path)
    {
        final Path directory = path.toAbsolutePath().getParent();
        if (!path.toString().endsWith(SUFFIX))
        {
            throw new UsageException("--textfile " + path + ": node-exporter reads only names that end in " + SUFFIX);
        }
        if (!Files.isDirectory(directory))
        {
            throw new UsageException("--textfile " + path + ": there is no directory " + directory +
                "; give a file in the one that node-exporter has as --collector.textfile.directory");
        }
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
        {
            throw new UsageException("--textfile " + path + ": what is there is no file, and is not replaced");
        }
        this.path = path;
        beside = directory.resolve(path.getFileName() + "." +
            Long.toUnsignedString(new SecureRandom().nextLong(), Character.MAX_RADIX) + ".tmp");
    }

    /**
     * Replace what is there.
     *
     * @param text to be there.
     * @throws FailureException if it can not be written.
     */
    synchronized void write(final String text)
    {
        if (isOver)
        {
            return;
        }
        try
        {
            try (ForeignFile made = ForeignFile.create(beside))
            {
                Files.write(made.path(), text.getBytes(StandardCharsets.UTF_8));
                Files.setPosixFilePermissions(made.path(), MODE);
            }
            Files.move(beside, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        catch (final IOException e)
        {
            throw failed(Main.reason(e));
        }
        catch (final ErrnoException e)
        {
            // Not as what is open(2)ed: its user has never heard of the file beside.
            throw failed("no file can be made in " + beside.toAbsolutePath().getParent() + ": " + e.reason() +
                "; give a file in a directory where this user may write");
        }
    }

    private FailureException failed(final String reason)
    {
        delete(beside);
        return new FailureException("--textfile " + path + " can not be written: " + reason);
    }

    /** Delete it for good: figures that nobody brings up to date are no metrics. */
    synchronized void delete()
    {
        isOver = true;
        delete(path);
    }

    private static void delete(final Path file)
    {
        try
        {
            Files.deleteIfExists(file);
        }
        catch (final IOException e)
        {
            System.err.println("bounce-dma inspect: can not delete " + file + ": " + Main.reason(e));
        }
    }
}
