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
 * A listening Unix socket that whoever started this process has made and left open for it, as in
 * {@code sd_listen_fds(3)}. Its file is not this process's: it stays.
 */
public final class InheritedSocket implements AutoCloseable
{
    private static final MethodHandle GETSOCKNAME = Native.link("getsockname", Native.INT,
        Native.INT, Native.POINTER, Native.POINTER);

    private static final int SO_TYPE = 3;
    private static final int SO_ACCEPTCONN = 30;
    private static final int SO_DOMAIN = 39;

    private final int descriptor;
    private final UnixSocket.Type type;
    private final Path path;
    private final UnixSocket socket;

    private InheritedSocket(final int descriptor, final UnixSocket.Type type, final Path path)
    {
        this.descriptor = descriptor;
        this.type = type;
        this.path = path;
        final Fd fd = Fd.of(descriptor, "inherited");
        // Neither is said of it where it is made: a child of this process is to have none, and no accept is to wait.
        fd.setCloseOnExec();
        fd.setNonBlocking();
        socket = UnixSocket.adopt(fd, type);
    }

    /**
     * Take a descriptor over.
     *
     * @param descriptor that this process was started with.
     * @return its owner, to be closed by the caller.
     * @throws IllegalArgumentException if it is a socket that is of no use here, with what it is.
     * @throws ErrnoException           EBADF if there is no such descriptor, ENOTSOCK if it is no socket.
     */
    public static InheritedSocket take(final int descriptor)
    {
        if (SocketAddress.AF_UNIX != option(descriptor, SO_DOMAIN))
        {
            throw new IllegalArgumentException("it is no Unix socket: fd=" + descriptor);
        }
        final UnixSocket.Type type = UnixSocket.Type.of(option(descriptor, SO_TYPE));
        if (null == type || 1 != option(descriptor, SO_ACCEPTCONN))
        {
            throw new IllegalArgumentException("it does not listen for connections: fd=" + descriptor);
        }
        return new InheritedSocket(descriptor, type, pathOf(descriptor));
    }

    /**
     * The number that it was inherited by.
     *
     * @return three or more, usually.
     */
    public int descriptor()
    {
        return descriptor;
    }

    /**
     * Where it is bound, as whoever bound it has called that place.
     *
     * @return null if it has no file.
     */
    public Path path()
    {
        return path;
    }

    /**
     * What its connections are.
     *
     * @return the type.
     */
    public UnixSocket.Type type()
    {
        return type;
    }

    /**
     * The socket itself, for a new owner.
     *
     * @return the same at each call; closing it leaves its file.
     */
    public UnixSocket socket()
    {
        return socket;
    }

    @Override
    public void close()
    {
        socket.close();
    }

    private static int option(final int descriptor, final int name)
    {
        return SocketCalls.get(descriptor, name, 1)[0];
    }

    private static Path pathOf(final int descriptor)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment address = arena.allocate(SocketAddress.LENGTH, Short.BYTES);
            final MemorySegment length = arena.allocateFrom(Native.INT, SocketAddress.LENGTH);
            if (0 != (int)GETSOCKNAME.invokeExact(Native.state(), descriptor, address, length))
            {
                throw Native.failure("getsockname", "fd=" + descriptor);
            }
            return SocketAddress.pathOf(address, length.get(Native.INT, 0));
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }
}
