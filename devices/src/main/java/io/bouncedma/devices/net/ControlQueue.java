/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.virtio.AnswerByte;
import io.bouncedma.virtio.ChainLimits;
import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.Features;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * The device's end of the control queue (virtio 1.4, section 5.1.6.5). A command that is unknown, was not negotiated,
 * has not the length that it should have, or is in a malformed chain, fails and changes nothing. Where its {@code ack}
 * can not be reached the ring stops: the driver would take the command for done.
 */
final class ControlQueue
{
    /** What commands change beside the filter. */
    interface Target
    {
        /** The driver sets the device's address, as {@link ReceiveFilter#address} has it. */
        void mac(long mac);

        /** The driver uses so many queue pairs. */
        void pairs(int count);

        /** The driver has announced itself. */
        void announced();
    }

    private static final int BATCH = 64;
    /** An address is read as the lower part of 8 bytes. */
    private static final int ADDRESS_OFFSET = 2;

    private final ReceiveFilter filter;
    private final Target target;
    private final int maxPairs;
    private final NetCounters counters;
    private final DescriptorChain chain = new DescriptorChain(ChainLimits.USUAL, AnswerByte.FIRST);
    private final byte[] data = new byte[Long.BYTES];
    private final UnsafeBuffer view = new UnsafeBuffer(data);
    private Features negotiated = Features.NONE;

    ControlQueue(final ReceiveFilter filter, final Target target, final int maxPairs, final NetCounters counters)
    {
        this.filter = filter;
        this.target = target;
        this.maxPairs = maxPairs;
        this.counters = counters;
    }

    void start(final Features features)
    {
        negotiated = features;
    }

    int process(final DeviceRing ring)
    {
        int count = 0;
        while (count < BATCH && ring.poll(chain))
        {
            ring.complete(chain, handle());
            count++;
        }
        return count;
    }

    private int handle()
    {
        counters.countCommand();
        if (null != chain.fault() || chain.readable() < NetProtocol.COMMAND_LENGTH)
        {
            counters.dropMalformed(chain);
            return chain.answer(NetProtocol.ACK_ERR, 0);
        }
        chain.read(0, data, 0, NetProtocol.COMMAND_LENGTH);
        final int command = data[1] & 0xff;
        final int length = chain.readable() - NetProtocol.COMMAND_LENGTH;
        final boolean isDone = switch (data[0] & 0xff)
        {
            case NetProtocol.CLASS_RX -> negotiated.has(NetProtocol.F_CTRL_RX) && receive(command, length);
            case NetProtocol.CLASS_MAC -> mac(command, length);
            case NetProtocol.CLASS_VLAN -> negotiated.has(NetProtocol.F_CTRL_VLAN) && vlan(command, length);
            case NetProtocol.CLASS_ANNOUNCE ->
                negotiated.has(NetProtocol.F_GUEST_ANNOUNCE) && announce(command, length);
            case NetProtocol.CLASS_MQ -> negotiated.has(NetProtocol.F_MQ) && pairs(command, length);
            default -> false;
        };
        return chain.answer(isDone ? NetProtocol.ACK_OK : NetProtocol.ACK_ERR, 0);
    }

    private boolean receive(final int command, final int length)
    {
        if (Byte.BYTES != length)
        {
            return false;
        }
        final boolean on = 0 != number(Byte.BYTES);
        switch (command)
        {
            case NetProtocol.RX_PROMISC -> filter.promiscuous(on);
            case NetProtocol.RX_ALLMULTI -> filter.allMulticast(on);
            default ->
            {
                return false;
            }
        }
        return true;
    }

    private boolean mac(final int command, final int length)
    {
        if (NetProtocol.MAC_ADDR_SET == command && negotiated.has(NetProtocol.F_CTRL_MAC_ADDR) &&
            NetProtocol.MAC_LENGTH == length)
        {
            target.mac(address(NetProtocol.COMMAND_LENGTH));
            return true;
        }
        return NetProtocol.MAC_TABLE_SET == command && negotiated.has(NetProtocol.F_CTRL_RX) && table();
    }

    /** Two lists behind each other, and nothing else: checked before anything of it is used. */
    private boolean table()
    {
        final int at = NetProtocol.COMMAND_LENGTH;
        final long unicast = count(at);
        final long second = at + Integer.BYTES + unicast * NetProtocol.MAC_LENGTH;
        final long multicast = count(second);
        if (unicast < 0 || multicast < 0 ||
            second + Integer.BYTES + multicast * NetProtocol.MAC_LENGTH != chain.readable())
        {
            return false;
        }
        list(false, at + Integer.BYTES, unicast);
        list(true, (int)second + Integer.BYTES, multicast);
        return true;
    }

    /** How many addresses a list has, an unsigned number; less than zero if it is not there. */
    private long count(final long at)
    {
        if (at > chain.readable() - Integer.BYTES)
        {
            return -1;
        }
        chain.read((int)at, data, 0, Integer.BYTES);
        return view.getInt(0, ByteOrder.LITTLE_ENDIAN) & 0xffff_ffffL;
    }

    private void list(final boolean isMulticast, final int at, final long count)
    {
        filter.count(isMulticast, count);
        for (int i = 0; i < Math.min(count, ReceiveFilter.TABLE_MAX); i++)
        {
            filter.set(isMulticast, i, address(at + i * NetProtocol.MAC_LENGTH));
        }
    }

    private boolean vlan(final int command, final int length)
    {
        if (Short.BYTES != length || NetProtocol.VLAN_ADD != command && NetProtocol.VLAN_DEL != command)
        {
            return false;
        }
        final int vlan = number(Short.BYTES);
        if (vlan >= NetProtocol.VLANS)
        {
            return false;
        }
        filter.vlan(vlan, NetProtocol.VLAN_ADD == command);
        return true;
    }

    private boolean announce(final int command, final int length)
    {
        if (NetProtocol.ANNOUNCE_ACK != command || 0 != length)
        {
            return false;
        }
        target.announced();
        return true;
    }

    private boolean pairs(final int command, final int length)
    {
        if (NetProtocol.VQ_PAIRS_SET != command || Short.BYTES != length)
        {
            return false;
        }
        final int count = number(Short.BYTES);
        if (count < 1 || count > maxPairs)
        {
            return false;
        }
        target.pairs(count);
        return true;
    }

    /** The command's data as an unsigned number. Once: the driver may change it. */
    private int number(final int bytes)
    {
        view.putShort(0, (short)0);
        chain.read(NetProtocol.COMMAND_LENGTH, data, 0, bytes);
        return view.getShort(0, ByteOrder.LITTLE_ENDIAN) & 0xffff;
    }

    private long address(final int at)
    {
        chain.read(at, data, ADDRESS_OFFSET, NetProtocol.MAC_LENGTH);
        return ReceiveFilter.address(view, ADDRESS_OFFSET);
    }
}
