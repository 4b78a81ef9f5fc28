/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * Gives back and zeroes ranges of a file without writing them ({@code fallocate(2)}), which a Java file channel has no
 * call for. Neither changes the length of the file. Not every filesystem can do it: what says false has changed nothing
 * and will say so for this file ever after.
 */
public final class SparseFile implements AutoCloseable
{
    private static final MethodHandle FALLOCATE =
        Native.link("fallocate", Native.INT, Native.INT, Native.INT, Native.LONG, Native.LONG);

    private static final int KEEP_SIZE = 1;
    private static final int PUNCH_HOLE = 2;
    private static final int ZERO_RANGE = 16;
    /** A hole is tried behind the end of the file, so far that nobody who makes it longer just now comes there. */
    private static final long PROBE_OFFSET = 1L << 40;
    private static final long PROBE_DISTANCE = 1L << 30;

    private final Fd fd;
    private final boolean hasHoles;

    private SparseFile(final Fd fd)
    {
        this.fd = fd;
        hasHoles = probe();
    }

    /**
     * Open a file.
     *
     * @param path of an existing file that can be written.
     * @return to be closed by the caller.
     * @throws ErrnoException ENOENT or EACCES, for example.
     */
    public static SparseFile open(final Path path)
    {
        final Fd fd = OpenFile.open(path, OpenFile.O_RDWR, 0, "O_RDWR", path.toString());
        try
        {
            return new SparseFile(fd);
        }
        catch (final RuntimeException e)
        {
            fd.close();
            throw e;
        }
    }

    /**
     * The open file under a name that leads to this very file, whatever became of its path.
     *
     * @return for opening it in another way, while this is open.
     */
    public Path path()
    {
        return fd.path();
    }

    /**
     * Whether the filesystem can have holes in this file.
     *
     * @return false if {@link #punchHole} will say false.
     */
    public boolean hasHoles()
    {
        return hasHoles;
    }

    /**
     * Give the space of a range back; it reads as zeros from then on.
     *
     * @param offset of the first byte, zero or more.
     * @param length bytes, greater than zero; what lies behind the end of the file changes nothing.
     * @return false if the filesystem has no holes, and then nothing is changed.
     * @throws ErrnoException EIO or ENOSPC, for example.
     */
    public boolean punchHole(final long offset, final long length)
    {
        return hasHoles && fallocate(PUNCH_HOLE | KEEP_SIZE, offset, length);
    }

    /**
     * Zero a range and keep its space.
     *
     * @param offset of the first byte, zero or more.
     * @param length bytes, greater than zero.
     * @return false if the filesystem can not do so without writing, and then nothing is changed.
     * @throws ErrnoException EIO or ENOSPC, for example.
     */
    public boolean zeroRange(final long offset, final long length)
    {
        return fallocate(ZERO_RANGE | KEEP_SIZE, offset, length);
    }

    @Override
    public void close()
    {
        fd.close();
    }

    private boolean probe()
    {
        try
        {
            return fallocate(
                PUNCH_HOLE | KEEP_SIZE, Math.max(PROBE_OFFSET, fd.size() + PROBE_DISTANCE), Mapping.PAGE_SIZE);
        }
        catch (final ErrnoException e)
        {
            // For example EFBIG, from a filesystem whose files are too small for it to have holes.
            return false;
        }
    }

    private boolean fallocate(final int mode, final long offset, final long length)
    {
        try
        {
            while (0 != (int)FALLOCATE.invokeExact(Native.state(), fd.value(), mode, offset, length))
            {
                final int errno = Native.errno();
                if (Errno.EOPNOTSUPP == errno || Errno.ENOSYS == errno)
                {
                    return false;
                }
                if (Errno.EINTR != errno)
                {
                    throw Native.failure(
                        "fallocate", "fd=" + fd + ", mode=" + mode + ", offset=" + offset + ", length=" + length);
                }
            }
            return true;
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }
}
