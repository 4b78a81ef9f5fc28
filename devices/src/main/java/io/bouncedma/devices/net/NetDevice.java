/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.os.Fd;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.Failures;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDevice;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.util.List;

/**
 * The back-end: a virtio network device between a driver and ports, one for each queue pair. What a driver sends is
 * copied before it is looked at; what is wrong with it costs the frame, and is counted by reason. A transmit chain that
 * is malformed is dropped as a frame is, a receive chain is given back with nothing written, which is too short for a
 * frame, and a command fails; only a command whose {@code ack} can not be reached stops its ring.
 * <pre>
 * transmit queue 2i + 1  to    port i        a frame that the port has no room for waits in the ring
 * receive queue 2i       from  port i        a frame that the driver has no buffer for waits at the port
 * </pre>
 */
public final class NetDevice implements VirtioDevice, AutoCloseable
{
    /** Frames that are moved before others get their turn. */
    private static final int BATCH = 64;

    private final NetSettings settings;
    private final List<NetPort> ports;
    private final ReceiveQueue[] receivers;
    private final TransmitQueue[] transmitters;
    private final boolean[] isStarted;
    private final PortWakeup wakeup;
    private final NetCounters counters = new NetCounters();
    private final ReceiveFilter filter = new ReceiveFilter();
    private final ControlQueue control;
    private final UnsafeBuffer config = new UnsafeBuffer(new byte[NetProtocol.CONFIG_LENGTH]);
    private final Features offered;
    private Features negotiated = Features.NONE;
    private boolean isLinkUp = true;
    private boolean isAnnouncing;
    private long mac;
    private int controlQueue;
    private int pairs;
    private int configVersion;

    /**
     * Serve ports.
     *
     * @param settings of the device.
     * @param ports    one for each queue pair, up to {@link NetProtocol#MAX_PAIRS}; they stay the caller's. Offloads
     *                 are offered that all of them carry.
     * @throws IllegalArgumentException if there is no port, or there are too many.
     */
    public NetDevice(final NetSettings settings, final List<? extends NetPort> ports)
    {
        final int maxPairs = ports.size();
        if (maxPairs < 1 || maxPairs > NetProtocol.MAX_PAIRS)
        {
            throw new IllegalArgumentException("a network device has 1 to " + NetProtocol.MAX_PAIRS +
                " queue pairs: ports=" + maxPairs);
        }
        this.settings = settings;
        this.ports = List.copyOf(ports);
        receivers = new ReceiveQueue[maxPairs];
        transmitters = new TransmitQueue[maxPairs];
        isStarted = new boolean[maxPairs];
        for (int i = 0; i < maxPairs; i++)
        {
            final NetPort port = ports.get(i);
            receivers[i] = new ReceiveQueue(port, counters, settings.patienceMs(), BATCH);
            transmitters[i] = new TransmitQueue(port, counters, settings.patienceMs(), BATCH);
        }
        wakeup = new PortWakeup(this.ports);
        control = new ControlQueue(filter, new Commands(), maxPairs, counters);
        offered = offered();
        config.putShort(NetProtocol.CONFIG_MAX_PAIRS, (short)maxPairs, ByteOrder.LITTLE_ENDIAN);
        config.putShort(NetProtocol.CONFIG_MTU, (short)settings.mtu(), ByteOrder.LITTLE_ENDIAN);
        forget();
    }

    /**
     * What it did so far.
     *
     * @return live figures.
     */
    public NetCounters counters()
    {
        return counters;
    }

    /**
     * The link comes up or goes down. While it is down frames are lost in both directions. To be called by the device's
     * thread.
     *
     * @param up whether there is a carrier.
     * @return whether that is a change; the driver is told of it.
     */
    public boolean setLink(final boolean up)
    {
        if (isLinkUp == up)
        {
            return false;
        }
        isLinkUp = up;
        changeStatus();
        return true;
    }

