/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.virtio.DeviceStatus;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.DriverClaim;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.PeerGoneException;
import io.bouncedma.virtio.RingFormat;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.VirtioTransport;
import io.bouncedma.virtio.Waiting;
import net.openhft.chronicle.bytes.Bytes;
import org.agrona.concurrent.IdleStrategy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The driver's side of vhost-user: a front-end for a back-end in another process, be it this library's, QEMU's or
 * DPDK's. It shares the regions that it is given and nothing else.
 * <ul>
 * <li>ACCESS_PLATFORM it has of itself, like QEMU without a vIOMMU: the memory table says what addresses mean, so the
 * back-end is not told of the bit and need not know it. With {@link VhostUserSettings#withIotlb()} a back-end that
 * offers the bit gets it, and asks here for each address.</li>
 * <li>RING_RESET it has of itself too: a ring is stopped and set up again.</li>
 * <li>The status is kept here, and told to a back-end that wants to know it.</li>
 * <li>A back-end that has no configuration, such as DPDK's network card, reads as zeros, also in fields whose features
 * it offers: whoever needs one must not take zero for an answer.</li>
 * </ul>
 * If {@linkplain VhostUserSettings#reconnectMs() allowed}, a back-end that died may come back. One that keeps a file of
 * chains in flight goes on with the rings as they are and nobody notices. Any other one is a new device, see
 * {@link #deviceEpoch()}. That is found out in {@link #takeInterrupts()}, which then takes as long as the new back-end
 * does to answer; every call that needs a back-end waits for it.
 * <p>
 * Every call may throw {@link PeerGoneException} if the back-end closed the connection and does not come back,
 * {@link TimeLimitException} if it does not answer in time, or another {@link VirtioException} if it refuses or breaks
 * the protocol. In the latter case {@link #reset()} fails too until the back-end is gone, as it may still use the
 * memory. One thread at a time, but for {@link #waiting}.
 */
public final class VhostUserTransport implements VirtioTransport, AutoCloseable
{
    /** More than any front-end asks for and as many as libvhost-user takes: no message tells a device's maximum. */
    private static final int MAX_QUEUE_SIZE = 1024;
    /** Those of vhost itself; bit 27 and, without a standard, 24 are of legacy devices. */
    private static final Features HIDDEN = Features.of(
        FeatureBits.PUBLISH_INDICES, ProtocolFeatures.F_LOG_ALL, 27, ProtocolFeatures.F_PROTOCOL_FEATURES);
    private static final Features OWN = Features.of(FeatureBits.ACCESS_PLATFORM, FeatureBits.RING_RESET);

    private final VhostUserSettings settings;
    private final FrontendMemory memory;
    private final FrontendRings rings;
    private final FrontendLink link;
    private final DriverClaim claim = new DriverClaim();
    private final PollSet look = new PollSet();
    private final List<Fd> watched = new ArrayList<>();
    private Features acked = Features.NONE;
    private int status;
    private int pending;
    private int epoch;
    private boolean hasRingError;
    private boolean isClosed;

    private VhostUserTransport(
        final SocketEnd end, final VhostUserSettings settings, final FrontendMemory memory)
    {
        this.settings = settings;
        this.memory = memory;
        rings = new FrontendRings(memory);
        link = new FrontendLink(end, settings, memory, new Follower());
    }

    /**
     * Connect to a back-end that listens, and agree with it on how to talk.
     *
     * @param path     of its socket file, which may come to be within the time limit.
     * @param settings what to share and how long to wait.
     * @return the transport, to be closed by the caller after its driver.
     * @throws io.bouncedma.os.ErrnoException ENOTSOCK if something else is there, or another reason of Linux.
     * @throws TimeLimitException       if nobody listens or answers in time.
     * @throws VirtioException          if the back-end breaks the protocol or refuses.
     * @throws IllegalArgumentException if the path is longer than 107 bytes, or regions overlap on the bus.
     */
    public static VhostUserTransport connect(final Path path, final VhostUserSettings settings)
    {
        return open(SocketEnd.connect(path), settings);
    }

    /**
     * Wait for a back-end that connects, such as DPDK's with {@code client=1}, and agree with it on how to talk.
     *
     * @param path     of the socket file to create; one that nobody listens on any more is replaced.
     * @param settings what to share and how long to wait.
     * @return the transport, to be closed by the caller after its driver, which deletes the file.
     * @throws io.bouncedma.os.ErrnoException EADDRINUSE if somebody listens there, or another reason of Linux.
     * @throws TimeLimitException       if nobody connects or answers in time.
     * @throws VirtioException          if the back-end breaks the protocol or refuses.
     * @throws IllegalArgumentException if the path is longer than 107 bytes, or regions overlap on the bus.
     */
    public static VhostUserTransport listen(final Path path, final VhostUserSettings settings)
    {
        return open(SocketEnd.listen(path), settings);
    }

    private static VhostUserTransport open(final SocketEnd end, final VhostUserSettings settings)
    {
        final FrontendMemory memory;
        try
        {
            memory = new FrontendMemory(settings.memory());
        }
        catch (final RuntimeException e)
        {
            end.close();
            throw e;
        }
        final VhostUserTransport transport = new VhostUserTransport(end, settings, memory);
        try
        {
            transport.link.open();
            return transport;
        }
        catch (final RuntimeException e)
        {
            transport.close();
            throw e;
        }
    }

    /**
     * How to wait for the device's interrupts: spins for a short while, then sleeps until one comes or the back-end is
     * gone, by the settings' own way to idle if there is one.
     *
     * @param limitMs milliseconds that a wait may take.
     * @return for one thread that waits for all queues but those that are waited for apart.
     */
    public Waiting waiting(final long limitMs)
    {
        final IdleStrategy idle = null != settings.idle() ? settings.idle() : idleStrategy();
        return new Waiting(idle, link::requireNotGone, limitMs);
    }

    FrontendIdleStrategy idleStrategy()
    {
        return new FrontendIdleStrategy(link, rings::all, false);
    }

    /**
     * How a thread waits for one queue that is its alone. From now on {@link #takeInterrupts()} does not tell of
     * buffers that the device used there.
     *
     * @param queue   that was enabled.
     * @param limitMs milliseconds that a wait may take.
     * @return for one thread.
     * @throws VirtioException if the queue is not enabled.
     */
    public Waiting waiting(final int queue, final long limitMs)
    {
        final FrontendVring vring = rings.vring(queue);
        vring.apart();
        final List<FrontendVring> alone = List.of(vring);
        return new Waiting(
            new FrontendIdleStrategy(link, () -> alone, true), link::requireNotGone, limitMs);
    }

    /**
     * How many messages the connection with the back-end has seen. A back-end that came back has a new one.
     *
     * @return both directions together, but for what a back-end says without being asked; zero while there is none.
     */
    public long messages()
    {
        return null == link.session() ? 0 : link.session().messages();
    }

    @Override
    public DriverClaim claim()
    {
        return claim;
    }

    /** {@inheritDoc} It is what the settings say. */
    @Override
    public int probe()
    {
        return settings.deviceType();
    }

    /**
     * {@inheritDoc} Every ring is stopped. A back-end that is gone is as good as reset; if it need not come back, that
     * is told by a {@link PeerGoneException} after all is forgotten.
     */
    @Override
    public void reset()
    {
        try
        {
            link.tell(this::resetBackend);
        }
        catch (final PeerGoneException e)
        {
            forget();
            throw e;
        }
        forget();
    }

    private void resetBackend(final FrontendSession to)
    {
        rings.stop(to);
        if (usesIotlb(to))
        {
            memory.invalidate(to);
        }
        if (to.has(ProtocolFeatures.RESET_DEVICE))
        {
            to.tell(FrontendRequest.RESET_DEVICE, FrontendSession::nothing, List.of());
        }
        if (to.has(ProtocolFeatures.STATUS))
        {
            to.tellNumber(FrontendRequest.SET_STATUS, DeviceStatus.RESET);
        }
        to.takeConfigChanged();
    }

    private void forget()
    {
        status = DeviceStatus.RESET;
        acked = Features.NONE;
        pending = 0;
        hasRingError = false;
        rings.forget();
    }

    @Override
    public Features deviceFeatures()
    {
        return link.ask(VhostUserTransport::offered);
    }

    private static Features offered(final FrontendSession of)
    {
        return of.offered().minus(HIDDEN).or(OWN);
    }

    @Override
    public void driverFeatures(final Features features)
    {
        acked = features;
    }

    /** {@inheritDoc} NOTIFICATION_DATA: a kick is an event without a payload. */
    @Override
    public Features lacking()
    {
        return Features.of(FeatureBits.NOTIFICATION_DATA);
    }

    @Override
    public int status()
    {
        int now = status;
        if (null != link.session() && link.session().has(ProtocolFeatures.STATUS))
        {
            final long told = link.ask((of) -> of.askNumber(FrontendRequest.GET_STATUS));
            final int confirmed = DeviceStatus.FEATURES_OK;
            now = now & ~confirmed | now & confirmed & (int)told | (int)told & DeviceStatus.DEVICE_NEEDS_RESET;
        }
        return hasRingError ? now | DeviceStatus.DEVICE_NEEDS_RESET : now;
    }

    @Override
    public void status(final int value)
    {
        if (DeviceStatus.RESET == value)
        {
            throw new IllegalArgumentException("use reset() to reset the device: status=0");
        }
        final int added = value & ~status;
        status = value;
        link.tell((to) ->
        {
            if (0 != (added & DeviceStatus.FEATURES_OK))
            {
                acknowledge(to);
            }
            if (0 != (added & DeviceStatus.DRIVER_OK))
            {
                rings.start(to, RingFormat.of(acked), false);
            }
            tellStatus(to);
        });
    }

    private void tellStatus(final FrontendSession to)
    {
        if (to.has(ProtocolFeatures.STATUS))
        {
            to.tellNumber(FrontendRequest.SET_STATUS, status);
        }
    }

    private void acknowledge(final FrontendSession to)
    {
        final Features own = usesIotlb(to) ? OWN.without(FeatureBits.ACCESS_PLATFORM) : OWN;
        // What both have of themselves the back-end may know about: our own needs RING_RESET for nothing, so it is
        // spared the question.
        final Features told = acked.minus(own);
        to.tellNumber(FrontendRequest.SET_FEATURES,
            (to.offered().has(ProtocolFeatures.F_PROTOCOL_FEATURES) ?
                told.with(ProtocolFeatures.F_PROTOCOL_FEATURES) : told).low64());
    }

    private boolean usesIotlb(final FrontendSession to)
    {
        return settings.withIotlb() && to.offered().has(FeatureBits.ACCESS_PLATFORM) &&
            to.has(ProtocolFeatures.BACKEND_REQ);
    }

    /**
     * {@inheritDoc} vhost-user does not tell: it is 1024 of each queue that the back-end has, or of any if it can not
     * say how many those are.
     */
    @Override
    public int queueSizeMax(final int queue)
    {
        return queue < link.ask(this::queueCount) ? MAX_QUEUE_SIZE : 0;
    }

    private int queueCount(final FrontendSession of)
    {
        if (!of.has(ProtocolFeatures.MQ))
        {
            return FrontendRings.MAX_QUEUES;
        }
        final int count = Math.clamp(of.queues(), 0, FrontendRings.MAX_QUEUES);
        // Of a network card pairs are counted, and the control queue is not.
        return DeviceType.NET == settings.deviceType() ? Math.min(2 * count + 1, FrontendRings.MAX_QUEUES) : count;
    }

    @Override
    public void enableQueue(
        final int queue, final int size, final long descArea, final long driverArea, final long deviceArea)
    {
        final FrontendVring vring = rings.configure(queue, size, descArea, driverArea, deviceArea);
        if (isDriverOk())
        {
            link.tell((to) -> rings.start(to, RingFormat.of(acked), vring));
        }
    }

    @Override
    public void resetQueue(final int queue)
    {
        final FrontendVring vring = rings.vring(queue);
        link.tell((to) ->
        {
            if (vring.isStarted())
            {
                vring.stop(to);
            }
        });
        rings.reset(vring, RingFormat.of(acked));
    }

    @Override
    public void kick(final int queue, final int next)
    {
        rings.kick(queue);
    }

    /** {@inheritDoc} One system call if there is nothing; a back-end that came back is set up here. */
    @Override
    public int takeInterrupts()
    {
        link.requireNotGone();
        if (null == link.session())
        {
            link.tryReopen();
        }
        else
        {
            if (link.session().hasFailed())
            {
                // What there is to say of it, or that it is gone at last.
                link.tell(FrontendSession::requireUsable);
            }
            watched.clear();
            link.collect(watched);
            final int sockets = watched.size();
            rings.collect(watched);
            if (look.poll(watched, 0) > 0)
            {
                takeEvents(sockets);
            }
            if (null != link.session() && link.session().isInMessage())
            {
                link.tell(FrontendSession::serve);
            }
        }
        final int taken = pending;
        pending = 0;
        return taken;
    }

    private void takeEvents(final int sockets)
    {
        final List<FrontendVring> all = rings.all();
        for (int i = 0; i < all.size(); i++)
        {
            final FrontendVring vring = all.get(i);
            if (!vring.isApart() && look.isReady(vring.call().fd()) && vring.call().drain() > 0)
            {
                pending |= INTERRUPT_USED_BUFFER;
            }
            if (look.isReady(vring.error().fd()) && vring.error().drain() > 0)
            {
                hasRingError = true;
                pending |= INTERRUPT_CONFIG_CHANGE;
            }
        }
        for (int i = 0; i < sockets; i++)
        {
            if (look.isReady(watched.get(i)))
            {
                link.tell(FrontendSession::serve);
                break;
            }
        }
        if (null != link.session() && link.session().takeConfigChanged())
        {
            pending |= INTERRUPT_CONFIG_CHANGE;
        }
    }

    /** {@inheritDoc} Whether the back-end offers CONFIG. */
    @Override
    public boolean hasConfig()
    {
        return link.ask((of) -> of.has(ProtocolFeatures.CONFIG));
    }

    /** {@inheritDoc} A back-end that went on with the rings is the same device. */
    @Override
    public int deviceEpoch()
    {
        return epoch;
    }

    /**
     * {@inheritDoc} Zero if the back-end has no configuration.
     *
     * @throws IllegalArgumentException if a configuration has no such field.
     */
    @Override
    public long readConfig(final int offset, final int width)
    {
        requireField(offset, width);
        return link.ask((of) ->
        {
            if (!of.has(ProtocolFeatures.CONFIG))
            {
                return 0L;
            }
            // Always from the start: libvhost-user does not look at the offset.
            final ConfigRange range = new ConfigRange(0, offset + width, ConfigRange.WRITABLE);
            final Consumer<Bytes<?>> writer = (to) ->
            {
                range.write(to);
                to.write(new byte[range.size()]);
            };
            try (Message answer = of.ask(FrontendRequest.GET_CONFIG, writer, PayloadShape.CONFIG, FdRule.NONE))
            {
                final Bytes<?> bytes = answer.payload();
                if (!ConfigRange.read(bytes).equals(range))
                {
                    throw of.failed("back-end has no such part of a configuration: size=" + range.size());
                }
                bytes.readSkip(offset);
                return ConfigRange.readField(bytes, width);
            }
        });
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if a configuration has no such field.
     * @throws VirtioException          if the back-end has no configuration, or refuses.
     */
    @Override
    public void writeConfig(final int offset, final int width, final long value)
    {
        requireField(offset, width);
        link.ask((to) ->
        {
            if (!to.has(ProtocolFeatures.CONFIG))
            {
                throw new VirtioException("back-end has no configuration to write: offset=" + offset);
            }
            to.tell(FrontendRequest.SET_CONFIG, (payload) ->
            {
                new ConfigRange(offset, width, ConfigRange.WRITABLE).write(payload);
                ConfigRange.writeField(payload, width, value);
            }, List.of());
            return null;
        });
    }

    private static void requireField(final int offset, final int width)
    {
        if (Integer.bitCount(width) != 1 || width < 1 || width > Long.BYTES || offset < 0 ||
            offset > ConfigRange.MAX_SIZE - width)
        {
            throw new IllegalArgumentException("no such field of a configuration: offset=" + offset + ", width=" +
                width + ", expected=1, 2, 4 or 8 bytes below " + ConfigRange.MAX_SIZE);
        }
    }

    private boolean isDriverOk()
    {
        return 0 != (status & DeviceStatus.DRIVER_OK);
    }

    /** What another back-end in place of the one that was lost has to take over. */
    private final class Follower implements FrontendLink.Follower
    {
        @Override
        public void check(final FrontendSession opened)
        {
            if (!acked.isSubsetOf(offered(opened)))
            {
                throw new VirtioException("back-end that took the place of another lacks features: accepted=" + acked +
                    ", offered=" + offered(opened));
            }
        }

        @Override
        public void lost()
        {
            rings.interrupted();
        }

        @Override
        public void replay(final FrontendSession opened)
        {
            if (0 != (status & DeviceStatus.FEATURES_OK))
            {
                acknowledge(opened);
            }
            if (isDriverOk())
            {
                if (!rings.canResume(opened))
                {
                    epoch++;
                    hasRingError = false;
                    rings.replaced();
                }
                rings.start(opened, RingFormat.of(acked), true);
                // The one before may have used something without a call, and the configuration is the new one's.
                pending |= INTERRUPT_USED_BUFFER | INTERRUPT_CONFIG_CHANGE;
            }
            if (DeviceStatus.RESET != status)
            {
                tellStatus(opened);
            }
        }
    }

    /**
     * End the connection and give everything back; a second call does nothing. Reset the device before, or be sure that
     * the back-end is gone: it can use the shared memory as long as it likes.
     */
    @Override
    public void close()
    {
        if (isClosed)
        {
            return;
        }
        isClosed = true;
        link.close();
        rings.close();
        memory.close();
    }
}
