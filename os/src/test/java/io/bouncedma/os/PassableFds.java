/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;

/**
 * Descriptors of every kind that a process can pass to another one, for tests of those who get them.
 */
public final class PassableFds
{
    /** To read and write. */
    public static final int O_RDWR = 2;
    /** No file, only its name: most calls fail on it. */
    public static final int O_PATH = 0x200000;
    /** Of a memory file: it does not get shorter any more. */
    public static final int F_SEAL_SHRINK = 2;
    /** Of a memory file: nobody writes it any more. */
    public static final int F_SEAL_WRITE = 8;
    /** Of a memory file: nobody maps it for writing any more. */
    public static final int F_SEAL_FUTURE_WRITE = 16;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_NONBLOCK = 0x800;
    private static final int EFD_SEMAPHORE = 1;
    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int F_SETFL = 4;
    private static final int SHUT_RDWR = 2;
    private static final int F_ADD_SEALS = 1033;

    private static final MethodHandle OPEN =
        Native.linkVariadic("open", 2, Native.INT, Native.POINTER, Native.INT, Native.INT);
    private static final MethodHandle PIPE = Native.link("pipe2", Native.INT, Native.POINTER, Native.INT);
    private static final MethodHandle FCNTL =
        Native.linkVariadic("fcntl", 2, Native.INT, Native.INT, Native.INT, Native.INT);
    private static final MethodHandle EVENTFD = Native.link("eventfd", Native.INT, Native.INT, Native.INT);
    private static final MethodHandle MEMFD_CREATE =
        Native.link("memfd_create", Native.INT, Native.POINTER, Native.INT);
    private static final MethodHandle WRITE =
        Native.link("write", Native.LONG, Native.INT, Native.POINTER, Native.LONG);
    private static final MethodHandle SHUTDOWN = Native.link("shutdown", Native.INT, Native.INT, Native.INT);
    private static final MethodHandle FTRUNCATE = Native.link("ftruncate", Native.INT, Native.INT, Native.LONG);

    private static final int AF_INET = 2;
    private static final int SOCK_STREAM = 1;
    private static final int SOL_SOCKET = 1;
    private static final int SO_LINGER = 13;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int LINGER_SECONDS = 3_600;
    private static final MethodHandle SOCKET =
        Native.link("socket", Native.INT, Native.INT, Native.INT, Native.INT);
    private static final MethodHandle CONNECT =
        Native.link("connect", Native.INT, Native.INT, Native.POINTER, Native.INT);
    private static final MethodHandle SETSOCKOPT = Native.link(
        "setsockopt", Native.INT, Native.INT, Native.INT, Native.INT, Native.POINTER, Native.INT);
    private static final MethodHandle SEND =
        Native.link("send", Native.LONG, Native.INT, Native.POINTER, Native.LONG, Native.INT);

    private PassableFds()
    {
    }

