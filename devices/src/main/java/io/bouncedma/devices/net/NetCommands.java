/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.PoolRoom;
import io.bouncedma.virtio.ThreadGuard;
import io.bouncedma.virtio.VirtioDriver;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.VirtioTransport;
import io.bouncedma.virtio.Waiting;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.util.Collection;
import java.util.Set;

/**
 * The driver's end of the control queue: one command at a time, and its answer is awaited (virtio 1.4, section
 * 5.1.6.5). One thread at a time, with the {@link NetDriver} that it belongs to.
 */
public final class NetCommands
{
    /** Command, ack. */
    static final int ELEMENTS = 2;
    /** Bytes of a command with its data; the longest is a filter's table. */
    static final int DATA_MAX = 2048;
    private static final int ALIGNMENT = 64;
    /** No device answers this, so where it still is there is no answer. */
    private static final int NOT_ANSWERED = 0xff;

    private final VirtioTransport transport;
    private final VirtioDriver driver;
    private final ThreadGuard guard;
    private final Waiting waiting;
    private final DriverRing ring;
    private final int queue;
    private final CoherentBuffer memory;
    private final long[] addresses = new long[ELEMENTS];
    private final int[] lengths = new int[ELEMENTS];

    NetCommands(
        final VirtioTransport transport,
        final DmaDevice dma,
        final VirtioDriver driver,
        final ThreadGuard guard,
        final Waiting waiting,
        final DriverRing ring,
        final int queue)
    {
        this.transport = transport;
        this.driver = driver;
        this.guard = guard;
        this.waiting = waiting;
        this.ring = ring;
        this.queue = queue;
        if (ring.size() < ELEMENTS)
        {
            throw new VirtioException("device's control queue is too small for a command: size=" + ring.size() +
                ", required=" + ELEMENTS);
        }
        memory = PoolRoom.allocate(dma, waiting, "commands: queue=" + queue, DATA_MAX + 1, ALIGNMENT);
        ring.disableInterrupts();
    }

