/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.Fd;
import io.bouncedma.virtio.DeviceStatus;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.ServiceEvent;
import io.bouncedma.virtio.VirtioDevice;
import io.bouncedma.virtio.VirtioException;
import net.openhft.chronicle.bytes.Bytes;
import org.agrona.collections.LongArrayList;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * One connection of a front-end: turns its messages into calls of {@link BackendDevice}, and answers.
 * <p>
 * A message that breaks the protocol ends the connection; one that asks for what can not be is answered with 1 if the
 * front-end wants an answer, and ends the connection otherwise, as nothing else could tell.
 */
final class BackendSession implements AutoCloseable
{
    private static final Features PROTOCOL_FEATURES = Features.of(
        ProtocolFeatures.MQ, ProtocolFeatures.LOG_SHMFD, ProtocolFeatures.REPLY_ACK, ProtocolFeatures.BACKEND_REQ,
        ProtocolFeatures.CONFIG,
        ProtocolFeatures.INFLIGHT_SHMFD, ProtocolFeatures.RESET_DEVICE, ProtocolFeatures.CONFIGURE_MEM_SLOTS,
        ProtocolFeatures.STATUS);
    private static final int MAX_MESSAGES = 16;
    private static final long OK = 0;
    private static final long FAILED = 1;

    private final MessageSocket socket;
    private final LongSupplier nanoTime;
    /** How long a stop waits for the device. */
    private final long drainNs;
    private final BackendChannel channel = new BackendChannel();
    private final BackendDevice device;
    private final BackendLog log;
    /** Of the front-end to questions about the IOTLB. */
    private final LongArrayList answers = new LongArrayList();
    private final LongConsumer addAnswer = answers::addLong;
    private Features protocolFeatures = Features.NONE;
    private ProtocolException failure;
    /** A message that stops rings of which the device has not given back what it must; null mostly. */
    private Message deferred;
    private long deferredNs;

    BackendSession(
        final MessageSocket socket,
        final VirtioDevice device,
        final Features withheld,
        final long drainNs,
        final BackendLog log,
        final LongSupplier nanoTime)
    {
        this.nanoTime = nanoTime;
        this.drainNs = drainNs;
        this.socket = socket;
        this.log = log;
        this.device = new BackendDevice(device, channel, withheld, log, nanoTime);
    }

    Fd fd()
    {
        return socket.fd();
    }

    BackendDevice device()
    {
        return device;
    }

    void configChanged()
    {
        channel.configChanged();
    }

    /** End the connection at the next chance. */
    void fail(final ProtocolException reason)
    {
        failure = reason;
    }

    /**
     * Handle some messages.
     *
     * @return how many.
     * @throws ProtocolException     if the front-end breaks the protocol.
     * @throws DisconnectedException if it is gone.
     */
    int doWork()
    {
        if (null != failure)
        {
            throw failure;
        }
        socket.flush();
        channel.doWork(addAnswer);
        int work = 0;
        while (work < MAX_MESSAGES)
        {
            final Message message = null == deferred ? socket.receive() : deferred;
            if (null == message)
            {
                takeAnswers();
                break;
            }
            if (mustWait(message))
            {
                break;
            }
            deferred = null;
            try (message)
            {
                handle(message);
            }
            work++;
        }
        return work;
    }

    /** What the answers are about came on the other socket before them, so that has been read empty. */
    private void takeAnswers()
    {
        for (int i = 0; i < answers.size(); i++)
        {
            device.iotlbAnswered(answers.getLong(i));
        }
        answers.clear();
    }

    /**
     * Whether a message is to wait for the device ("Get vring base": what is in flight is completed first). The
     * front-end waits for the answer, and whatever it sends meanwhile waits behind.
     */
    private boolean mustWait(final Message message)
    {
        boolean isDrained = true;
        for (final BackendVring vring : device.vrings())
        {
            isDrained &= !isStopping(message, vring.index()) || device.drain(vring);
        }
        if (isDrained)
        {
            return false;
        }
        if (null == deferred)
        {
            deferred = message;
            deferredNs = nanoTime.getAsLong();
        }
        return nanoTime.getAsLong() - deferredNs < drainNs;
    }