    /**
     * Open a file.
     *
     * @param path  of a file, a directory or a device.
     * @param flags of {@code open(2)}; 0 to read only.
     * @return to be closed by the caller.
     */
    public static Fd open(final String path, final int flags)
    {
        try (Arena arena = Arena.ofConfined())
        {
            return adopt((int)OPEN.invokeExact(
                Native.state(), arena.allocateFrom(path), flags | O_CLOEXEC, 0), "open", path);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * Open a pipe that does not wait.
     *
     * @return its reading end, then its writing end; to be closed by the caller.
     */
    public static List<Fd> pipe()
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment fds = arena.allocate(2L * Integer.BYTES, Integer.BYTES);
            if (0 != (int)PIPE.invokeExact(Native.state(), fds, O_CLOEXEC | O_NONBLOCK))
            {
                throw Native.failure("pipe2", "");
            }
            return List.of(Fd.of(fds.get(Native.INT, 0), "pipe:read"),
                Fd.of(fds.get(Native.INT, Integer.BYTES), "pipe:write"));
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * Create an event counter that gives one away at each read ({@code EFD_SEMAPHORE}).
     *
     * @param count to begin with, as an unsigned number.
     * @return to be closed by the caller.
     */
    public static Fd semaphore(final int count)
    {
        try
        {
            return adopt((int)EVENTFD.invokeExact(Native.state(), count, EFD_SEMAPHORE), "eventfd", "semaphore");
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * Create a memory file whose length can change, unlike those of {@link Memfd}.
     *
     * @param length bytes.
     * @return to be closed by the caller.
     */
    public static Fd memory(final long length)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final Fd fd = adopt((int)MEMFD_CREATE.invokeExact(Native.state(), arena.allocateFrom("unsealed"),
                MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd", "unsealed");
            truncate(fd, length);
            return fd;
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * Connect a TCP socket, send what nobody reads, and have the last one who closes it wait for an hour.
     *
     * @param port that is listened on at 127.0.0.1; once that is closed nobody waits any more.
     * @return to be closed by the caller, while somebody else has it.
     */
    public static Fd lingering(final int port)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final Fd fd =
                adopt((int)SOCKET.invokeExact(Native.state(), AF_INET, SOCK_STREAM, 0), "socket", "lingering");
            // struct sockaddr_in: the family, then port and address in the network's order.
            final byte[] address = {AF_INET, 0, (byte)(port >> 8), (byte)port, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};
            if (0 != (int)CONNECT.invokeExact(Native.state(), fd.value(),
                arena.allocateFrom(Native.BYTE, address), address.length))
            {
                throw Native.failure("connect", "port=" + port);
            }
            final MemorySegment bytes = arena.allocate(1 << 16);
            long sent;
            do
            {
                sent = (long)SEND.invokeExact(Native.state(), fd.value(), bytes, bytes.byteSize(), MSG_DONTWAIT);
            }
            while (sent > 0);
            if (0 != (int)SETSOCKOPT.invokeExact(Native.state(), fd.value(), SOL_SOCKET, SO_LINGER,
                arena.allocateFrom(Native.INT, 1, LINGER_SECONDS), 2 * Integer.BYTES))
            {
                throw Native.failure("setsockopt", "SO_LINGER");
            }
            return fd;
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * Let reads and writes of a descriptor wait again, for all who have its file.
     *
     * @param fd to change.
     */
    public static void setBlocking(final Fd fd)
    {
        try
        {
            if (0 != (int)FCNTL.invokeExact(Native.state(), fd.value(), F_SETFL, O_RDWR))
            {
                throw Native.failure("fcntl", "fd=" + fd);
            }
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * End both directions of a socket, for all who have it.
     *
     * @param fd of the socket.
     */
    public static void shutdown(final Fd fd)
    {
        try
        {
            if (0 != (int)SHUTDOWN.invokeExact(Native.state(), fd.value(), SHUT_RDWR))
            {
                throw Native.failure("shutdown", "fd=" + fd);
            }
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * Seal a memory file, as anybody who has it may.
     *
     * @param fd   of the file.
     * @param seal to add.
     */
    public static void seal(final Fd fd, final int seal)
    {
        try
        {
            if (0 != (int)FCNTL.invokeExact(Native.state(), fd.value(), F_ADD_SEALS, seal))
            {
                throw Native.failure("fcntl", "fd=" + fd + ", F_ADD_SEALS, seal=" + seal);
            }
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * Add to an event counter as much as it takes.
     *
     * @param counter empty.
     */
    public static void fill(final Fd counter)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment most = arena.allocateFrom(Native.LONG, -2L);
            if (Long.BYTES != (long)WRITE.invokeExact(Native.state(), counter.value(), most, (long)Long.BYTES))
            {
                throw Native.failure("write", "fd=" + counter);
            }
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * Change the length of a file.
     *
     * @param fd     of the file.
     * @param length bytes.
     */
    public static void truncate(final Fd fd, final long length)
    {
        try
        {
            if (0 != (int)FTRUNCATE.invokeExact(Native.state(), fd.value(), length))
            {
                throw Native.failure("ftruncate", "fd=" + fd + ", length=" + length);
            }
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    private static Fd adopt(final int fd, final String call, final String what)
    {
        if (fd < 0)
        {
            throw Native.failure(call, what);
        }
        return Fd.of(fd, call + ':' + what);
    }
}
