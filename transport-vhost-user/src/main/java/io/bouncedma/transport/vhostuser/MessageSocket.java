/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.os.UnixSocket;
import net.openhft.chronicle.bytes.Bytes;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * Messages over a stream socket, both ways, without waiting: a message that came in part is kept until the rest is
 * there, and one that does not go out at once is kept until there is room. One thread.
 */
final class MessageSocket implements AutoCloseable
{
    /** Messages that wait to go out; a peer that takes none of so many does not listen. */
    private static final int MAX_OUTGOING = 64;

    private final UnixSocket socket;
    private final byte[] header = new byte[Message.HEADER_LENGTH];
    private final UnsafeBuffer headerView = new UnsafeBuffer(header);
    private final List<Fd> fds = new ArrayList<>();
    private final Queue<Outgoing> outgoing = new ArrayDeque<>();
    private int headerLength;
    private byte[] payload;
    private int payloadLength;

    private long messages;

    MessageSocket(final UnixSocket socket)
    {
        this.socket = socket;
    }

    Fd fd()
    {
        return socket.fd();
    }

    /** How many messages were taken or given to be sent. */
    long messages()
    {
        return messages;
    }

    /**
     * Take the next message.
     *
     * @return null if none is there as a whole yet.
     * @throws ProtocolException     if the header is none, or descriptors came with a payload.
     * @throws DisconnectedException if the peer closed its end.
     */
    Message receive()
    {
        // The header alone first, whole: descriptors come with its first byte, and it says how much follows.
        while (headerLength < header.length)
        {
            final int count = receive(header, headerLength);
            if (0 == count)
            {
                return null;
            }
            headerLength += count;
        }
        final int request = headerView.getInt(0, ByteOrder.nativeOrder());
        final int flags = headerView.getInt(4, ByteOrder.nativeOrder());
        if (null == payload)
        {
            final int size = headerView.getInt(8, ByteOrder.nativeOrder());
            Message.requireHeader(request, flags, size);
            payload = new byte[size];
        }
        final int passed = fds.size();
        while (payloadLength < payload.length)
        {
            final int count = receive(payload, payloadLength);
            if (fds.size() > passed)
            {
                throw new ProtocolException("descriptors came in the middle of a message: request=" + request);
            }
            if (0 == count)
            {
                return null;
            }
            payloadLength += count;
        }
        final Message message = new Message(request, flags, payload, new ArrayList<>(fds));
        fds.clear();
        headerLength = 0;
        payload = null;
        payloadLength = 0;
        messages++;
        return message;
    }

    private int receive(final byte[] to, final int from)
    {
        final int count;
        try
        {
            count = socket.receive(to, from, to.length - from, fds);
        }
        catch (final IllegalStateException e)
        {
            throw new ProtocolException(e.getMessage());
        }
        if (UnixSocket.END_OF_STREAM == count)
        {
            throw new DisconnectedException();
        }
        return UnixSocket.WOULD_BLOCK == count ? 0 : count;
    }

    /**
     * Send a message, now or as soon as there is room.
     *
     * @param request its number.
     * @param flags   besides the version.
     * @param writer  writes the payload.
     * @param passed  descriptors to go along; they may be closed afterwards.
     * @throws DisconnectedException if the peer closed its end.
     * @throws ProtocolException     if it has not taken anything for long.
     */
    void send(final int request, final int flags, final Consumer<Bytes<?>> writer, final List<Fd> passed)
    {
        final byte[] bytes = Message.encode(request, flags, writer);
        if (outgoing.size() == MAX_OUTGOING)
        {
            throw new ProtocolException("peer takes no messages: waiting=" + outgoing.size());
        }
        outgoing.add(new Outgoing(bytes, duplicates(passed)));
        messages++;
        flush();
    }

    private static List<Fd> duplicates(final List<Fd> of)
    {
        final List<Fd> made = new ArrayList<>();
        try
        {
            of.forEach((fd) -> made.add(fd.duplicate()));
            return made;
        }
        catch (final RuntimeException e)
        {
            made.forEach(Fd::close);
            throw e;
        }
    }

    /**
     * Send what waits, as far as there is room.
     *
     * @throws DisconnectedException if the peer closed its end.
     */
    void flush()
    {
        while (!outgoing.isEmpty())
        {
            final Outgoing first = outgoing.peek();
            final int count = socket.send(first.bytes, first.sent, first.bytes.length - first.sent,
                0 == first.sent ? first.fds : List.of());
            if (UnixSocket.END_OF_STREAM == count)
            {
                throw new DisconnectedException();
            }
            if (UnixSocket.WOULD_BLOCK == count)
            {
                return;
            }
            first.sent += count;
            if (first.sent == first.bytes.length)
            {
                outgoing.remove().close();
            }
        }
    }

    @Override
    public void close()
    {
        fds.forEach(Fd::close);
        fds.clear();
        outgoing.forEach(Outgoing::close);
        outgoing.clear();
        socket.close();
    }

    private static final class Outgoing
    {
        private final byte[] bytes;
        private final List<Fd> fds;
        private int sent;

        private Outgoing(final byte[] bytes, final List<Fd> fds)
        {
            this.bytes = bytes;
            this.fds = fds;
        }

        private void close()
        {
            fds.forEach(Fd::close);
        }
    }
}
