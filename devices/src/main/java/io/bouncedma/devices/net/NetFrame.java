/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/**
 * A frame in private memory outside the heap, with its header before it: what came out of shared memory is copied here
 * once and looked at only here, and a system call takes it from here.
 */
public final class NetFrame
{
    private static final int CACHE_LINE = 64;
    /** What of an Ethernet header says what follows: a VLAN tag, of 802.1Q or 802.1ad, or the packet. */
    private static final int ETHERTYPE_OFFSET = NetHeader.LENGTH + NetProtocol.ETHERNET_LENGTH - Short.BYTES;
    private static final int TAG_LENGTH = NetProtocol.TAGS_LENGTH / 2;
    private static final int ETHERTYPE_VLAN = 0x8100;
    private static final int ETHERTYPE_SERVICE_VLAN = 0x88a8;

    private final MemorySegment memory;
    private final UnsafeBuffer bytes;
    private final NetHeader header;
    private final int capacity;
    private int length;

    /**
     * An empty frame.
     *
     * @param capacity bytes of the longest frame, without its header, up to {@link NetProtocol#FRAME_MAX}.
     * @throws IllegalArgumentException if not even an Ethernet header fits, or the capacity is larger.
     */
    public NetFrame(final int capacity)
    {
        if (capacity < NetProtocol.ETHERNET_LENGTH || capacity > NetProtocol.FRAME_MAX)
        {
            throw new IllegalArgumentException("a frame has " + NetProtocol.ETHERNET_LENGTH + " to " +
                NetProtocol.FRAME_MAX + " bytes: capacity=" + capacity);
        }
        this.capacity = capacity;
        memory = Arena.ofAuto().allocate(NetHeader.LENGTH + (long)capacity, CACHE_LINE);
        bytes = new UnsafeBuffer(memory.asByteBuffer());
        header = new NetHeader(bytes, 0);
    }

    /**
     * How long the frame can be.
     *
     * @return bytes, without the header.
     */
    public int capacity()
    {
        return capacity;
    }

    /**
     * How long the frame is.
     *
     * @return bytes, without the header.
     */
    public int length()
    {
        return length;
    }

    /**
     * Say how long the frame is.
     *
     * @param bytesOfFrame without the header, up to {@link #capacity()}.
     */
    public void length(final int bytesOfFrame)
    {
        length = bytesOfFrame;
    }

    /**
     * What is left to do for the frame.
     *
     * @return its header.
     */
    public NetHeader header()
    {
        return header;
    }

    /**
     * Header and frame.
     *
     * @return the frame begins at {@link NetHeader#LENGTH}.
     */
    public UnsafeBuffer bytes()
    {
        return bytes;
    }

    /**
     * Header and frame, for a system call.
     *
     * @return the frame begins at {@link NetHeader#LENGTH}.
     */
    public MemorySegment memory()
    {
        return memory;
    }

    /**
     * Whether the packet is longer than an MTU, and not one that is cut before it goes on (5.1.4.1, 5.1.4.2): what
     * counts is behind the Ethernet header and up to two VLAN tags.
     *
     * @param mtu bytes.
     */
    boolean exceeds(final int mtu)
    {
        final int beyond = length - NetProtocol.ETHERNET_LENGTH - mtu;
        if (beyond <= 0 || NetHeader.GSO_NONE != (header.gsoType() & ~NetHeader.GSO_ECN))
        {
            return false;
        }
        int tags = 0;
        while (tags < NetProtocol.TAGS_LENGTH && isTag(ETHERTYPE_OFFSET + tags))
        {
            tags += TAG_LENGTH;
        }
        return beyond > tags;
    }

    private boolean isTag(final int at)
    {
        final int type = bytes.getShort(at, ByteOrder.BIG_ENDIAN) & 0xffff;
        return ETHERTYPE_VLAN == type || ETHERTYPE_SERVICE_VLAN == type;
    }

    /** Do what the header leaves to do of the checksum, and say that it is done. */
    void completeChecksum()
    {
        final int start = NetHeader.LENGTH + header.csumStart();
        InternetChecksum.complete(bytes, start, header.csumOffset(), NetHeader.LENGTH + length);
        header.clear();
    }
}
