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
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Messages over a stream socket, both ways, without waiting: a message that came in part is kept until the rest is
 * there, and one that does not go out at once is kept until there is room. One thread.
 */
final class MessageSocket implements AutoCloseable
{
    /** Messages that wait to go out; a peer that takes none of so many does not listen. */
    private static final int MAX_OUTGOING = 64;
    /** How long a message may take from its first byte to its last. */
    private static final long MESSAGE_LIMIT_NS = TimeUnit.SECONDS.toNanos(5);

    private final UnixSocket socket;
    private final LongSupplier nanoTime;
    private final byte[] header = new byte[Message.HEADER_LENGTH];
    private final UnsafeBuffer headerView = new UnsafeBuffer(header);
    private final List<Fd> fds = new ArrayList<>();
    private final Queue<Outgoing> outgoing = new ArrayDeque<>();
    private int headerLength;
    private byte[] payload;
    private int payloadLength;
    private long begunNs;
    private long messages;

    MessageSocket(final UnixSocket socket)
    {
        this(socket, System::nanoTime);
    }

    MessageSocket(final UnixSocket socket, final LongSupplier nanoTime)
    {
        this.socket = socket;
        this.nanoTime = nanoTime;
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

    /** Whether a message has come in part: {@link #receive()} is to be called again and again, to see it or its end. */
    boolean isInMessage()
    {
        return headerLength > 0;
    }

    /**
     * Take the next message.
     *
     * @return null if none is there as a whole yet.
     * @throws ProtocolException     if the header is none, descriptors came with a payload, or a message that was begun
     *                               is not whole in time.
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
                return notYet();
            }
            begunNs = 0 == headerLength ? nanoTime.getAsLong() : begunNs;
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
                return notYet();
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

    private Message notYet()
    {
        if (isInMessage() && nanoTime.getAsLong() - begunNs > MESSAGE_LIMIT_NS)
        {
            throw new ProtocolException("message was begun and is not whole within " +
                TimeUnit.NANOSECONDS.toSeconds(MESSAGE_LIMIT_NS) + " s: header=" + headerLength + ", payload=" +
                payloadLength);
        }
        return null;
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
        try
        {
            if (socket.fd().isOpen())
            {
                socket.discardUnread();
            }
        }
        finally
        {
            socket.close();
        }
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
