/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.virtio.RingFormat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Checks that several commands make, each with a sentence that says what would be right.
 */
final class Arguments
{
    private static final int MIN_QUEUE_SIZE = 4;
    /** Of a mode, {@code S_IFMT} of stat(2), and what stands there for a pipe. */
    private static final int KIND = 0170000;
    private static final int PIPE = 0010000;

    private Arguments()
    {
    }

    /**
     * Check a file whose length has to be known, or that is read at several places.
     */
    static void requireFile(final String option, final Path path)
    {
        requireThere(option, path);
        if (!Files.isRegularFile(path))
        {
            throw new UsageException(option + " " + path + " is not an ordinary file; give one");
        }
        requireReadable(option, path);
    }

    /**
     * Check what is read once, from its beginning to its end: a file or a pipe, as a shell makes one of
     * {@code <(ssh guest dmesg)}. Devices are not taken, as reading most of them never ends.
     */
    static void requireText(final String option, final Path path)
    {
        requireThere(option, path);
        if (!Files.isRegularFile(path) && !isPipe(path))
        {
            throw new UsageException(option + " " + path + " is neither a file nor a pipe; give one of them");
        }
        requireReadable(option, path);
    }

    private static void requireThere(final String option, final Path path)
    {
        if (!Files.exists(path))
        {
            throw new UsageException(option + " " + path + " does not exist; give a file");
        }
        if (Files.isDirectory(path))
        {
            throw new UsageException(option + " " + path + " is a directory; give a file");
        }
    }

    private static void requireReadable(final String option, final Path path)
    {
        if (!Files.isReadable(path))
        {
            throw new UsageException(option + " " + path + " can not be read; give a file that you may read");
        }
    }

    private static boolean isPipe(final Path path)
    {
        try
        {
            return PIPE == ((int)Files.getAttribute(path, "unix:mode") & KIND);
        }
        catch (final IOException e)
        {
            return false;
        }
    }

    /**
     * Check that a file can be written, and is not the one that is read.
     */
    static void requireNewFile(final String option, final Path path, final Path input)
    {
        final Path parent = path.toAbsolutePath().getParent();
        if (null == parent || Files.isDirectory(path))
        {
            throw new UsageException(option + " " + path + " is a directory; give a file");
        }
        if (!Files.isDirectory(parent))
        {
            throw new UsageException(option + " " + path + " lies in no directory; make " + parent + " first");
        }
        if (!Files.isWritable(Files.exists(path) ? path : parent))
        {
            throw new UsageException(option + " " + path + " can not be written; give a file that you may write");
        }
        if (null != input && isSame(path, input))
        {
            throw new UsageException(option + " " + path + " is the file that is read; give another one");
        }
    }

    private static boolean isSame(final Path path, final Path other)
    {
        try
        {
            return Files.exists(path) && Files.isSameFile(path, other);
        }
        catch (final IOException e)
        {
            return false;
        }
    }

    /**
     * Check how many descriptors a ring shall have.
     *
     * @param size   that the user gave.
     * @param format of the ring: only a packed one has any number.
     */
    static void requireQueueSize(final int size, final RingFormat format)
    {
        requireQueueSize(size, format, RingFormat.MAX_SIZE);
    }

    /**
     * Check how many descriptors a ring of a certain transport shall have.
     *
     * @param size   that the user gave.
     * @param format of the ring: only a packed one has any number.
     * @param most   that the transport takes.
     */
    static void requireQueueSize(final int size, final RingFormat format, final int most)
    {
        final int nearest = Math.clamp(size, MIN_QUEUE_SIZE, most);
        if (size != format.fit(nearest))
        {
            throw new UsageException("--queue-size " + size + " is no " +
                (RingFormat.PACKED == format ? "number" : "power of two") + " from " + MIN_QUEUE_SIZE + " to " +
                most + "; give for example " + format.fit(nearest));
        }
    }
}
