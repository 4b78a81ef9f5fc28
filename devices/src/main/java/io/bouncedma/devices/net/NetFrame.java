/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A frame in private memory outside the heap, with its header before it: what came out of shared memory is copied here
 * once and looked at only here, and a system call takes it from here.
 */
public final class NetFrame
{
    private static final int CACHE_LINE = 64;

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

    /** Do what the header leaves to do of the checksum, and say that it is done. */
    void completeChecksum()
    {
        final int start = NetHeader.LENGTH + header.csumStart();
        InternetChecksum.complete(bytes, start, header.csumOffset(), NetHeader.LENGTH + length);
        header.clear();
    }
}