    /**
     * Ask the driver to announce itself to the network, as after its VM has moved. To be called by the device's thread.
     *
     * @return whether the driver is told: not if it knows of no such thing, or was told and has not done it yet.
     */
    public boolean announce()
    {
        if (isAnnouncing || !negotiated.has(NetProtocol.F_GUEST_ANNOUNCE))
        {
            return false;
        }
        isAnnouncing = true;
        changeStatus();
        return true;
    }

    /**
     * How many queue pairs the driver uses.
     *
     * @return 1 to the number of ports; without a control queue all of them.
     */
    public int pairs()
    {
        return pairs;
    }

    /**
     * How many chains of the driver made no sense, and what was wrong with the last of those. Any thread may ask.
     *
     * @return the same for the device's life.
     */
    @Override
    public Failures failures()
    {
        return counters.failures();
    }

    @Override
    public int type()
    {
        return DeviceType.NET;
    }

    @Override
    public Features features()
    {
        return offered;
    }

    @Override
    public int queueCount()
    {
        return 2 * ports.size() + (settings.hasControlQueue() ? 1 : 0);
    }

    @Override
    public int queueSizeMax(final int queue)
    {
        return settings.queueSizeMax();
    }

    @Override
    public int configLength()
    {
        return NetProtocol.CONFIG_LENGTH;
    }

    @Override
    public int readConfig(final int offset)
    {
        return config.getByte(offset) & 0xff;
    }

    @Override
    public void activate(final Features features)
    {
        negotiated = features;
        controlQueue = features.has(NetProtocol.F_CTRL_VQ) ?
            NetProtocol.controlQueue(features, ports.size()) : Integer.MAX_VALUE;
        filter.start(mac, features.has(NetProtocol.F_CTRL_VLAN) && settings.hasControlQueue());
        control.start(features);
        final HeaderRules rules = HeaderRules.toDevice(features);
        final boolean isMtuTold = settings.mtu() > 0 && features.has(NetProtocol.F_MTU);
        final int mtu = isMtuTold ? settings.mtu() : NetProtocol.FRAME_MAX;
        for (int i = 0; i < receivers.length; i++)
        {
            receivers[i].start(features, mtu);
            transmitters[i].start(rules, mtu);
        }
    }

    @Override
    public int process(final int queue, final DeviceRing ring)
    {
        if (settings.hasControlQueue() && queue == controlQueue)
        {
            return control.process(ring);
        }
        final int pair = queue / 2;
        if (pair >= pairs)
        {
            // 5.1.6.5.5: nothing moves in queues that are not in use yet.
            return 0;
        }
        final int work = isReceive(queue) ? receive(pair, ring) : transmitters[pair].process(ring, isLinkUp);
        wakeup.retry(transmitters[pair].isBlocked() || receivers[pair].isHolding() || 0 == work && isBlocked());
        return work;
    }

    @Override
    public int discard(final int queue, final DeviceRing ring)
    {
        return 1 == (queue & 1) && queue != controlQueue ? transmitters[queue / 2].discard(ring) : 0;
    }

    @Override
    public boolean awaitsKick(final int queue)
    {
        if (settings.hasControlQueue() && queue == controlQueue)
        {
            return true;
        }
        final int pair = queue / 2;
        // A queue that is not in use may be none at all: that of commands, for a driver that declined it.
        return pair < pairs && (isReceive(queue) ? receivers[pair].isStarved() : !transmitters[pair].isBlocked());
    }

    @Override
    public Fd wakeup()
    {
        return wakeup.fd();
    }

    @Override
    public int configVersion()
    {
        return configVersion;
    }

    @Override
    public void resetQueue(final int queue)
    {
        if (isReceive(queue))
        {
            receivers[queue / 2].reset();
            stopPort(queue / 2);
        }
        else if (1 == (queue & 1))
        {
            transmitters[queue / 2].reset();
        }
    }

    @Override
    public void reset()
    {
        for (int i = 0; i < receivers.length; i++)
        {
            receivers[i].reset();
            stopPort(i);
        }
        negotiated = Features.NONE;
        forget();
    }

