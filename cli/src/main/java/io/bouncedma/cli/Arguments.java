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

    private Arguments()
    {
    }

    static void requireFile(final String option, final Path path)
    {
        if (!Files.exists(path))
        {
            throw new UsageException(option + " " + path + " does not exist; give a file");
        }
        if (Files.isDirectory(path))
        {
            throw new UsageException(option + " " + path + " is a directory; give a file");
        }
        if (!Files.isRegularFile(path))
        {
            throw new UsageException(option + " " + path + " is not an ordinary file; give one");
        }
        if (!Files.isReadable(path))
        {
            throw new UsageException(option + " " + path + " can not be read; give a file that you may read");
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
