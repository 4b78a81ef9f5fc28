/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.dma.DmaDevice;
import io.bouncedma.os.Cleanup;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.PoolRoom;
import io.bouncedma.virtio.RingFormat;
import io.bouncedma.virtio.ThreadGuard;
import io.bouncedma.virtio.VirtioDriver;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.VirtioTransport;
import io.bouncedma.virtio.Waiting;
import org.agrona.DirectBuffer;

import java.util.ArrayList;
import java.util.List;

/**
 * The front-end: sends and receives frames by a virtio network device. Frames are private and bounced through the pools
 * of a {@link DmaDevice}.
 * <pre>
 * send, send, ... doWork        until send says false: then there is no room before doWork
 * doWork, doWork, ... await     hands frames to the listener; await lets time pass until there is something to do
 * </pre>
 * One thread at a time, its {@link #commands()} included: a second one is refused with an
 * {@link IllegalStateException}. The listener is called by {@link #doWork()} and {@link #await()} only, and may send.
 */
public final class NetDriver implements AutoCloseable
{
    /** Buffers that are handled before other queues get their turn. */
    private static final int BATCH = 64;
    private static final NetHeader WHOLE = new NetHeader();

    private final VirtioTransport transport;
    private final Waiting waiting;
    private final VirtioDriver driver;
    private final FrameReceiver[] receivers;
    private final FrameSender[] senders;
    private final int mtu;
    private final ThreadGuard guard = new ThreadGuard("network device's driver",
        "let one thread after another use it: the one that calls doWork or await can send, too");
    private NetCommands commands;
    private int pairs;
    private boolean closed;

    /**
     * Set the device up.
     *
     * @param transport to the device.
     * @param dma       to map frames by; it stays the caller's.
     * @param waiting   how to wait for the device.
     * @param settings  what to ask for.
     * @param listener  of received frames.
     * @throws VirtioException if there is no network device, it refuses, its configuration can not be, or no pool has
     *                         room for the rings and receive buffers.
     */
    public NetDriver(
        final VirtioTransport transport,
        final DmaDevice dma,
        final Waiting waiting,
        final NetDriverSettings settings,
        final NetListener listener)
    {
        this.transport = transport;
        this.waiting = waiting;
        driver = new VirtioDriver(transport, dma, waiting, DeviceType.NET, settings.wanted());
        final List<FrameReceiver> opened = new ArrayList<>();
        final List<FrameSender> created = new ArrayList<>();
        try
        {
            final int maxPairs = maxPairs();
            pairs = driver.features().has(NetProtocol.F_CTRL_VQ) ?
                Math.min(settings.pairs(), maxPairs) : settings.pairs();
            mtu = readMtu();
            for (int i = 0; i < pairs; i++)
            {
                opened.add(new FrameReceiver(dma, enable(2 * i, settings.queueSize(), 1), i, listener,
                    driver.features(), settings.receiveLength()));
                opened.getLast().open(waiting);
                created.add(new FrameSender(dma, waiting,
                    enable(2 * i + 1, settings.queueSize(), FrameSender.ELEMENTS), driver.features()));
            }
            if (driver.features().has(NetProtocol.F_CTRL_VQ))
            {
                final int queue = NetProtocol.controlQueue(driver.features(), maxPairs);
                commands = new NetCommands(transport, dma, driver, guard, waiting,
                    enable(queue, NetDriverSettings.CONTROL_QUEUE_SIZE, NetCommands.ELEMENTS), queue);
            }
            receivers = opened.toArray(new FrameReceiver[0]);
            senders = created.toArray(new FrameSender[0]);
            driver.start();
            flush();
            if (pairs > 1 && null != commands)
            {
                setPairs(pairs);
            }
        }
        catch (final RuntimeException | Error e)
        {
            Cleanup.after(e, () -> close(opened, created));
            throw e;
        }
    }

    /**
     * The features that both sides have.
     *
     * @return the negotiated set.
     */
    public Features features()
    {
        return driver.features();
    }

    /**
     * How many queue pairs are in use.
     *
     * @return at least 1, as many as were asked for or as the device has, or as {@link #setPairs} says.
     */
    public int pairs()
    {
        return pairs;
    }

    /**
     * How long a packet may be, without its Ethernet header.
     *
     * @return bytes, {@link NetProtocol#USUAL_MTU} if the device does not say.
     */
    public int mtu()
    {
        return mtu;
    }

