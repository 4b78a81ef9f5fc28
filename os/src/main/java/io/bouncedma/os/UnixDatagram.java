/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A Unix datagram socket at a path that sends to another one at a path, non-blocking: each datagram is whole and has a
 * sender of its own, so either end may come, go and come again.
 * <p>
 * Not thread-safe: one thread at a time.
 */
public final class UnixDatagram implements AutoCloseable
{
    /** No datagram waits, or the peer's queue is full: try again. */
    public static final int WOULD_BLOCK = -1;
    /** Nobody can be reached at the peer's path, or the kernel does not take so long a datagram. */
    public static final int REFUSED = -2;

    private final Fd fd;
    private final SocketFile file;
    private final MemorySegment peer;

    private UnixDatagram(final Fd fd, final SocketFile file, final MemorySegment peer)
    {
        this.fd = fd;
        this.file = file;
        this.peer = peer;
    }

    /**
     * Create a socket file and receive there, from processes of the same user.
     *
     * @param path of the file; a socket that no process has any more is replaced, and nothing else.
     * @param peer path that is sent to; it need not exist yet.
     * @return the socket.
     * @throws ErrnoException           EADDRINUSE if somebody has a socket there, or the file is something else.
     * @throws IllegalArgumentException if a path is longer than 107 bytes.
     */
    public static UnixDatagram bind(final Path path, final Path peer)
    {
        return bind(path, peer, SocketAccess.OWNER_ONLY);
    }

    /**
     * Create a socket file and receive there.
     *
     * @param path   of the file; a socket that no process has any more is replaced, and nothing else.
     * @param peer   path that is sent to; it need not exist yet.
     * @param access who may send there.
     * @return the socket.
     * @throws ErrnoException           EADDRINUSE if somebody has a socket there, or the file is something else, EPERM
     *                                  if it can not be of that group.
     * @throws IllegalArgumentException if a path is longer than 107 bytes.
     */
    public static UnixDatagram bind(final Path path, final Path peer, final SocketAccess access)
    {
        final MemorySegment peerAddress = SocketAddress.of(Arena.ofAuto(), peer);
        final Fd fd =
            SocketCalls.open(SocketCalls.SOCK_DGRAM, "path=" + path + ", type=DGRAM", "datagram:" + path.getFileName());
        try
        {
            // It can be reached as soon as it is bound.
            return new UnixDatagram(fd, SocketFile.create(path, fd, access, (at) -> SocketCalls.bind(fd, at), (at) ->
            {
            }), peerAddress);
        }
        catch (final RuntimeException e)
        {
            fd.close();
            throw e;
        }
    }

    /**
     * Send a datagram.
     *
     * @param bytes  outside the heap.
     * @param offset of the first byte.
     * @param length bytes.
     * @return the length, {@link #WOULD_BLOCK} or {@link #REFUSED}.
     */
    public int send(final MemorySegment bytes, final long offset, final int length)
    {
        final long sent = SocketCalls.send(fd, bytes.asSlice(offset, length), SocketCalls.MSG_DONTWAIT, peer);
        if (sent >= 0)
        {
            return (int)sent;
        }
        return switch (Native.errno())
        {
            case Errno.EAGAIN, Errno.EINTR, Errno.ENOBUFS -> WOULD_BLOCK;
            case Errno.EBADF -> throw Native.failure("sendto", "fd=" + fd + ", length=" + length);
            // Whatever is at the path, or on the way there: the end of this datagram, and maybe not of the next.
            default -> REFUSED;
        };
    }

    /**
     * Take a datagram.
     *
     * @param bytes  room for it, outside the heap.
     * @param offset of the first byte.
     * @return its length, which is more than the room if it was cut off, or {@link #WOULD_BLOCK}.
     */
    public int receive(final MemorySegment bytes, final long offset)
    {
        final long length = SocketCalls.receive(fd, bytes.asSlice(offset), SocketCalls.MSG_TRUNC);
        if (length >= 0)
        {
            return (int)length;
        }
        return switch (Native.errno())
        {
            case Errno.EAGAIN, Errno.EINTR -> WOULD_BLOCK;
            default -> throw Native.failure("recv", "fd=" + fd);
        };
    }

    /**
     * The descriptor, readable while a datagram waits.
     *
     * @return it is owned by this object.
     */
    public Fd fd()
    {
        return fd;
    }

    /**
     * Close the socket and delete its file, unless another one is there by now; a second call does nothing.
     */
    @Override
    public void close()
    {
        try
        {
            if (fd.isOpen())
            {
                file.delete();
            }
        }
        finally
        {
            fd.close();
        }
    }
}