    /**
     * Give back what the device waits by; the ports stay the caller's. To be called when no transport serves it any
     * more; a second call does nothing.
     */
    @Override
    public void close()
    {
        wakeup.close();
    }

    private int receive(final int pair, final DeviceRing ring)
    {
        // Nobody else says of a pair that it is in use now, without a control queue or when a queue goes on.
        startPort(pair);
        final int work = receivers[pair].process(ring, filter, isLinkUp);
        if (0 == work)
        {
            // Without buffers its kick tells when there are some, and frames that wait tell nothing.
            wakeup.watch(pair, !receivers[pair].isStarved());
        }
        return work;
    }

    /** Whether something waits for room or buffers that nothing tells of. */
    private boolean isBlocked()
    {
        for (int i = 0; i < transmitters.length; i++)
        {
            if (transmitters[i].isBlocked() || receivers[i].isHolding())
            {
                return true;
            }
        }
        return false;
    }

    private boolean isReceive(final int queue)
    {
        return 0 == (queue & 1) && queue / 2 < receivers.length && queue != controlQueue;
    }

    /** What a driver may have changed is again as it was. */
    private void forget()
    {
        setMac(settings.mac());
        isAnnouncing = false;
        showStatus();
        controlQueue = Integer.MAX_VALUE;
        // 5.1.6.5.5: one pair until the driver says something else.
        pairs = settings.hasControlQueue() ? 1 : ports.size();
    }

    private void startPort(final int pair)
    {
        if (!isStarted[pair])
        {
            isStarted[pair] = true;
            ports.get(pair).start(negotiated);
        }
    }

    private void stopPort(final int pair)
    {
        if (isStarted[pair])
        {
            isStarted[pair] = false;
            wakeup.watch(pair, false);
            receivers[pair].stop();
            ports.get(pair).stop();
        }
    }

    private void setMac(final long value)
    {
        mac = value;
        for (int i = 0; i < NetProtocol.MAC_LENGTH; i++)
        {
            config.putByte(NetProtocol.CONFIG_MAC + i,
                (byte)(value >>> Byte.SIZE * (NetProtocol.MAC_LENGTH - 1 - i)));
        }
    }

    private void changeStatus()
    {
        showStatus();
        configVersion++;
    }

    private void showStatus()
    {
        config.putShort(NetProtocol.CONFIG_STATUS, (short)((isLinkUp ? NetProtocol.STATUS_LINK_UP : 0) |
            (isAnnouncing ? NetProtocol.STATUS_ANNOUNCE : 0)), ByteOrder.LITTLE_ENDIAN);
    }

    private Features offered()
    {
        Features features = NetProtocol.HOST_OFFLOADS.or(NetProtocol.GUEST_OFFLOADS);
        for (final NetPort port : ports)
        {
            features = features.and(port.offloads());
        }
        features = features.or(
            Features.of(NetProtocol.F_MAC, NetProtocol.F_STATUS, NetProtocol.F_MRG_RXBUF));
        if (settings.mtu() > 0)
        {
            features = features.with(NetProtocol.F_MTU);
        }
        if (ports.size() > 1)
        {
            features = features.with(NetProtocol.F_MQ);
        }
        return settings.hasControlQueue() ? features.or(Features.of(NetProtocol.F_CTRL_VQ, NetProtocol.F_CTRL_RX,
            NetProtocol.F_CTRL_VLAN, NetProtocol.F_GUEST_ANNOUNCE, NetProtocol.F_CTRL_MAC_ADDR)) : features;
    }

    private final class Commands implements ControlQueue.Target
    {
        @Override
        public void mac(final long value)
        {
            setMac(value);
            filter.own(value);
        }

        @Override
        public void pairs(final int count)
        {
            for (int i = count; i < pairs; i++)
            {
                stopPort(i);
            }
            pairs = count;
        }

        @Override
        public void announced()
        {
            isAnnouncing = false;
            showStatus();
        }
    }
}
