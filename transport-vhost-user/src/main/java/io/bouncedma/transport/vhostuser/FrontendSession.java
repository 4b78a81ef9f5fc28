/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.Waiting;
import net.openhft.chronicle.bytes.Bytes;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * One connection to a back-end: asks and waits for the answer, tells and waits for the acknowledgement, and meanwhile
 * serves what the back-end asks on its own channel, without which it may never answer.
 */
final class FrontendSession implements AutoCloseable
{
    private static final Features PROTOCOL_FEATURES = Features.of(
        ProtocolFeatures.MQ, ProtocolFeatures.REPLY_ACK, ProtocolFeatures.BACKEND_REQ, ProtocolFeatures.CONFIG,
        ProtocolFeatures.RESET_DEVICE, ProtocolFeatures.CONFIGURE_MEM_SLOTS, ProtocolFeatures.STATUS);
    private static final long OK = 0;

    private final MessageSocket socket;
    private final Waiting waiting;
    /** Asked and not answered: what was given up on may still be answered, before anything else. */
    private final Queue<FrontendRequest> unanswered = new ArrayDeque<>();
    private final PollSet look = new PollSet();
    private volatile List<Fd> fds;
    private FrontendChannel channel;
    private Features offered = Features.NONE;
    private Features protocol = Features.NONE;
    private long queues;
    private ProtocolException failure;

    FrontendSession(final UnixSocket socket, final Waiting waiting)
    {
        this.socket = new MessageSocket(socket);
        this.waiting = waiting;
        fds = List.of(socket.fd());
    }

    /**
     * Find out what the back-end can do, in QEMU's order.
     *
     * @param memory      to resolve the back-end's addresses by.
     * @param hasInFlight whether a file of chains in flight will be given to it: libvhost-user starts no ring
     *                    without one if it is negotiated.
     */
    void negotiate(final FrontendMemory memory, final boolean hasInFlight)
    {
        offered = Features.ofLow64(askNumber(FrontendRequest.GET_FEATURES));
        if (offered.has(ProtocolFeatures.F_PROTOCOL_FEATURES))
        {
            final Features known =
                hasInFlight ? PROTOCOL_FEATURES.with(ProtocolFeatures.INFLIGHT_SHMFD) : PROTOCOL_FEATURES;
            final Features common =
                Features.ofLow64(askNumber(FrontendRequest.GET_PROTOCOL_FEATURES)).and(known);
            tellNumber(FrontendRequest.SET_PROTOCOL_FEATURES, common.low64());
            protocol = common;
        }
        if (has(ProtocolFeatures.MQ))
        {
            queues = askNumber(FrontendRequest.GET_QUEUE_NUM);
        }
        if (has(ProtocolFeatures.BACKEND_REQ))
        {
            openChannel(memory);
        }
        tell(FrontendRequest.SET_OWNER, FrontendSession::nothing, List.of());
    }

    private void openChannel(final FrontendMemory memory)
    {
        final List<UnixSocket> ends = UnixSocket.pair(UnixSocket.Type.STREAM);
        channel = new FrontendChannel(ends.getFirst(), memory, this);
        fds = List.of(socket.fd(), channel.fd());
        try (UnixSocket other = ends.getLast())
        {
            tell(FrontendRequest.SET_BACKEND_REQ_FD, FrontendSession::nothing, List.of(other.fd()));
        }
    }

    Features offered()
    {
        return offered;
    }

    boolean has(final int protocolFeature)
    {
        return protocol.has(protocolFeature);
    }

    /** What GET_QUEUE_NUM said; zero if nobody asked. */
    long queues()
    {
        return queues;
    }

    /** What tells that the back-end has something to say, on either socket. Any thread. */
    List<Fd> fds()
    {
        return fds;
    }

    /** How many messages this connection has seen, both ways, but for those of the back-end's own channel. */
    long messages()
    {
        return socket.messages();
    }

    boolean hasFailed()
    {
        return null != failure;
    }

    /** Whether the back-end has begun to say something: {@link #serve()} is to look for the rest of it. */
    boolean isInMessage()
    {
        return socket.isInMessage() || null != channel && channel.isInMessage();
    }

    boolean takeConfigChanged()
    {
        return null != channel && channel.takeConfigChanged();
    }

    long askNumber(final FrontendRequest request)
    {
        try (Message answer = ask(request, FrontendSession::nothing, PayloadShape.U64, FdRule.NONE))
        {
            return answer.payload().readLong();
        }
    }

    void tellNumber(final FrontendRequest request, final long value)
    {
        tell(request, (to) -> to.writeLong(value), List.of());
    }

    /**
     * Tell something that has no answer of its own, and wait until the back-end has done it, if it can say so.
     *
     * @throws VirtioException if it says that it could not.
     */
    void tell(final FrontendRequest request, final Consumer<Bytes<?>> writer, final List<Fd> fds)
    {
        if (!has(ProtocolFeatures.REPLY_ACK))
        {
            send(request, 0, writer, fds);
            return;
        }
        send(request, Message.NEED_REPLY, writer, fds);
        try (Message answer = await(request, PayloadShape.U64, FdRule.NONE))
        {
            final long result = answer.payload().readLong();
            if (OK != result)
            {
                throw new VirtioException(
                    "back-end refuses: request=" + request + ", answer=" + Long.toUnsignedString(result));
            }
        }
    }

