/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open file descriptor with one owner. Closing is idempotent and thread-safe; use that begins after close is an
 * {@link IllegalStateException}. A call on one thread while another closes may reach whatever descriptor took the
 * number, so the owner closes only when nobody uses it any more.
 */
public final class Fd implements AutoCloseable
{
    private static final MethodHandle CLOSE = Native.link("close", Native.INT, Native.INT);
    private static final MethodHandle LSEEK =
        Native.link("lseek", Native.LONG, Native.INT, Native.LONG, Native.INT);
    private static final MethodHandle FCNTL =
        Native.linkVariadic("fcntl", 2, Native.INT, Native.INT, Native.INT, Native.INT);
    private static final MethodHandle STATX = Native.link(
        "statx", Native.INT, Native.INT, Native.POINTER, Native.INT, Native.INT, Native.POINTER);
    private static final MethodHandle SETSOCKOPT = Native.link(
        "setsockopt", Native.INT, Native.INT, Native.INT, Native.INT, Native.POINTER, Native.INT);
    private static final int SEEK_END = 2;
    private static final int F_SETFD = 2;
    private static final int FD_CLOEXEC = 1;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int O_NONBLOCK = 0x800;
    private static final int AT_EMPTY_PATH = 0x1000;
    /** {@code struct statx}, the same on every machine: the block size is at 4, kind and permissions at 28. */
    private static final int STATX_LENGTH = 256;
    private static final int STATX_BLKSIZE_OFFSET = 4;
    private static final int STATX_MODE_OFFSET = 28;
    private static final int S_IFMT = 0xf000;
    private static final int S_IFIFO = 0x1000;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int SOL_SOCKET = 1;
    private static final int SO_LINGER = 13;
    /** {@code struct linger}, all zero: do not. */
    private static final MemorySegment NO_LINGER = Arena.global().allocate(2L * Integer.BYTES, Integer.BYTES);
    private static final int STANDARD_OUTPUT = 1;
    private static final int CLOSED = -1;

    private final String name;
    private final AtomicInteger value;
    private final boolean isReceived;

    private Fd(final int value, final String name, final boolean isReceived)
    {
        this.value = new AtomicInteger(value);
        this.name = name;
        this.isReceived = isReceived;
    }

    /**
     * Take ownership of a descriptor.
     *
     * @param value an open descriptor of this process that nothing else will close.
     * @param name  what it is, for messages.
     * @return the owner, which is to be closed.
     */
    static Fd adopt(final int value, final String name)
    {
        if (value < 0)
        {
            throw new IllegalArgumentException("not a descriptor: value=" + value + ", name=" + name);
        }
        return new Fd(value, name, false);
    }

    /**
     * Take ownership of a descriptor that a peer has passed, of anything that it has open.
     *
     * @param value as it came.
     * @return the owner, which is to be closed. A TCP socket that is to linger does not hold up whoever closes it.
     */
    static Fd received(final int value)
    {
        return new Fd(value, "received", true);
    }

    /**
     * A second descriptor of what this process's standard output is. It needs no right to open that once more, which
     * another user's pipe does not give; in return all that is set on it is set for whoever shares it, as the shell.
     *
     * @return to be closed by the caller.
     * @throws ErrnoException EBADF if it is closed.
     */
    public static Fd standardOutput()
    {
        return adopt(STANDARD_OUTPUT, "standard output").duplicate();
    }

    /**
     * The number of the descriptor in this process.
     *
     * @return zero or more.
     * @throws IllegalStateException if it is closed.
     */
    public int value()
    {
        final int fd = value.get();
        if (CLOSED == fd)
        {
            throw new IllegalStateException("descriptor is closed: name=" + name);
        }
        return fd;
    }

    /**
     * Whether {@link #close()} has not been called yet.
     *
     * @return true while the descriptor can be used.
     */
    public boolean isOpen()
    {
        return CLOSED != value.get();
    }

    /**
     * A second descriptor of the same file, for a second owner.
     *
     * @return to be closed by the caller.
     * @throws ErrnoException EMFILE if the process has no descriptor left.
     */
    public Fd duplicate()
    {
        try
        {
            final int copy = (int)FCNTL.invokeExact(Native.state(), value(), F_DUPFD_CLOEXEC, 0);
            if (copy < 0)
            {
                throw Native.failure("fcntl", "fd=" + this + ", F_DUPFD_CLOEXEC");
            }
            return adopt(copy, name);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * The length of the file behind the descriptor.
     *
     * @return bytes.
     * @throws ErrnoException if it is not a file with a length, ESPIPE for a socket.
     */
    public long size()
    {
        try
        {
            final long size = (long)LSEEK.invokeExact(Native.state(), value(), 0L, SEEK_END);
            if (size < 0)
            {
                throw Native.failure("lseek", "fd=" + this + ", SEEK_END");
            }
            return size;
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * The unit in which the file's pages come.
     *
     * @return bytes: the size of a huge page for a file of huge pages, usually 4096 otherwise.
     */
    public long blockSize()
    {
        return statx(STATX_BLKSIZE_OFFSET);
    }

    /**
     * Whether this is an end of a pipe.
     *
     * @return true for one with and without a name.
     * @throws IllegalStateException if it is closed.
     */
    public boolean isPipe()
    {
        return S_IFIFO == (statx(STATX_MODE_OFFSET) & S_IFMT);
    }

    private long statx(final long offset)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment stat = arena.allocate(STATX_LENGTH, Long.BYTES);
            if (0 != (int)STATX.invokeExact(Native.state(), value(), arena.allocateFrom(""), AT_EMPTY_PATH, 0, stat))
            {
                throw Native.failure("statx", "fd=" + this);
            }
            return Integer.toUnsignedLong(stat.get(Native.INT, offset));
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /** Keep it from programs that this process starts. What is opened here is so from the beginning. */
    void setCloseOnExec()
    {
        try
        {
            if ((int)FCNTL.invokeExact(Native.state(), value(), F_SETFD, FD_CLOEXEC) < 0)
            {
                throw Native.failure("fcntl", "fd=" + this + ", FD_CLOEXEC");
            }
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /** Let no read or write wait, whoever has the file open: a peer may pass a descriptor that would. */
    void setNonBlocking()
    {
        try
        {
            final int flags = (int)FCNTL.invokeExact(Native.state(), value(), F_GETFL, 0);
            if (flags < 0 || 0 == (flags & O_NONBLOCK) &&
                (int)FCNTL.invokeExact(Native.state(), value(), F_SETFL, flags | O_NONBLOCK) < 0)
            {
                throw Native.failure("fcntl", "fd=" + this + ", O_NONBLOCK");
            }
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * Close the descriptor; a second call does nothing.
     */
    @Override
    public void close()
    {
        final int fd = value.getAndSet(CLOSED);
        if (CLOSED != fd)
        {
            try
            {
                if (isReceived)
                {
                    // The last to close a TCP socket waits as long as its peer has set. Of all else Linux says no.
                    final int ignored = (int)SETSOCKOPT.invokeExact(
                        Native.state(), fd, SOL_SOCKET, SO_LINGER, NO_LINGER, (int)NO_LINGER.byteSize());
                }
                // Linux frees the number even when close reports an error, so there is nothing to retry.
                final int ignored = (int)CLOSE.invokeExact(Native.state(), fd);
            }
            catch (final Throwable t)
            {
                throw Native.unexpected(t);
            }
        }
    }

    @Override
    public String toString()
    {
        return name + "#" + value.get();
    }
}
