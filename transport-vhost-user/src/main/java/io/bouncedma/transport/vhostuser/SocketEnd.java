/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Errno;
import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.Fd;
import io.bouncedma.os.UnixSocket;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Which end of the socket this side is: the one that listens, or the one that connects. Either may be the front-end.
 * Gives one connection after the other.
 */
final class SocketEnd implements AutoCloseable
{
    private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final String name;
    /** Null if this side listens. */
    private final Path path;
    /** Null if this side connects. */
    private final UnixSocket listener;
    private long lastTryNs = System.nanoTime() - RETRY_NS;

    private SocketEnd(final String name, final Path path, final UnixSocket listener)
    {
        this.name = name;
        this.path = path;
        this.listener = listener;
    }

    /**
     * Listen.
     *
     * @param path of the socket file; a socket that no process has any more is replaced, and nothing else.
     * @throws ErrnoException EADDRINUSE if somebody has a socket there, or the file is something else.
     */
    static SocketEnd listen(final Path path)
    {
        return new SocketEnd(path.toString(), null, UnixSocket.listen(path, UnixSocket.Type.STREAM));
    }

    /**
     * Use a socket that listens already.
     *
     * @param listener of stream type; it is closed by this.
     */
    static SocketEnd of(final UnixSocket listener)
    {
        return new SocketEnd(listener.fd().toString(), null, listener);
    }

    /**
     * Connect, as soon and as often as somebody listens.
     *
     * @throws IllegalArgumentException if the path is longer than 107 bytes.
     */
    static SocketEnd connect(final Path path)
    {
        UnixSocket.requirePath(path);
        return new SocketEnd(path.toString(), path, null);
    }

    /** What tells that a connection waits; null if nothing does, or this is closed. */
    Fd fd()
    {
        return null == listener || !listener.fd().isOpen() ? null : listener.fd();
    }

    /**
     * Get a connection.
     *
     * @return null if there is none now; asking costs nothing until a tenth of a second later.
     */
    UnixSocket tryOpen()
    {
        if (null != listener)
        {
            return listener.accept();
        }
        final long now = System.nanoTime();
        if (now - lastTryNs < RETRY_NS)
        {
            return null;
        }
        lastTryNs = now;
        try
        {
            return UnixSocket.connect(path, UnixSocket.Type.STREAM);
        }
        catch (final ErrnoException e)
        {
            return switch (e.errno())
            {
                case Errno.ENOENT, Errno.ECONNREFUSED, Errno.EAGAIN -> null;
                default -> throw e;
            };
        }
    }

    @Override
    public void close()
    {
        if (null != listener)
        {
            listener.close();
        }
    }

    @Override
    public String toString()
    {
        return name;
    }
}
