/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.os.UnixSocket;
import net.openhft.chronicle.bytes.Bytes;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * A front-end that sends any bytes and any descriptors, and drives the back-end on the test's own thread: what is sent
 * is there at once, so when the back-end has nothing to do any more, what it had to say is there too.
 */
final class RawFrontend implements AutoCloseable
{
    /** More turns than any test makes a back-end need. */
    private static final int MOST_TURNS = 10_000;
    /** A back-end looks at its socket only once in so many busy turns. */
    private static final int IDLE_TURNS = 3;

    private final VhostUserBackend backend;
    private final UnixSocket socket;
    private final MessageSocket messages;

    RawFrontend(final VhostUserBackend backend, final Path path)
    {
        this.backend = backend;
        socket = UnixSocket.connect(path, UnixSocket.Type.STREAM);
        messages = new MessageSocket(socket);
        drive();
    }

    /** The bytes of a message. */
    static byte[] bytes(final int request, final int flags, final Consumer<Bytes<?>> payload)
    {
        final Bytes<?> bytes = Message.allocate(Message.HEADER_LENGTH);
        bytes.writeInt(request);
        bytes.writeInt(flags);
        bytes.writeInt(0);
        payload.accept(bytes);
        bytes.writeInt(8, (int)bytes.writePosition() - Message.HEADER_LENGTH);
        return bytes.toByteArray();
    }

    /** Send bytes in one piece, without letting the back-end work. */
    void write(final byte[] bytes, final List<Fd> fds)
    {
        final int sent = socket.send(bytes, 0, bytes.length, fds);
        if (sent != bytes.length && UnixSocket.END_OF_STREAM != sent)
        {
            throw new AssertionError("back-end takes no bytes: length=" + bytes.length + ", sent=" + sent);
        }
    }

    /** Send a message and let the back-end handle it. */
    void send(final FrontendRequest request, final Consumer<Bytes<?>> payload, final Fd... fds)
    {
        write(bytes(request.id(), Message.VERSION, payload), List.of(fds));
        drive();
    }

    void send(final FrontendRequest request, final long value, final Fd... fds)
    {
        send(request, (to) -> to.writeLong(value), fds);
    }

    /** Send a message that has an answer, and take the answer. */
    Message ask(final FrontendRequest request, final Consumer<Bytes<?>> payload, final Fd... fds)
    {
        final int flags = Message.VERSION | (request.hasAnswer() ? 0 : Message.NEED_REPLY);
        write(bytes(request.id(), flags, payload), List.of(fds));
        drive();
        final Message reply = receive();
        if (null == reply || !reply.isReply() || reply.request() != request.id())
        {
            throw new AssertionError("no answer to " + request + ": " + backend.failures().last().reason());
        }
        return reply;
    }

    /** Ask for a number, or for whether something could be done. */
    long askLong(final FrontendRequest request, final Consumer<Bytes<?>> payload, final Fd... fds)
    {
        try (Message reply = ask(request, payload, fds))
        {
            return reply.payload().readLong();
        }
    }

    long askLong(final FrontendRequest request)
    {
        return askLong(request, (to) ->
        {
        });
    }

    /** Send a message that must be acknowledged. */
    void done(final FrontendRequest request, final Consumer<Bytes<?>> payload, final Fd... fds)
    {
        final long result = askLong(request, payload, fds);
        if (0 != result)
        {
            throw new AssertionError("back-end refuses " + request + ": " + result);
        }
    }

    /**
     * The next message of the back-end.
     *
     * @return null if there is none, or the connection has ended.
     */
    Message receive()
    {
        try
        {
            return messages.receive();
        }
        catch (final DisconnectedException e)
        {
            return null;
        }
    }

    /** Let the back-end work until there is nothing to do. */
    void drive()
    {
        int idle = 0;
        for (int turn = 0; idle < IDLE_TURNS; turn++)
        {
            if (turn > MOST_TURNS)
            {
                throw new AssertionError("back-end never rests");
            }
            idle = 0 == backend.doWork() ? idle + 1 : 0;
        }
    }

    /** Whether the back-end has ended this connection. */
    boolean isEnded()
    {
        final byte[] one = new byte[1];
        return UnixSocket.END_OF_STREAM == socket.receive(one, Arrays.asList());
    }

    /** End the connection without a look at the back-end, which may be dead. */
    void disconnect()
    {
        messages.close();
    }

    @Override
    public void close()
    {
        disconnect();
        drive();
    }
}
