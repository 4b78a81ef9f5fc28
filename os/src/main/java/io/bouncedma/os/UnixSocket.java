/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A Unix socket that can pass descriptors ({@code SCM_RIGHTS}), which the JDK's own channels can not.
 * <p>
 * Not thread-safe: one thread at a time, but {@link #close()} from any.
 */
public final class UnixSocket implements AutoCloseable
{
    /** No message waits, or the peer's buffer is full: try again when the descriptor is ready. */
    public static final int WOULD_BLOCK = -1;
    /** The peer closed its end: no message will come any more. */
    public static final int END_OF_STREAM = -2;
    /** The longest message of a socket, in bytes. */
    public static final int MAX_MESSAGE_SIZE = 64 * 1024;

    private static final MethodHandle LISTEN = Native.link("listen", Native.INT, Native.INT, Native.INT);
    private static final MethodHandle ACCEPT =
        Native.link("accept4", Native.INT, Native.INT, Native.POINTER, Native.POINTER, Native.INT);
    private static final MethodHandle SOCKETPAIR =
        Native.link("socketpair", Native.INT, Native.INT, Native.INT, Native.INT, Native.POINTER);
    private static final MethodHandle SENDMSG =
        Native.link("sendmsg", Native.LONG, Native.INT, Native.POINTER, Native.INT);
    private static final MethodHandle RECVMSG =
        Native.link("recvmsg", Native.LONG, Native.INT, Native.POINTER, Native.INT);
    private static final MethodHandle SHUTDOWN = Native.link("shutdown", Native.INT, Native.INT, Native.INT);

    private static final int SO_PEERCRED = 17;
    private static final int SO_PASSRIGHTS = 83;
    private static final int MSG_CTRUNC = 8;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int SHUT_RDWR = 2;
    private static final int BACKLOG = 16;
    /** More messages than a socket of Linux's default size holds. */
    private static final int MAX_UNREAD = 1024;

    private final Fd fd;
    private final Type type;
    private final MessageHeader header = new MessageHeader(MAX_MESSAGE_SIZE);
    /** Of one that listens; null for others. */
    private SocketFile file;

    private UnixSocket(final Fd fd, final Type type)
    {
        this.fd = fd;
        this.type = type;
    }

    /**
     * What a socket keeps together.
     */
    public enum Type
    {
        /** Bytes without boundaries. */
        STREAM(1),
        /** Whole messages, in order; a message is received whole or not at all. */
        SEQPACKET(5);

        private final int value;

        Type(final int value)
        {
            this.value = value;
        }

        /** Null if it is none of them. */
        static Type of(final int value)
        {
            return Stream.of(values()).filter((type) -> value == type.value).findFirst().orElse(null);
        }
    }

    /**
     * Refuse a path that no socket can have, before anything is done for it.
     *
     * @param path of a socket.
     * @throws IllegalArgumentException if it is longer than 107 bytes.
     */
    public static void requirePath(final Path path)
    {
        SocketAddress.require(path);
    }

    /**
     * Create a socket file and listen on it for processes of the same user, as {@link #listen(Path, Type,
     * SocketAccess)} does.
     *
     * @param path of the file.
     * @param type of the connections.
     * @return the listening socket.
     */
    public static UnixSocket listen(final Path path, final Type type)
    {
        return listen(path, type, SocketAccess.OWNER_ONLY);
    }

    /**
     * Create a socket file and listen on it; accepting does not block. The file is there only once it listens.
     *
     * @param path   of the file; a socket that no process has any more is replaced, and nothing else.
     * @param type   of the connections.
     * @param access who may connect, whatever the umask is.
     * @return the listening socket; closing it deletes the file, unless another one is there by then.
     * @throws ErrnoException           EADDRINUSE if somebody has a socket there, or the file is something else, EPERM
     *                                  if it can not be of that group.
     * @throws IllegalArgumentException if the path is longer than 107 bytes.
     */
    public static UnixSocket listen(final Path path, final Type type, final SocketAccess access)
    {
        final UnixSocket socket = open(path, type);
        try
        {
            socket.file = SocketFile.create(
                path, socket.fd, access, (at) -> SocketCalls.bind(socket.fd, at), socket::listen);
            return socket;
        }
        catch (final RuntimeException e)
        {
            socket.close();
            throw e;
        }
    }

    private void listen(final Path path)
    {
        try
        {
            if (0 != (int)LISTEN.invokeExact(Native.state(), fd.value(), BACKLOG))
            {
                throw Native.failure("listen", "path=" + path);
            }
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * Connect to a listening socket, at once or not at all.
     *
     * @param path of its file.
     * @param type as the listener's.
     * @return the connection.
     * @throws ErrnoException           ENOENT if there is no such file, ENOTSOCK if it is something else, ECONNREFUSED
     *                                  if nobody listens, EAGAIN if so many wait there already that the listener has no
     *                                  room for one more.
     * @throws IllegalArgumentException if the path is longer than 107 bytes.
     */
    public static UnixSocket connect(final Path path, final Type type)
    {
        final UnixSocket socket = open(path, type);
        try
        {
            if (!SocketCalls.connect(socket.fd, path))
            {
                // Linux says so of everything that is no socket, too; there nobody will ever listen.
                throw Errno.ECONNREFUSED == Native.errno() && SocketFile.isSomethingElse(path) ?
                    new ErrnoException("connect", Errno.ENOTSOCK, "what is there is no socket", "path=" + path) :
                    Native.failure("connect", "path=" + path);
            }
            return socket;
        }
        catch (final RuntimeException e)
        {
            socket.close();
            throw e;
        }
    }

    /**
     * Have Linux refuse the descriptors that peers pass to this socket, and to those that are accepted from it: they
     * get EPERM. Whoever does not want any is better off without them, since closing one may take its time: a TCP
     * socket lingers as long as the peer has said.
     *
     * @return false if Linux can not, which it can from 6.16 on.
     */
    public boolean refuseDescriptors()
    {
        try (Arena arena = Arena.ofConfined())
        {
            return SocketCalls.set(fd.value(), SO_PASSRIGHTS, arena.allocateFrom(Native.INT, 0));
        }
    }

    /**
     * Who is at the other end: of a connection that was accepted who connected, of one that was made who listens
     * ({@code unix(7)}, SO_PEERCRED). The process may have ended since, or passed its end on.
     *
     * @return what Linux noted of the process then.
     * @throws ErrnoException if this is not connected, or another reason of Linux.
     */
    public PeerCredentials peer()
    {
        final int[] credentials = SocketCalls.get(fd.value(), SO_PEERCRED, 3);
        return new PeerCredentials(credentials[0], credentials[1], credentials[2]);
    }

    /**
     * Take a waiting connection.
     *
     * @return the connection, or null if none waits.
     */
    public UnixSocket accept()
    {
        try
        {
            final int result = (int)ACCEPT.invokeExact(
                Native.state(), fd.value(), MemorySegment.NULL, MemorySegment.NULL, SocketCalls.SOCK_CLOEXEC);
            if (result >= 0)
            {
                return new UnixSocket(Fd.of(result, fd + ":accepted"), type);
            }
            if (Errno.EAGAIN == Native.errno() || Errno.EINTR == Native.errno())
            {
                return null;
            }
            throw Native.failure("accept4", "fd=" + fd);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * Send a message without waiting.
     *
     * @param bytes  that hold it.
     * @param offset of its first byte.
     * @param length bytes, 1 to {@link #MAX_MESSAGE_SIZE}.
     * @param fds    to pass along; they stay open here. At most 64.
     * @return the bytes sent, all of them on a {@link Type#SEQPACKET} socket, {@link #WOULD_BLOCK}, or
     * {@link #END_OF_STREAM} if the peer is gone.
     * @throws ErrnoException EMSGSIZE or another reason of Linux.
     */
    public int send(final byte[] bytes, final int offset, final int length, final List<Fd> fds)
    {
        final MemorySegment message = header.toSend(bytes, offset, length, fds);
        try
        {
            final long sent = (long)SENDMSG.invokeExact(
                Native.state(), fd.value(), message, SocketCalls.MSG_DONTWAIT | SocketCalls.MSG_NOSIGNAL);
            return sent >= 0 ? (int)sent : failed("sendmsg", length);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * Own a connected socket that came over another one.
     *
     * @param fd   of the socket, which this object closes.
     * @param type of the connection.
     * @return the connection.
     */
    public static UnixSocket adopt(final Fd fd, final Type type)
    {
        return new UnixSocket(fd, type);
    }

    /**
     * Create two sockets that are connected to each other, one to be passed to another process.
     *
     * @param type of the connection.
     * @return both ends.
     */
    public static List<UnixSocket> pair(final Type type)
    {
        return pairOfFds(type, 0).stream().map(end -> new UnixSocket(end, type)).toList();
    }

    static List<Fd> pairOfFds(final Type type, final int flags)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment fds = arena.allocate(2L * Integer.BYTES, Integer.BYTES);
            if (0 != (int)SOCKETPAIR.invokeExact(
                Native.state(), SocketAddress.AF_UNIX, type.value | SocketCalls.SOCK_CLOEXEC | flags, 0, fds))
            {
                throw Native.failure("socketpair", "type=" + type);
            }
            return List.of(
                Fd.of(fds.get(Native.INT, 0), "socket:pair-0"),
                Fd.of(fds.get(Native.INT, Integer.BYTES), "socket:pair-1"));
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    /**
     * Receive a message without waiting.
     *
     * @param bytes to fill from index 0.
     * @param fds   receives the passed descriptors, which the caller then owns.
     * @return the bytes received, {@link #WOULD_BLOCK}, or {@link #END_OF_STREAM}.
     * @throws IllegalStateException if a message was longer than the array or carried more than 64 descriptors; what
     *                               came of it is closed and the connection is of no use any more.
     */
    public int receive(final byte[] bytes, final List<Fd> fds)
    {
        return receive(bytes, 0, bytes.length, fds);
    }

    /**
     * Receive a message, or of a {@link Type#STREAM} what is there of so many bytes, without waiting.
     *
     * @param bytes  to fill.
     * @param offset of the first byte to fill.
     * @param length the most bytes to fill, greater than zero.
     * @param fds    receives the passed descriptors, which the caller then owns. Linux gives out the descriptors of one
     *               sent message with its first byte.
     * @return the bytes received, {@link #WOULD_BLOCK}, or {@link #END_OF_STREAM}.
     * @throws IllegalStateException if a message was longer than the array or carried more than 64 descriptors; what
     *                               came of it is closed and the connection is of no use any more.
     */
    public int receive(final byte[] bytes, final int offset, final int length, final List<Fd> fds)
    {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        final MemorySegment message = header.toReceive(length);
        final long received;
        try
        {
            received = (long)RECVMSG.invokeExact(
                Native.state(), fd.value(), message, SocketCalls.MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
        if (received < 0)
        {
            return failed("recvmsg", length);
        }
        final List<Fd> passed = new ArrayList<>();
        header.takeFds(passed);
        if (0 != (header.flags() & (MSG_CTRUNC | SocketCalls.MSG_TRUNC)))
        {
            passed.forEach(Fd::close);
            throw new IllegalStateException("message was cut off: fd=" + fd + ", received=" + received + ", room=" +
                length + ", fds=" + passed.size() + ", maximum=" + MessageHeader.MAX_FDS);
        }
        if (0 == received)
        {
            passed.forEach(Fd::close);
            return END_OF_STREAM;
        }
        header.copyTo(bytes, offset, (int)received);
        fds.addAll(passed);
        return (int)received;
    }

    /**
     * End a connection that is to be closed: the peer can send nothing more, and what lies unread is dropped. Linux
     * closes the descriptors in what is unread when it closes this socket, and waits there for one that lingers as long
     * as its sender likes; those that are received here do not linger. Does nothing if the descriptor, which a peer may
     * have passed, is no socket.
     */
    public void discardUnread()
    {
        try
        {
            if ((int)SHUTDOWN.invokeExact(Native.state(), fd.value(), SHUT_RDWR) < 0)
            {
                // Not a socket, or not connected: nothing lies there.
                return;
            }
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
        final byte[] bytes = new byte[MAX_MESSAGE_SIZE];
        int count = 1;
        for (int i = 0; i < MAX_UNREAD && count > 0; i++)
        {
            final List<Fd> fds = new ArrayList<>();
            try
            {
                count = receive(bytes, fds);
            }
            catch (final IllegalStateException e)
            {
                // Cut off, and closed already: the next one.
                count = 1;
            }
            catch (final ErrnoException e)
            {
                // Broken: nothing can be taken any more.
                return;
            }
            fds.forEach(Fd::close);
        }
    }

    /**
     * The descriptor, for {@link Poller}.
     *
     * @return it is owned by this socket.
     */
    public Fd fd()
    {
        return fd;
    }

    /**
     * Close the socket, and delete the file of one that listens; a second call does nothing.
     */
    @Override
    public void close()
    {
        try
        {
            // Before: once it is closed somebody may put another one in its place.
            if (null != file && fd.isOpen())
            {
                file.delete();
            }
        }
        finally
        {
            fd.close();
        }
    }

    private int failed(final String call, final int length)
    {
        return switch (Native.errno())
        {
            case Errno.EAGAIN, Errno.EINTR -> WOULD_BLOCK;
            case Errno.EPIPE, Errno.ECONNRESET -> END_OF_STREAM;
            default -> throw Native.failure(call, "fd=" + fd + ", length=" + length);
        };
    }

    private static UnixSocket open(final Path path, final Type type)
    {
        return new UnixSocket(SocketCalls.open(type.value | SocketCalls.SOCK_NONBLOCK,
            "path=" + path + ", type=" + type, "socket:" + path.getFileName()), type);
    }
}