    /** Only what a ring's stop depends on is looked at; the message is checked when it is handled. */
    private static boolean isStopping(final Message message, final int index)
    {
        final Bytes<?> payload = message.payload();
        final FrontendRequest request = FrontendRequest.of(message.request());
        return FrontendRequest.GET_VRING_BASE == request && payload.readRemaining() >= Integer.BYTES &&
            index == payload.readInt(0) ||
            FrontendRequest.SET_STATUS == request && payload.readRemaining() >= Long.BYTES &&
            DeviceStatus.RESET == payload.readLong(0);
    }

    private void handle(final Message message)
    {
        if (message.isReply())
        {
            throw new ProtocolException("front-end sent a reply: request=" + message.request());
        }
        final boolean wantsAck = wantsAck(message);
        final FrontendRequest request = FrontendRequest.of(message.request());
        if (null == request)
        {
            if (!wantsAck)
            {
                throw new ProtocolException("unknown request: request=" + message.request());
            }
            device.refused("unknown request: request=" + message.request());
            reply(message.request(), FAILED);
            return;
        }
        request.require(message);
        try
        {
            handle(request, message);
        }
        catch (final VirtioException | ErrnoException | IllegalArgumentException e)
        {
            if (!wantsAck || request.hasAnswer())
            {
                throw e instanceof IllegalArgumentException ?
                    new ProtocolException(request + " asks for what can not be: " + e.getMessage()) : e;
            }
            device.refused(request + ": " + e.getMessage());
            reply(request.id(), FAILED);
            return;
        }
        // Asked again: the message that negotiates acknowledgements may want one itself, as user-mode Linux does.
        if (wantsAck(message) && !request.hasAnswer())
        {
            reply(request.id(), OK);
        }
    }

    private boolean wantsAck(final Message message)
    {
        return message.needsReply() && protocolFeatures.has(ProtocolFeatures.REPLY_ACK);
    }

    private void handle(final FrontendRequest request, final Message message)
    {
        final Bytes<?> payload = message.payload();
        switch (request)
        {
            case GET_FEATURES -> reply(request.id(), device.offered().low64());
            case SET_FEATURES -> device.acknowledge(Features.ofLow64(payload.readLong()));
            case GET_PROTOCOL_FEATURES -> reply(request.id(), PROTOCOL_FEATURES.low64());
            case SET_PROTOCOL_FEATURES -> acknowledgeProtocol(Features.ofLow64(payload.readLong()));
            case SET_OWNER, RESET_OWNER ->
            {
                // The connection is the session: whoever holds it owns the device. The second is no longer used, and
                // best ignored, as it once meant different things.
            }
            case RESET_DEVICE -> device.reset();
            case GET_QUEUE_NUM -> reply(request.id(), queueCount());
            case SET_BACKEND_REQ_FD ->
            {
                channel.open(message.takeFd());
                answers.clear();
                device.channelReplaced();
            }
            case GET_CONFIG, SET_CONFIG -> config(request, payload);
            case IOTLB_MSG -> device.iotlb(IotlbMessage.read(payload));
            case SET_LOG_BASE, SET_LOG_FD -> log(request, message);
            case SET_STATUS -> device.status(payload.readLong());
            case GET_STATUS -> reply(request.id(), device.status());
            case GET_INFLIGHT_FD, SET_INFLIGHT_FD -> inFlight(request, message);
            case SET_MEM_TABLE, ADD_MEM_REG, REM_MEM_REG, GET_MAX_MEM_SLOTS -> memory(request, message);
            case SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR -> doorbell(request, message);
            default -> vring(request, payload);
        }
    }

    private void acknowledgeProtocol(final Features features)
    {
        if (!features.isSubsetOf(PROTOCOL_FEATURES))
        {
            throw new ProtocolException("front-end accepts protocol features that were not offered: accepted=" +
                ProtocolFeatures.describe(features) + ", offered=" + ProtocolFeatures.describe(PROTOCOL_FEATURES));
        }
        protocolFeatures = features;
        log.tell(ServiceEvent.FEATURES, "vhost_user=" + ProtocolFeatures.describe(features));
        channel.askForReplies(features.has(ProtocolFeatures.REPLY_ACK));
    }

    /** Of a network card the front-end counts pairs of queues, as QEMU and DPDK do. */
    private int queueCount()
    {
        final int count = device.vrings().size();
        return DeviceType.NET == device.device().type() ? count / 2 : count;
    }

