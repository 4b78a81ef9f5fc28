/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A file for node-exporter's textfile collector: whenever it looks, it sees a whole text or none. Written beside, under
 * a name that it passes over, and renamed ({@code rename(2)}); anybody may read it, whatever the umask, as
 * node-exporter has a user of its own.
 */
final class MetricsFile
{
    private static final String SUFFIX = ".prom";
    private static final Set<PosixFilePermission> MODE = PosixFilePermissions.fromString("rw-r--r--");

    private final Path path;
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
        beside = directory.resolve("." + path.getFileName() + ".tmp");
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
            // Somebody who was killed left it.
            Files.deleteIfExists(beside);
            try (OutputStream out = Files.newOutputStream(beside, StandardOpenOption.CREATE_NEW))
            {
                out.write(text.getBytes(StandardCharsets.UTF_8));
            }
            Files.setPosixFilePermissions(beside, MODE);
            Files.move(beside, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        catch (final IOException e)
        {
            delete(beside);
            throw new FailureException("--textfile " + path + " can not be written: " + Main.reason(e));
        }
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
