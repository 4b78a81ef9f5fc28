/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.os.Cleanup;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.PoolRoom;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.Waiting;
import org.agrona.DirectBuffer;

/**
 * The driver's end of a transmit queue: frames are bounced from private buffers, their headers lie in one coherent
 * block (virtio 1.4, section 5.1.6.2).
 */
final class FrameSender
{
    /** Header, frame. */
    static final int ELEMENTS = 2;
    /** Bytes of the coherent block for one frame: a header and room to a power of two. */
    private static final int SLOT_LENGTH = 16;
    private static final int CACHE_LINE = 64;

    private final DmaDevice dma;
    private final DriverRing ring;
    private final HeaderRules rules;
    private final CoherentBuffer headers;
    private final PoolRoom room;
    /** By slot: what the device has. */
    private final long[] mappings;
    /** Slots that are free, the first {@link #freeCount} of them. */
    private final int[] free;
    private final long[] addresses = new long[ELEMENTS];
    private final int[] lengths = new int[ELEMENTS];
    private int freeCount;
    private boolean hasUnpublished;
    private long sent;

    /**
     * Create the end of a queue.
     *
     * @throws VirtioException if no pool has room for the headers.
     */
    FrameSender(final DmaDevice dma, final Waiting waiting, final DriverRing ring, final Features negotiated)
    {
        this.dma = dma;
        this.ring = ring;
        rules = HeaderRules.toDevice(negotiated);
        final int slots = negotiated.has(FeatureBits.INDIRECT_DESC) ? ring.size() : ring.size() / ELEMENTS;
        mappings = new long[slots];
        free = new int[slots];
        for (int i = 0; i < slots; i++)
        {
            free[i] = slots - 1 - i;
        }
        freeCount = slots;
        headers = PoolRoom.allocate(
            dma, waiting, "the headers of frames: slots=" + slots, slots * SLOT_LENGTH, CACHE_LINE);
        room = new PoolRoom(dma, "a frame");
    }

    /** Bounce a frame; false if there is no room now. */
    boolean send(final DirectBuffer frame, final int offset, final int length, final NetHeader header)
    {
        if (length < NetProtocol.ETHERNET_LENGTH || length > NetProtocol.FRAME_MAX)
        {
            throw new IllegalArgumentException("a frame has " + NetProtocol.ETHERNET_LENGTH + " to " +
                NetProtocol.FRAME_MAX + " bytes: length=" + length);
        }
        final HeaderRules.Verdict verdict = rules.judge(header, length);
        if (HeaderRules.Verdict.GOOD != verdict)
        {
            throw new IllegalArgumentException("header " + (HeaderRules.Verdict.BAD == verdict ?
                "does not fit the frame" : "asks for what was not negotiated") + ": flags=" + header.flags() +
                ", gsoType=" + header.gsoType() + ", gsoSize=" + header.gsoSize() + ", hdrLen=" + header.hdrLen() +
                ", csumStart=" + header.csumStart() + ", csumOffset=" + header.csumOffset() + ", length=" + length);
        }
        if (0 == freeCount || !ring.hasRoom(ELEMENTS))
        {
            reap();
            if (0 == freeCount || !ring.hasRoom(ELEMENTS))
            {
                return false;
            }
        }
        final long mapping = map(frame, offset, length);
        if (mapping < 0)
        {
            return false;
        }
        freeCount--;
        final int slot = free[freeCount];
        mappings[slot] = mapping;
        final int at = slot * SLOT_LENGTH;
        header.copyTo(headers.view(), at);
        addresses[0] = headers.busAddress() + at;
        lengths[0] = NetHeader.LENGTH;
        addresses[1] = dma.busAddress(mapping);
        lengths[1] = length;
        if (DriverRing.FULL == ring.add(addresses, lengths, ELEMENTS, 0, slot))
        {
            throw new IllegalStateException("ring is full: freeDescriptors=" + ring.freeDescriptors());
        }
        hasUnpublished = true;
        sent++;
        return true;
    }

    /** Take back what the device has sent; how many frames. */
    int reap()
    {
        int count = 0;
        while (ring.poll())
        {
            release((int)ring.token());
            count++;
        }
        return count;
    }

    /** Let the device see what is to be sent; whether to kick it. */
    boolean publish()
    {
        if (!hasUnpublished)
        {
            return false;
        }
        hasUnpublished = false;
        return ring.publish();
    }

    DriverRing ring()
    {
        return ring;
    }

    /** The room that {@link #send} found none of, if no frame in flight will give some back; null otherwise. */
    PoolRoom missingRoom()
    {
        return 0 == inFlight() && room.isMissing() ? room : null;
    }

    int inFlight()
    {
        return mappings.length - freeCount;
    }

    long sent()
    {
        return sent;
    }

    /** Give everything back. The device must have been reset. */
    void close()
    {
        Cleanup.all(() -> Cleanup.each(mappings.length, (slot) ->
        {
            if (0 != mappings[slot])
            {
                release(slot);
            }
        }), headers::close);
    }

    private long map(final DirectBuffer frame, final int offset, final int length)
    {
        long mapping = dma.map(frame, offset, length, Direction.TO_DEVICE);
        if (mapping < 0 && reap() > 0)
        {
            mapping = dma.map(frame, offset, length, Direction.TO_DEVICE);
        }
        if (mapping < 0)
        {
            room.refused(mapping, length);
        }
        else
        {
            room.granted();
        }
        return mapping;
    }

    private void release(final int slot)
    {
        final long mapping = mappings[slot];
        mappings[slot] = 0;
        free[freeCount] = slot;
        freeCount++;
        dma.unmap(mapping, 0);
    }
}
