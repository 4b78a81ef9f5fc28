/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import net.openhft.chronicle.bytes.Bytes;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A back-end that says what a test wants it to say, and what is usual otherwise. It works on no ring.
 */
final class ScriptedBackend implements AutoCloseable
{
    static final Features FEATURES = Features.of(FeatureBits.VERSION_1, ProtocolFeatures.F_PROTOCOL_FEATURES, 5);
    static final Features PROTOCOL = Features.of(ProtocolFeatures.MQ, ProtocolFeatures.REPLY_ACK,
        ProtocolFeatures.BACKEND_REQ, ProtocolFeatures.CONFIG, ProtocolFeatures.CONFIGURE_MEM_SLOTS);

    Features features = FEATURES;
    Features protocol = PROTOCOL;
    /** What came, over all connections. */
    final List<FrontendRequest> seen = new ArrayList<>();
    final List<MemoryRegion> memory = new ArrayList<>();
    final List<VringState> bases = new ArrayList<>();
    final List<IotlbMessage> iotlb = new ArrayList<>();
    long acked;
    /** Answers of its channel that came. */
    final List<Long> answers = new ArrayList<>();
    MessageSocket channel;
    private final Path path;
    private final Map<FrontendRequest, Consumer<Message>> scripts = new EnumMap<>(FrontendRequest.class);
    private SocketEnd end;
    private MessageSocket socket;

    ScriptedBackend(final Path path)
    {
        this.path = path;
        end = SocketEnd.listen(path);
    }

    VhostUserTransport open(final VhostUserSettings settings)
    {
        return VhostUserTransport.connect(path, settings.withIdle(new Invoker(this::work)));
    }

    /** Answer a request in another way than usual. */
    ScriptedBackend on(final FrontendRequest request, final Consumer<Message> script)
    {
        scripts.put(request, script);
        return this;
    }

    void work()
    {
        if (null == socket)
        {
            final UnixSocket accepted = end.tryOpen();
            if (null == accepted)
            {
                return;
            }
            socket = new MessageSocket(accepted);
        }
        try
        {
            socket.flush();
            receive();
            receiveAnswers();
        }
        catch (final DisconnectedException e)
        {
            hangUp();
        }
    }

    private void receive()
    {
        while (null != socket)
        {
            try (Message message = socket.receive())
            {
                if (null == message)
                {
                    return;
                }
                final FrontendRequest request = FrontendRequest.of(message.request());
                request.require(message);
                seen.add(request);
                final Consumer<Message> script = scripts.get(request);
                if (null == script)
                {
                    answer(request, message);
                }
                else
                {
                    script.accept(message);
                }
            }
        }
    }

    private void receiveAnswers()
    {
        while (null != channel)
        {
            try (Message message = channel.receive())
            {
                if (null == message)
                {
                    return;
                }
                answers.add(message.payload().readLong());
            }
        }
    }

    /** The usual answer. */
    void answer(final FrontendRequest request, final Message message)
    {
        final Bytes<?> payload = message.payload();
        switch (request)
        {
            case GET_FEATURES -> reply(request, features.low64());
            case GET_PROTOCOL_FEATURES -> reply(request, protocol.low64());
            case GET_QUEUE_NUM -> reply(request, 4);
            case GET_MAX_MEM_SLOTS -> reply(request, 8);
            case GET_STATUS -> reply(request, 0xf);
            case GET_VRING_BASE ->
                reply(request, Message.REPLY, new VringState(VringState.read(payload).index(), 0)::write);
            case GET_CONFIG ->
            {
                final ConfigRange range = ConfigRange.read(payload);
                reply(request, Message.REPLY, (to) ->
                {
                    range.write(to);
                    to.write(new byte[range.size()]);
                });
            }
            case GET_INFLIGHT_FD ->
            {
                final InFlightArea asked = InFlightArea.read(payload);
                try (Fd file = Memfd.create("scripted-in-flight", 1 << 16))
                {
                    reply(request, Message.REPLY,
                        new InFlightArea(1 << 16, 0, asked.queues(), asked.queueSize())::write, file);
                }
            }
            default -> take(request, message);
        }
    }

    private void take(final FrontendRequest request, final Message message)
    {
        final Bytes<?> payload = message.payload();
        switch (request)
        {
            case SET_FEATURES -> acked = payload.readLong();
            case ADD_MEM_REG -> memory.add(MemoryRegion.readSingle(payload));
            case SET_MEM_TABLE -> memory.addAll(MemoryRegion.readTable(payload));
            case SET_VRING_BASE -> bases.add(VringState.read(payload));
            case IOTLB_MSG -> iotlb.add(IotlbMessage.read(payload));
            case SET_BACKEND_REQ_FD ->
                channel = new MessageSocket(UnixSocket.adopt(message.takeFd(), UnixSocket.Type.STREAM));
            default ->
            {
                // Nothing to remember.
            }
        }
        acknowledge(message);
    }

    void acknowledge(final Message message)
    {
        if (message.needsReply())
        {
            reply(FrontendRequest.of(message.request()), 0);
        }
    }

    void reply(final FrontendRequest request, final long value)
    {
        reply(request, Message.REPLY, (to) -> to.writeLong(value));
    }

    void reply(
        final FrontendRequest request, final int flags, final Consumer<Bytes<?>> writer, final Fd... passed)
    {
        socket.send(request.id(), flags, writer, List.of(passed));
    }

    /** Send on the back-end's channel. */
    void ask(final int request, final int flags, final Consumer<Bytes<?>> writer, final Fd... passed)
    {
        channel.send(request, flags, writer, List.of(passed));
    }

    /** Close the connection. The next one is served. */
    void hangUp()
    {
        if (null != channel)
        {
            channel.close();
            channel = null;
        }
        if (null != socket)
        {
            socket.close();
            socket = null;
        }
    }

    @Override
    public void close()
    {
        hangUp();
        end.close();
    }
}