    /**
     * The device's address.
     *
     * @return 48 bits, or 0 if the device does not say.
     */
    public long mac()
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            if (!driver.features().has(NetProtocol.F_MAC))
            {
                return 0;
            }
            long mac = 0;
            for (int i = 0; i < NetProtocol.MAC_LENGTH; i++)
            {
                mac = mac << Byte.SIZE | driver.readConfig(NetProtocol.CONFIG_MAC + i, Byte.BYTES);
            }
            return mac;
        }
    }

    /**
     * Whether there is a carrier.
     *
     * @return true also if the device does not say.
     */
    public boolean isLinkUp()
    {
        return 0 != (status() & NetProtocol.STATUS_LINK_UP);
    }

    /**
     * Whether the driver is to announce itself to the network; {@link NetCommands#announced()} ends it.
     *
     * @return true if the device asks for it.
     */
    public boolean isToAnnounce()
    {
        return driver.features().has(NetProtocol.F_GUEST_ANNOUNCE) && 0 != (status() & NetProtocol.STATUS_ANNOUNCE);
    }

    /**
     * Send a whole frame with its checksum, as {@link #send(int, DirectBuffer, int, int, NetHeader)}.
     *
     * @param pair   of queues, below {@link #pairs()}.
     * @param frame  private buffer.
     * @param offset of the frame's first byte.
     * @param length bytes.
     * @return false if there is no room now.
     */
    public boolean send(final int pair, final DirectBuffer frame, final int offset, final int length)
    {
        return send(pair, frame, offset, length, WHOLE);
    }

    /**
     * Send a frame. The device sees it at the next {@link #doWork()} or {@link #flush()}.
     *
     * @param pair   of queues, below {@link #pairs()}.
     * @param frame  private buffer; its bytes are copied before this returns, unless they lie in a pool already: then
     *               they must stay until {@link #inFlight} says that all is sent.
     * @param offset of the frame's first byte.
     * @param length bytes, {@link NetProtocol#ETHERNET_LENGTH} to {@link NetProtocol#FRAME_MAX}.
     * @param header what is left to the device.
     * @return false if there is no room now, in the ring or the pool: {@link #doWork()} or {@link #await()} first.
     * @throws IllegalArgumentException if there is no such pair, the length is out of its range, or the header asks for
     *                                  what was not negotiated or does not fit the frame.
     * @throws IllegalStateException    if the driver is closed.
     * @throws VirtioException          if the device breaks the protocol, or no pool is large enough for the frame.
     */
    public boolean send(
        final int pair, final DirectBuffer frame, final int offset, final int length, final NetHeader header)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            if (closed)
            {
                throw new IllegalStateException("network device is closed");
            }
            if (pair < 0 || pair >= pairs)
            {
                throw new IllegalArgumentException("no such queue pair is in use: pair=" + pair + ", pairs=" + pairs);
            }
            return senders[pair].send(frame, offset, length, header);
        }
    }

    /**
     * Let the device see what was sent, and the buffers that it may use again.
     */
    public void flush()
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            for (int i = 0; i < receivers.length; i++)
            {
                if (senders[i].publish())
                {
                    driver.kick(2 * i + 1);
                }
                if (receivers[i].publish())
                {
                    driver.kick(2 * i);
                }
            }
        }
    }

    /**
     * Hand received frames to the listener, take back what was sent, and let the device see what is new. Never waits.
     *
     * @return how much was done, zero if there was nothing to do.
     * @throws VirtioException if the device breaks the protocol.
     */
    public int doWork()
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            int work = 0;
            for (int i = 0; i < receivers.length; i++)
            {
                work += receivers[i].poll(BATCH) + senders[i].reap();
            }
            flush();
            return work;
        }
    }

    /**
     * Wait until there was something to do, and do it.
     *
     * @return as {@link #doWork()}, at least 1, or 0 if the configuration changed: look at {@link #isLinkUp()} and
     * {@link #isToAnnounce()}. Also 0, soon, after a frame found no room in the pools because others have it, which no
     * event tells of: try to send it again. All of these together take no longer than the limit.
     * @throws VirtioException if the device breaks the protocol, stops, goes away or does nothing in time, or the pools
     *                         get no room in time.
     */
    public int await()
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            int work = doWork();
            for (int i = 0; 0 == work && i < senders.length; i++)
            {
                final PoolRoom missing = senders[i].missingRoom();
                if (null != missing)
                {
                    missing.await(waiting);
                    return doWork();
                }
            }
            final Waiting.Wait wait = waiting.start("frame");
            boolean isChanged = false;
            while (0 == work && !isChanged)
            {
                if (wait.pauseIf(enableInterrupts()))
                {
                    isChanged = 0 != (transport.takeInterrupts() & VirtioTransport.INTERRUPT_CONFIG_CHANGE);
                    if (isChanged)
                    {
                        driver.requireWorking();
                    }
                }
                work = doWork();
            }
            disableInterrupts();
            return work;
        }
    }

    /**
     * How many frames of a pair the device has not sent yet.
     *
     * @param pair of queues.
     * @return zero or more, as of the last {@link #doWork()}.
     */
    public int inFlight(final int pair)
    {
        return senders[pair].inFlight();
    }

    /**
     * How many frames were given to the device.
     *
     * @return a number that grows.
     */
    public long sent()
    {
        long sum = 0;
        for (final FrameSender sender : senders)
        {
            sum += sender.sent();
        }
        return sum;
    }

    /**
     * How many frames the listener got.
     *
     * @return a number that grows.
     */
    public long received()
    {
        long sum = 0;
        for (final FrameReceiver receiver : receivers)
        {
            sum += receiver.frames();
        }
        return sum;
    }

    /**
     * How many received frames were lost for one reason.
     *
     * @param fault of the device.
     * @return a number that grows.
     */
    public long faults(final NetFault fault)
    {
        long sum = 0;
        for (final FrameReceiver receiver : receivers)
        {
            sum += receiver.faults(fault);
        }
        return sum;
    }

    /**
     * The control queue.
     *
     * @return its commands.
     * @throws VirtioException if the device has none, or it was not wanted.
     */
    public NetCommands commands()
    {
        if (null == commands)
        {
            throw new VirtioException("device has no control queue: features=" + driver.features() + ", required=" +
                NetProtocol.F_CTRL_VQ);
        }
        return commands;
    }

    /**
     * Use fewer queue pairs, or more of them again.
     *
     * @param count 1 to the number that there are.
     * @throws IllegalArgumentException if there are not so many.
     * @throws VirtioException          if there is no such command, or the device refuses it.
     */
    public void setPairs(final int count)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            if (count < 1 || count > receivers.length)
            {
                throw new IllegalArgumentException("there are not so many queue pairs: count=" + count + ", pairs=" +
                    receivers.length);
            }
            commands().setPairs(count);
            pairs = count;
        }
    }

    /**
     * Reset the device and give everything back. Frames in flight may be lost. After a call that returned, another one
     * does nothing.
     *
     * @throws io.bouncedma.virtio.TimeLimitException if the device does not answer: it may use the memory still, so
     *                                                that stays taken, and a later call tries again.
     * @throws IllegalStateException if another thread is using it, or the listener of its frames calls it:
     *                               nothing happened then. Whoever is called back notes that it is to end, and returns.
     */
    @Override
    public void close()
    {
        try (ThreadGuard.Turn _ = guard.enterToClose())
        {
            close(List.of(receivers), List.of(senders));
        }
    }

    private DriverRing enable(final int queue, final int size, final int elements)
    {
        // A device that has no packed rings gets a split one, and those come in powers of two.
        final DriverRing ring = driver.enableQueue(queue, RingFormat.of(driver.features()).fit(size), elements);
        if (ring.size() < elements)
        {
            throw new VirtioException("device's queue is too small: queue=" + queue + ", size=" + ring.size() +
                ", required=" + elements);
        }
        ring.disableInterrupts();
        return ring;
    }

    /** 5.1.4.2: what a device says that can not be is not believed. */
    private int maxPairs()
    {
        if (!driver.features().has(NetProtocol.F_MQ) || !driver.features().has(NetProtocol.F_CTRL_VQ))
        {
            return 1;
        }
        final int count = (int)driver.readConfig(NetProtocol.CONFIG_MAX_PAIRS, Short.BYTES);
        if (count < 1 || count > NetProtocol.MAX_PAIRS)
        {
            throw new VirtioException("device has a number of queue pairs that can not be: max_virtqueue_pairs=" +
                count + ", expected=1.." + NetProtocol.MAX_PAIRS);
        }
        return count;
    }

    private int readMtu()
    {
        if (!driver.features().has(NetProtocol.F_MTU))
        {
            return NetProtocol.USUAL_MTU;
        }
        final int value = (int)driver.readConfig(NetProtocol.CONFIG_MTU, Short.BYTES);
        if (0 == value)
        {
            // Not an MTU: a back-end of DPDK offers the feature and has no configuration.
            return NetProtocol.USUAL_MTU;
        }
        if (value < NetProtocol.MIN_MTU)
        {
            throw new VirtioException("device has an MTU that can not be: mtu=" + value + ", minimum=" +
                NetProtocol.MIN_MTU);
        }
        return value;
    }

    private int status()
    {
        // Who asks while another thread sends is refused here: in the driver it could be the sender, a kick lost.
        try (ThreadGuard.Turn _ = guard.enter())
        {
            return driver.features().has(NetProtocol.F_STATUS) ?
                (int)driver.readConfig(NetProtocol.CONFIG_STATUS, Short.BYTES) : NetProtocol.STATUS_LINK_UP;
        }
    }

    /** False if something was used meanwhile. */
    private boolean enableInterrupts()
    {
        boolean isIdle = true;
        for (int i = 0; i < receivers.length; i++)
        {
            isIdle &= receivers[i].ring().enableInterrupts();
            isIdle &= senders[i].ring().enableInterrupts();
        }
        return isIdle;
    }

    private void disableInterrupts()
    {
        for (int i = 0; i < receivers.length; i++)
        {
            receivers[i].ring().disableInterrupts();
            senders[i].ring().disableInterrupts();
        }
    }

    private void close(final List<FrameReceiver> opened, final List<FrameSender> created)
    {
        if (!closed)
        {
            driver.close();
            closed = true;
            Cleanup.all(
                () -> Cleanup.each(opened.size(), (i) -> opened.get(i).close()),
                () -> Cleanup.each(created.size(), (i) -> created.get(i).close()),
                this::closeCommands);
        }
    }

    private void closeCommands()
    {
        if (null != commands)
        {
            commands.close();
        }
    }
}
