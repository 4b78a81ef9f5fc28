/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.util.BitSet;

/**
 * Which frames a driver wants (virtio 1.4, section 5.1.6.5): all of them until it says something else, as it may know
 * of no filter. Filters are a help, not a wall: what does not fit into the table is let in.
 */
final class ReceiveFilter
{
    /** Addresses of a kind that are told apart, as in QEMU; with more of them all of the kind pass. */
    static final int TABLE_MAX = 64;

    private static final int ETHERTYPE_OFFSET = NetHeader.LENGTH + 12;
    private static final int VLAN_OFFSET = NetHeader.LENGTH + NetProtocol.ETHERNET_LENGTH;
    private static final int ETHERTYPE_VLAN = 0x8100;
    private static final int VLAN_MASK = NetProtocol.VLANS - 1;
    private static final long ADDRESS_MASK = 0xffff_ffff_ffffL;
    private static final long BROADCAST = ADDRESS_MASK;

    private final long[] unicast = new long[TABLE_MAX];
    private final long[] multicast = new long[TABLE_MAX];
    private final BitSet vlans = new BitSet(NetProtocol.VLANS);
    private int unicastCount;
    private int multicastCount;
    private boolean isPromiscuous;
    private boolean takesAllMulticast;
    private boolean filtersVlans;
    private long own;

    ReceiveFilter()
    {
        start(0, false);
    }

    /**
     * Forget what a driver said.
     *
     * @param mac        of the device, as {@link #address}.
     * @param hasVlans   whether the driver says which VLANs it wants.
     */
    void start(final long mac, final boolean hasVlans)
    {
        own = mac;
        filtersVlans = hasVlans;
        isPromiscuous = true;
        takesAllMulticast = false;
        unicastCount = 0;
        multicastCount = 0;
        vlans.clear();
    }

    void promiscuous(final boolean value)
    {
        isPromiscuous = value;
    }

    void allMulticast(final boolean value)
    {
        takesAllMulticast = value;
    }

    void own(final long mac)
    {
        own = mac;
    }

    void vlan(final int vlan, final boolean passes)
    {
        vlans.set(vlan, passes);
    }

    /** Begin a list anew that will have so many addresses. */
    void count(final boolean isMulticast, final long addresses)
    {
        final int count = addresses > TABLE_MAX ? TABLE_MAX + 1 : (int)addresses;
        if (isMulticast)
        {
            multicastCount = count;
        }
        else
        {
            unicastCount = count;
        }
    }

    void set(final boolean isMulticast, final int index, final long mac)
    {
        (isMulticast ? multicast : unicast)[index] = mac;
    }

    boolean passes(final NetFrame frame)
    {
        if (isPromiscuous)
        {
            return true;
        }
        final UnsafeBuffer bytes = frame.bytes();
        if (filtersVlans && frame.length() >= NetProtocol.ETHERNET_LENGTH + Short.BYTES &&
            ETHERTYPE_VLAN == (bytes.getShort(ETHERTYPE_OFFSET, ByteOrder.BIG_ENDIAN) & 0xffff) &&
            !vlans.get(bytes.getShort(VLAN_OFFSET, ByteOrder.BIG_ENDIAN) & VLAN_MASK))
        {
            return false;
        }
        final long to = address(bytes, NetHeader.LENGTH);
        if (isMulticast(to))
        {
            return BROADCAST == to || takesAllMulticast || has(multicast, multicastCount, to);
        }
        return own == to || has(unicast, unicastCount, to);
    }

    /** Six bytes as a number; reads two more before them, which are there. */
    static long address(final UnsafeBuffer bytes, final int offset)
    {
        return bytes.getLong(offset - 2, ByteOrder.BIG_ENDIAN) & ADDRESS_MASK;
    }

    /** The lowest bit of the first byte. */
    private static boolean isMulticast(final long mac)
    {
        return 0 != (mac >>> 40 & 1);
    }

    private static boolean has(final long[] table, final int count, final long mac)
    {
        if (count > TABLE_MAX)
        {
            return true;
        }
        for (int i = 0; i < count; i++)
        {
            if (table[i] == mac)
            {
                return true;
            }
        }
        return false;
    }
}
