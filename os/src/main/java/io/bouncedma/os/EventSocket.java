/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One end of an event between two parties that do not trust each other: a signal is a byte on a Unix stream socket.
 * Signals add up until they are drained; an end whose buffer is full has signalled already.
 * <p>
 * Neither party can make the other one wait: every call asks for not waiting by itself ({@code MSG_DONTWAIT}), and each
 * end is a file of its own. An {@link EventFd} is one file that both have, so either may fill it and set the flag that
 * lets a write to it wait. A pipe has two ends but one lock, which a {@code splice(2)} from something slow keeps as
 * long as it likes.
 */
public final class EventSocket implements AutoCloseable
{
    /** More signals than a socket of Linux's default size holds (212,992 bytes, 768 for a message of one byte). */
    private static final int MAX_DRAINED = 512;
    private static final MemorySegment ANY_BYTE = Arena.global().allocate(1);

    private final Fd fd;
    private final MemorySegment drained = Arena.ofAuto().allocate(MAX_DRAINED);

    private EventSocket(final Fd fd)
    {
        this.fd = fd;
    }

    /**
     * Create both ends of an event, which is not signalled.
     *
     * @return the ends, to be closed by the caller.
     * @throws ErrnoException EMFILE if the process has no descriptor left.
     */
    public static List<EventSocket> pair()
    {
        // For those who use an end by read and write; nothing here depends on it.
        return UnixSocket.pairOfFds(UnixSocket.Type.STREAM, SocketCalls.SOCK_NONBLOCK).stream()
            .map(EventSocket::new).toList();
    }

    /**
     * Use an end that another process created.
     *
     * @param fd received; this object closes it.
     * @return the end.
     */
    public static EventSocket adopt(final Fd fd)
    {
        return new EventSocket(fd);
    }

    /**
     * Signal the other end. Does not wait: if there is no room, signals lie there that nobody took. Nothing happens if
     * the other end is gone. Any thread.
     *
     * @throws ErrnoException        if the descriptor is no socket.
     * @throws IllegalStateException if it is closed.
     */
    public void signal()
    {
        if (SocketCalls.send(fd, ANY_BYTE, SocketCalls.MSG_DONTWAIT, MemorySegment.NULL) < 0 &&
            !isNoFault(Native.errno()))
        {
            throw Native.failure("send", "fd=" + fd);
        }
    }

    /**
     * Take the signals since the last call. Does not wait. One thread at a time.
     *
     * @return how many there were, zero if none or if the other end is gone; 512 at most, and the rest the next time.
     * @throws ErrnoException        if the descriptor is no socket.
     * @throws IllegalStateException if it is closed.
     */
    public long drain()
    {
        // Without room for descriptors: Linux closes those that a peer passes.
        final long received = SocketCalls.receive(fd, drained, 0);
        if (received < 0 && !isNoFault(Native.errno()))
        {
            throw Native.failure("recv", "fd=" + fd);
        }
        return Math.max(0, received);
    }

    /**
     * The descriptor, readable while signals wait, hung up once the other end is gone.
     *
     * @return for {@link Poller} and for passing to another process.
     */
    public Fd fd()
    {
        return fd;
    }

    @Override
    public void close()
    {
        fd.close();
    }

    private static boolean isNoFault(final int errno)
    {
        return Errno.EAGAIN == errno || Errno.EPIPE == errno || Errno.ECONNRESET == errno;
    }
}
