/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A lock of a directory among the processes that replace files in it ({@code flock(2)}): what one of them looks at is
 * still there when it deletes it. Unlike a {@link java.nio.channels.FileLock} it stays when something else of this
 * process closes the same file. Gone with the process at the latest. Any thread.
 */
public final class DirectoryLock implements AutoCloseable
{
    private static final MethodHandle FLOCK = Native.link("flock", Native.INT, Native.INT, Native.INT);
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Fd directory;

    private DirectoryLock(final Fd directory)
    {
        this.directory = directory;
    }

    /**
     * Lock the directory of a file, and wait if another process has it. Anybody who may read the directory can hold its
     * lock, so the wait has an end after five seconds.
     *
     * @param file to be replaced.
     * @return to be closed when that is done.
     * @throws ErrnoException EAGAIN if another process kept it for five seconds, or another reason of Linux.
     */
    public static DirectoryLock of(final Path file)
    {
        final Path absolute = file.toAbsolutePath();
        final Path parent = null == absolute.getParent() ? absolute : absolute.getParent();
        final Fd fd = OpenFile.open(parent, OpenFile.O_RDONLY, 0, "O_RDONLY", "path:" + parent.getFileName());
        final long start = System.nanoTime();
        try
        {
            while (0 != (int)FLOCK.invokeExact(Native.state(), fd.value(), LOCK_EX | LOCK_NB))
            {
                if (Errno.EAGAIN != Native.errno() || System.nanoTime() - start > LIMIT_NS)
                {
                    throw Native.failure("flock", "directory=" + parent + ", to replace " + file);
                }
                LockSupport.parkNanos(PAUSE_NS);
            }
            return new DirectoryLock(fd);
        }
        catch (final Throwable t)
        {
            fd.close();
            throw Native.unexpected(t);
        }
    }

    @Override
    public void close()
    {
        directory.close();
    }
}
