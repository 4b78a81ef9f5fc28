/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Arrays;
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
    private static final MethodHandle READ =
        Native.link("read", Native.LONG, Native.INT, Native.POINTER, Native.LONG);
    private static final MethodHandle WRITE =
        Native.link("write", Native.LONG, Native.INT, Native.POINTER, Native.LONG);
    private static final int SEEK_END = 2;
    private static final int F_SETFD = 2;
    private static final int FD_CLOEXEC = 1;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int AT_EMPTY_PATH = 0x1000;
    /** {@code struct statx}, the same on every machine: the block size is at 4, kind and permissions at 28. */
    private static final int STATX_LENGTH = 256;
    private static final int STATX_BLKSIZE_OFFSET = 4;
    private static final int STATX_MODE_OFFSET = 28;
    private static final int S_IFMT = 0xf000;
    private static final int S_IFIFO = 0x1000;
    private static final int S_IFBLK = 0x6000;
    private static final int S_IFREG = 0x8000;
    private static final int F_DUPFD_CLOEXEC = 1030;
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
     * Open a file, a device node or a resource of a PCI function. Programs that this process starts do not get it
     * (O_CLOEXEC), and a terminal does not become this process's (O_NOCTTY).
     *
     * @param path   of it.
     * @param access to what is in it.
     * @param flags  how else to open it.
     * @return the owner, which is to be closed.
     * @throws ErrnoException ENOENT or EACCES, for example.
     */
    public static Fd open(final Path path, final Access access, final OpenFlag... flags)
    {
        int bits = OpenFile.O_NOCTTY | (Access.READ_ONLY == access ? OpenFile.O_RDONLY : OpenFile.O_RDWR);
        for (final OpenFlag flag : flags)
        {
            bits |= flag.bits();
        }
        return OpenFile.open(
            path, bits, OpenFlag.CREATED_MODE, access + ", flags=" + Arrays.toString(flags), path.toString());
    }

    /**
     * Take ownership of a descriptor that came into this process in another way, as from native code. Programs that
     * this process starts do not get it from now on (FD_CLOEXEC).
     *
     * @param value an open descriptor of this process that nothing else will close.
     * @param name  what it is, for messages.
     * @return the owner, which is to be closed.
     * @throws IllegalArgumentException if the value is negative.
     * @throws ErrnoException           EBADF if it is not open.
     */
    public static Fd adopt(final int value, final String name)
    {
        final Fd fd = of(value, name);
        fd.setCloseOnExec();
        return fd;
    }

    /**
     * Take ownership of a descriptor that this package has opened.
     *
     * @param value an open descriptor of this process that nothing else will close.
     * @param name  what it is, for messages.
     * @return the owner, which is to be closed.
     */
    static Fd of(final int value, final String name)
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
        return of(STANDARD_OUTPUT, "standard output").duplicate();
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
        return of(control(F_DUPFD_CLOEXEC, 0, "F_DUPFD_CLOEXEC"), name);
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

    /**
     * Whether this is a file or a block device: {@link #size()} says how much of it can be mapped. Of another device
     * only its driver knows that.
     *
     * @return true for a file of any file system, memory files and resources of PCI functions included.
     * @throws IllegalStateException if it is closed.
     */
    public boolean hasLength()
    {
        final long kind = statx(STATX_MODE_OFFSET) & S_IFMT;
        return S_IFREG == kind || S_IFBLK == kind;
    }

    /** A name that leads to this very file, whatever became of its path. */
    Path path()
    {
        return Path.of("/proc/self/fd/" + value());
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
        control(F_SETFD, FD_CLOEXEC, "FD_CLOEXEC");
    }

    /** Let no read or write wait, whoever has the file open: a peer may pass a descriptor that would. */
    void setNonBlocking()
    {
        final int flags = control(F_GETFL, 0, "F_GETFL");
        if (0 == (flags & OpenFile.O_NONBLOCK))
        {
            control(F_SETFL, flags | OpenFile.O_NONBLOCK, "O_NONBLOCK");
        }
    }

    /** {@code fcntl(2)}: what it returns, zero or more. */
    int control(final int command, final int argument, final String what)
    {
        try
        {
            final int result = (int)FCNTL.invokeExact(Native.state(), value(), command, argument);
            if (result < 0)
            {
                throw Native.failure("fcntl", "fd=" + this + ", " + what);
            }
            return result;
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /** {@code read(2)}: the bytes read, or below zero with the reason in {@link Native#errno()}. */
    long read(final MemorySegment to, final long length)
    {
        try
        {
            return (long)READ.invokeExact(Native.state(), value(), to, length);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /** {@code write(2)}: the bytes written, or below zero with the reason in {@link Native#errno()}. */
    long write(final MemorySegment from, final long length)
    {
        try
        {
            return (long)WRITE.invokeExact(Native.state(), value(), from, length);
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
            if (isReceived)
            {
                // The last to close a TCP socket waits as long as its peer has set. Of all else Linux says no.
                SocketCalls.set(fd, SO_LINGER, NO_LINGER);
            }
            try
            {
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