    /** Wait until all that was told is done, also by a back-end that acknowledges nothing, as QEMU does. */
    void barrier()
    {
        if (!has(ProtocolFeatures.REPLY_ACK))
        {
            askNumber(FrontendRequest.GET_FEATURES);
        }
    }

    /**
     * Ask something and wait for the answer.
     *
     * @param request to send.
     * @param writer  of its payload.
     * @param shape   of the answer's payload.
     * @param fdRule  for the answer's descriptors.
     * @return the answer, to be closed by the caller.
     * @throws ProtocolException     if it is none: the connection is of no use any more.
     * @throws DisconnectedException if the back-end is gone.
     * @throws TimeLimitException    if none comes in time; one that comes later is dropped.
     */
    Message ask(
        final FrontendRequest request, final Consumer<Bytes<?>> writer, final PayloadShape shape, final FdRule fdRule)
    {
        send(request, 0, writer, List.of());
        return await(request, shape, fdRule);
    }

    /** Send what waits for no answer. */
    void post(final FrontendRequest request, final Consumer<Bytes<?>> writer)
    {
        socket.send(request.id(), 0, writer, List.of());
    }

    /**
     * Handle what the back-end sent without being asked. Never waits.
     *
     * @throws ProtocolException     if it is not allowed to.
     * @throws DisconnectedException if it is gone.
     */
    void serve()
    {
        try
        {
            socket.flush();
            // Only answers that somebody gave up on can come.
            for (int i = unanswered.size(); i >= 0; i--)
            {
                try (Message late = receive())
                {
                    if (null == late)
                    {
                        break;
                    }
                }
            }
            serveChannel();
        }
        catch (final ProtocolException e)
        {
            throw failed(e.getMessage());
        }
    }

    /**
     * The connection is of no use any more. It stays open: so it can be seen when the back-end leaves the memory.
     *
     * @return to be thrown.
     */
    ProtocolException failed(final String message)
    {
        failure = new ProtocolException(message);
        return failure;
    }

    /**
     * Refuse to go on after the back-end broke the protocol.
     *
     * @throws ProtocolException     telling how.
     * @throws DisconnectedException if it is gone since, and with it the danger.
     */
    void requireUsable()
    {
        if (null != failure)
        {
            if (look.poll(List.of(socket.fd()), 0) > 0 && look.isHungUp(socket.fd()))
            {
                throw new DisconnectedException();
            }
            // One of its own for each: who cleans up after one adds what the clean-up throws.
            throw new ProtocolException(failure.getMessage());
        }
    }

    private void send(
        final FrontendRequest request, final int flags, final Consumer<Bytes<?>> writer, final List<Fd> fds)
    {
        requireUsable();
        socket.send(request.id(), flags, writer, fds);
        if (0 != flags || request.hasAnswer())
        {
            unanswered.add(request);
        }
    }

    private Message await(final FrontendRequest request, final PayloadShape shape, final FdRule fdRule)
    {
        final Waiting.Wait wait = waiting.start("answer of the back-end to " + request);
        try
        {
            while (true)
            {
                socket.flush();
                final Message message = receive();
                if (null == message)
                {
                    serveChannel();
                    wait.pause();
                }
                else if (unanswered.isEmpty())
                {
                    return required(message, request, shape, fdRule);
                }
                else
                {
                    // To a question of before.
                    message.close();
                }
            }
        }
        catch (final ProtocolException e)
        {
            throw failed(e.getMessage());
        }
    }

    /** The next answer, whatever it says. */
    private Message receive()
    {
        final Message message = socket.receive();
        if (null != message)
        {
            final FrontendRequest expected = unanswered.peek();
            if (!message.isReply() || null == expected || expected.id() != message.request())
            {
                message.close();
                throw new ProtocolException("back-end sent what nobody asked for: request=" + message.request() +
                    ", isReply=" + message.isReply() + ", expected=" + (null == expected ? "nothing" : expected));
            }
            unanswered.remove();
        }
        return message;
    }

    private static Message required(
        final Message message, final FrontendRequest request, final PayloadShape shape, final FdRule fdRule)
    {
        try
        {
            message.require("answer to " + request, shape, fdRule);
            return message;
        }
        catch (final RuntimeException e)
        {
            message.close();
            throw e;
        }
    }

    private void serveChannel()
    {
        if (null != channel && !channel.serve())
        {
            fds = List.of(socket.fd());
            channel = null;
        }
    }

    /** For requests without a payload. */
    static void nothing(final Bytes<?> to)
    {
        // There is nothing to write.
    }

    @Override
    public void close()
    {
        if (null != channel)
        {
            channel.close();
            channel = null;
        }
        socket.close();
    }
}