    private void config(final FrontendRequest request, final Bytes<?> payload)
    {
        final ConfigRange range = ConfigRange.read(payload);
        final VirtioDevice served = device.device();
        if (FrontendRequest.SET_CONFIG == request)
        {
            for (int i = 0; i < range.size() && range.offset() + i < served.configLength(); i++)
            {
                served.writeConfig(range.offset() + i, payload.readUnsignedByte());
            }
            return;
        }
        reply(request.id(), (to) ->
        {
            range.write(to);
            for (int i = range.offset(); i < range.offset() + range.size(); i++)
            {
                // What the front-end asks for beyond the configuration is a field that this device does not have.
                to.writeUnsignedByte(i < served.configLength() ? served.readConfig(i) : 0);
            }
        }, List.of());
    }

    private void log(final FrontendRequest request, final Message message)
    {
        try (Fd fd = message.takeFd())
        {
            // What SET_LOG_FD brings is to be signalled when logging fails, which a bit in memory can not.
            if (FrontendRequest.SET_LOG_BASE == request)
            {
                device.memory().requireMappable(fd);
                device.memory().log(DirtyLog.map(LogArea.read(message.payload()), fd));
                reply(request.id(), OK);
            }
        }
    }

    private void inFlight(final FrontendRequest request, final Message message)
    {
        final InFlightArea area = InFlightArea.read(message.payload());
        if (FrontendRequest.SET_INFLIGHT_FD == request)
        {
            try (Fd fd = message.takeFd())
            {
                device.memory().requireMappable(fd);
                device.useInFlight(area, fd);
            }
            return;
        }
        final InFlightFile.Made made = device.makeInFlight(area);
        try (Fd fd = made.fd())
        {
            reply(request.id(), made.area()::write, List.of(fd));
        }
    }

    private void memory(final FrontendRequest request, final Message message)
    {
        final GuestMemory memory = device.memory();
        switch (request)
        {
            case GET_MAX_MEM_SLOTS ->
            {
                reply(request.id(), GuestMemory.MAX_SLOTS);
                return;
            }
            case SET_MEM_TABLE ->
            {
                final List<Fd> fds = new ArrayList<>();
                try
                {
                    while (message.hasFd())
                    {
                        fds.add(message.takeFd());
                    }
                    memory.replace(MemoryRegion.readTable(message.payload()), fds);
                }
                finally
                {
                    fds.forEach(Fd::close);
                }
            }
            case ADD_MEM_REG ->
            {
                try (Fd fd = message.takeFd())
                {
                    memory.add(MemoryRegion.readSingle(message.payload()), fd);
                }
            }
            default -> memory.remove(MemoryRegion.readSingle(message.payload()));
        }
        device.memoryChanged();
    }

    private void doorbell(final FrontendRequest request, final Message message)
    {
        final BackendVring vring = device.vring(VringFd.index(message.payload().readLong()));
        final Fd fd = message.hasFd() ? message.takeFd() : null;
        switch (request)
        {
            case SET_VRING_KICK ->
            {
                vring.kick(fd);
                device.runReady();
            }
            case SET_VRING_CALL -> vring.call(fd);
            default -> vring.error(fd);
        }
    }

    private void vring(final FrontendRequest request, final Bytes<?> payload)
    {
        if (FrontendRequest.SET_VRING_ADDR == request)
        {
            final VringAddress address = VringAddress.read(payload);
            device.vring(address.index()).address(address);
            device.runReady();
            return;
        }
        final VringState state = VringState.read(payload);
        final BackendVring vring = device.vring(state.index());
        switch (request)
        {
            case SET_VRING_NUM -> vring.size(state.num());
            case SET_VRING_BASE -> vring.base(state.num());
            case GET_VRING_BASE ->
            {
                final int base = device.halt(vring);
                reply(request.id(), new VringState(state.index(), Integer.toUnsignedLong(base))::write, List.of());
            }
            default -> device.enable(vring, 0 != state.num());
        }
    }

    private void reply(final int request, final long value)
    {
        reply(request, (to) -> to.writeLong(value), List.of());
    }

    private void reply(final int request, final Consumer<Bytes<?>> writer, final List<Fd> fds)
    {
        socket.send(request, Message.REPLY, writer, fds);
    }

    @Override
    public void close()
    {
        if (null != deferred)
        {
            deferred.close();
        }
        device.close();
        channel.close();
        socket.close();
    }
}