    /**
     * Receive all frames, or those that are for this device.
     *
     * @param on whether all are.
     * @throws VirtioException if there is no such command, or the device refuses it.
     */
    public void setPromiscuous(final boolean on)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            command(NetProtocol.F_CTRL_RX, "PROMISC").putByte(NetProtocol.COMMAND_LENGTH, (byte)(on ? 1 : 0));
            send(NetProtocol.CLASS_RX, NetProtocol.RX_PROMISC, Byte.BYTES, "PROMISC");
        }
    }

    /**
     * Receive all multicast frames, or those of the filter.
     *
     * @param on whether all are.
     * @throws VirtioException if there is no such command, or the device refuses it.
     */
    public void setAllMulticast(final boolean on)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            command(NetProtocol.F_CTRL_RX, "ALLMULTI").putByte(NetProtocol.COMMAND_LENGTH, (byte)(on ? 1 : 0));
            send(NetProtocol.CLASS_RX, NetProtocol.RX_ALLMULTI, Byte.BYTES, "ALLMULTI");
        }
    }

    /**
     * Set the filter of addresses beside the device's own and broadcast.
     *
     * @param unicast   addresses of 48 bits.
     * @param multicast addresses of 48 bits.
     * @throws IllegalArgumentException if there are too many for one command.
     * @throws VirtioException          if there is no such command, or the device refuses it.
     */
    public void setFilter(final Set<Long> unicast, final Set<Long> multicast)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            final int end = NetProtocol.COMMAND_LENGTH + 2 * Integer.BYTES +
                (unicast.size() + multicast.size()) * NetProtocol.MAC_LENGTH;
            if (end > DATA_MAX)
            {
                throw new IllegalArgumentException("too many addresses: unicast=" + unicast.size() + ", multicast=" +
                    multicast.size());
            }
            final UnsafeBuffer data = command(NetProtocol.F_CTRL_RX, "MAC_TABLE_SET");
            putAddresses(data, putAddresses(data, NetProtocol.COMMAND_LENGTH, unicast), multicast);
            send(NetProtocol.CLASS_MAC, NetProtocol.MAC_TABLE_SET, end - NetProtocol.COMMAND_LENGTH,
                "MAC_TABLE_SET");
        }
    }

    /**
     * Set the device's address.
     *
     * @param mac 48 bits.
     * @throws VirtioException if there is no such command, or the device refuses it.
     */
    public void setMac(final long mac)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            putAddress(command(NetProtocol.F_CTRL_MAC_ADDR, "MAC_ADDR_SET"), NetProtocol.COMMAND_LENGTH, mac);
            send(NetProtocol.CLASS_MAC, NetProtocol.MAC_ADDR_SET, NetProtocol.MAC_LENGTH, "MAC_ADDR_SET");
        }
    }

    /**
     * Let frames of a VLAN in, or no more.
     *
     * @param vlan   0 to 4095.
     * @param passes whether they are let in.
     * @throws VirtioException if there is no such command, or the device refuses it.
     */
    public void setVlan(final int vlan, final boolean passes)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            final String name = passes ? "VLAN_ADD" : "VLAN_DEL";
            command(NetProtocol.F_CTRL_VLAN, name)
                .putShort(NetProtocol.COMMAND_LENGTH, (short)vlan, ByteOrder.LITTLE_ENDIAN);
            send(NetProtocol.CLASS_VLAN, passes ? NetProtocol.VLAN_ADD : NetProtocol.VLAN_DEL, Short.BYTES, name);
        }
    }

    /**
     * Tell the device that the driver has announced itself.
     *
     * @throws VirtioException if there is no such command, or the device refuses it.
     */
    public void announced()
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            command(NetProtocol.F_GUEST_ANNOUNCE, "ANNOUNCE_ACK");
            send(NetProtocol.CLASS_ANNOUNCE, NetProtocol.ANNOUNCE_ACK, 0, "ANNOUNCE_ACK");
        }
    }

    /** How many queue pairs are in use. */
    void setPairs(final int count)
    {
        command(NetProtocol.F_MQ, "VQ_PAIRS_SET")
            .putShort(NetProtocol.COMMAND_LENGTH, (short)count, ByteOrder.LITTLE_ENDIAN);
        send(NetProtocol.CLASS_MQ, NetProtocol.VQ_PAIRS_SET, Short.BYTES, "VQ_PAIRS_SET");
    }

    void close()
    {
        memory.close();
    }

    private UnsafeBuffer command(final int feature, final String name)
    {
        if (!driver.features().has(feature))
        {
            throw new VirtioException("device has no such command: command=" + name + ", features=" +
                driver.features() + ", required=" + feature);
        }
        return data();
    }

    /** Where to put a command's data, up to {@link #DATA_MAX} less two bytes. */
    private UnsafeBuffer data()
    {
        // One that nobody waited for any more may have been answered since.
        ring.poll();
        if (ring.inFlight() > 0)
        {
            throw new VirtioException("device has not answered the command before: inFlight=" + ring.inFlight());
        }
        return memory.view();
    }

    /**
     * Send a command whose data is there, and wait for the answer.
     *
     * @param name of the command, for messages.
     * @throws VirtioException if the device refuses, or worse.
     */
    private void send(final int commandClass, final int command, final int dataLength, final String name)
    {
        final UnsafeBuffer view = data();
        view.putByte(0, (byte)commandClass);
        view.putByte(1, (byte)command);
        view.putByte(DATA_MAX, (byte)NOT_ANSWERED);
        addresses[0] = memory.busAddress();
        lengths[0] = NetProtocol.COMMAND_LENGTH + dataLength;
        addresses[1] = memory.busAddress() + DATA_MAX;
        lengths[1] = 1;
        ring.add(addresses, lengths, 1, 1, 0);
        if (ring.publish())
        {
            driver.kick(queue);
        }
        await(name);
        // One read: the device may change it at any time.
        final int ack = view.getByte(DATA_MAX) & 0xff;
        if (NetProtocol.ACK_OK != ack || ring.written() < 1)
        {
            throw new VirtioException("device refuses a command: command=" + name + ", ack=" +
                (NOT_ANSWERED == ack ? "none" : ack));
        }
    }

    private void await(final String name)
    {
        final Waiting.Wait wait = waiting.start("answer to the command " + name);
        while (!ring.poll())
        {
            if (wait.pauseIf(ring.enableInterrupts()) &&
                0 != (transport.takeInterrupts() & VirtioTransport.INTERRUPT_CONFIG_CHANGE))
            {
                driver.requireWorking();
            }
        }
        ring.disableInterrupts();
    }

    private static int putAddresses(final UnsafeBuffer data, final int at, final Collection<Long> addresses)
    {
        data.putInt(at, addresses.size(), ByteOrder.LITTLE_ENDIAN);
        int next = at + Integer.BYTES;
        for (final long mac : addresses)
        {
            putAddress(data, next, mac);
            next += NetProtocol.MAC_LENGTH;
        }
        return next;
    }

    private static void putAddress(final UnsafeBuffer data, final int at, final long mac)
    {
        for (int i = 0; i < NetProtocol.MAC_LENGTH; i++)
        {
            data.putByte(at + i, (byte)(mac >>> Byte.SIZE * (NetProtocol.MAC_LENGTH - 1 - i)));
        }
    }
}
