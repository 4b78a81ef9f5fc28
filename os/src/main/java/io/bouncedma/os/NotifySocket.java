/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The socket at which a service manager hears of the state of its services, as in {@code sd_notify(3)}: a datagram for
 * each message, without an answer.
 * <p>
 * One thread at a time.
 */
public final class NotifySocket implements AutoCloseable
{
    private static final int SO_SNDTIMEO = 21;
    /** A manager that reads nothing for so long is told nothing. */
    private static final long LIMIT_S = 5;

    private final String address;
    private final MemorySegment destination;
    private final Fd fd;

    private NotifySocket(final String address, final MemorySegment destination, final Fd fd)
    {
        this.address = address;
        this.destination = destination;
        this.fd = fd;
    }

    /**
     * Prepare to send; nobody need be there yet.
     *
     * @param address an absolute path, or {@code @} and an abstract name.
     * @return to be closed by the caller.
     * @throws IllegalArgumentException if it is neither, or longer than 107 bytes.
     * @throws ErrnoException           EMFILE if the process has no descriptor left.
     */
    public static NotifySocket to(final String address)
    {
        return to(address, LIMIT_S);
    }

    /** With another limit, in a test. */
    static NotifySocket to(final String address, final long limitS)
    {
        final MemorySegment destination = destination(address);
        final Fd fd = SocketCalls.open(SocketCalls.SOCK_DGRAM, "type=DGRAM, to=" + address, "notify");
        try (Arena arena = Arena.ofConfined())
        {
            // struct timeval: a send that can not be kept waits no longer.
            SocketCalls.set(fd.value(), SO_SNDTIMEO, arena.allocateFrom(Native.LONG, limitS, 0));
        }
        return new NotifySocket(address, destination, fd);
    }

    private static MemorySegment destination(final String address)
    {
        final int length = address.getBytes(StandardCharsets.UTF_8).length;
        // It may be of any length, and is not repeated then.
        if (length > SocketAddress.LENGTH)
        {
            throw new IllegalArgumentException("address is too long: bytes=" + length + ", maximum=107");
        }
        if (address.startsWith("/"))
        {
            return SocketAddress.of(Arena.ofAuto(), Path.of(address));
        }
        if (address.startsWith("@"))
        {
            return SocketAddress.ofAbstract(Arena.ofAuto(), address.substring(1));
        }
        throw new IllegalArgumentException(
            "not an absolute path and not @ with an abstract name, which are the Unix sockets: address=" + address);
    }

    /**
     * Send a message.
     *
     * @param state assignments, one a line, for example {@code READY=1}.
     * @throws ErrnoException if it could not be handed over: nobody is there, it may not be written, or its reader has
     *                        read nothing for five seconds (EAGAIN).
     */
    public void send(final String state)
    {
        if (!send(state, 0))
        {
            throw Native.failure("sendto", "address=" + address + ", the manager reads nothing");
        }
    }

    /**
     * Send a message that the next one will do for as well, without waiting.
     *
     * @param state assignments, one a line.
     * @return false if there is no room for it now.
     * @throws ErrnoException if it could not be handed over for another reason.
     */
    public boolean trySend(final String state)
    {
        return send(state, SocketCalls.MSG_DONTWAIT);
    }

    private boolean send(final String state, final int flags)
    {
        final byte[] bytes = state.getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined())
        {
            final long sent =
                SocketCalls.send(fd, arena.allocateFrom(Native.BYTE, bytes), flags, destination);
            if (sent < 0 && Errno.EAGAIN != Native.errno())
            {
                throw Native.failure("sendto", "address=" + address + ", length=" + bytes.length);
            }
            return sent >= 0;
        }
    }

    /**
     * Close the socket; a second call does nothing.
     */
    @Override
    public void close()
    {
        fd.close();
    }
}
