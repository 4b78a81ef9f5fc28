/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * The socket calls that several kinds of Unix sockets need. What they return of a failure is as Linux does, with the
 * reason in {@link Native#errno()}.
 */
final class SocketCalls
{
    static final int SOCK_DGRAM = 2;
    static final int SOCK_NONBLOCK = 0x800;
    static final int SOCK_CLOEXEC = 0x80000;
    static final int MSG_TRUNC = 0x20;
    static final int MSG_DONTWAIT = 0x40;
    static final int MSG_NOSIGNAL = 0x4000;

    private static final MethodHandle SOCKET =
        Native.link("socket", Native.INT, Native.INT, Native.INT, Native.INT);
    private static final MethodHandle BIND =
        Native.link("bind", Native.INT, Native.INT, Native.POINTER, Native.INT);
    private static final MethodHandle CONNECT =
        Native.link("connect", Native.INT, Native.INT, Native.POINTER, Native.INT);
    private static final MethodHandle SETSOCKOPT = Native.link(
        "setsockopt", Native.INT, Native.INT, Native.INT, Native.INT, Native.POINTER, Native.INT);
    private static final MethodHandle GETSOCKOPT = Native.link(
        "getsockopt", Native.INT, Native.INT, Native.INT, Native.INT, Native.POINTER, Native.POINTER);
    private static final MethodHandle SENDTO = Native.link("sendto", Native.LONG,
        Native.INT, Native.POINTER, Native.LONG, Native.INT, Native.POINTER, Native.INT);
    private static final MethodHandle RECV =
        Native.link("recv", Native.LONG, Native.INT, Native.POINTER, Native.LONG, Native.INT);
    private static final int SOL_SOCKET = 1;

    private SocketCalls()
    {
    }

    /**
     * Make a Unix socket, not for children of this process.
     *
     * @param type with flags.
     * @param what it is for, for messages.
     * @param name of the descriptor, for messages.
     * @return to be closed by the caller.
     * @throws ErrnoException EMFILE if the process has no descriptor left.
     */
    static Fd open(final int type, final String what, final String name)
    {
        try
        {
            final int fd = (int)SOCKET.invokeExact(Native.state(), SocketAddress.AF_UNIX, type | SOCK_CLOEXEC, 0);
            if (fd < 0)
            {
                throw Native.failure("socket", what);
            }
            return Fd.of(fd, name);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    static void bind(final Fd fd, final Path path)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment address = SocketAddress.of(arena, path);
            if (0 != (int)BIND.invokeExact(Native.state(), fd.value(), address, SocketAddress.LENGTH))
            {
                throw Native.failure("bind", "path=" + path);
            }
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /** False if it failed. */
    static boolean connect(final Fd fd, final Path path)
    {
        try (Arena arena = Arena.ofConfined())
        {
            return 0 == (int)CONNECT.invokeExact(
                Native.state(), fd.value(), SocketAddress.of(arena, path), SocketAddress.LENGTH);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /** False if it failed. */
    static boolean set(final int fd, final int option, final MemorySegment value)
    {
        try
        {
            return 0 == (int)SETSOCKOPT.invokeExact(
                Native.state(), fd, SOL_SOCKET, option, value, (int)value.byteSize());
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /** So many numbers of 32 bits. */
    static int[] get(final int fd, final int option, final int count)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment value = arena.allocate(Native.INT, count);
            final MemorySegment length = arena.allocateFrom(Native.INT, (int)value.byteSize());
            if (0 != (int)GETSOCKOPT.invokeExact(Native.state(), fd, SOL_SOCKET, option, value, length))
            {
                throw Native.failure("getsockopt", "fd=" + fd + ", option=" + option);
            }
            return value.toArray(Native.INT);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /** The bytes sent, or below zero; a peer that is gone is no signal. */
    static long send(final Fd fd, final MemorySegment bytes, final int flags, final MemorySegment to)
    {
        try
        {
            return (long)SENDTO.invokeExact(Native.state(), fd.value(), bytes, bytes.byteSize(),
                flags | MSG_NOSIGNAL, to, (int)to.byteSize());
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /** The bytes received without waiting, or below zero. */
    static long receive(final Fd fd, final MemorySegment room, final int flags)
    {
        try
        {
            return (long)RECV.invokeExact(Native.state(), fd.value(), room, room.byteSize(), flags | MSG_DONTWAIT);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }
}
