/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.os.Cleanup;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.PoolRoom;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.Waiting;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The driver's end of a receive queue: private buffers that are mapped once and posted again and again. What the device
 * wrote is copied out of the pool first, and only the copy is looked at, as the device may write on (virtio 1.4,
 * section 5.1.6.4.2).
 */
final class FrameReceiver
{
    private final DmaDevice dma;
    private final DriverRing ring;
    private final int pair;
    private final NetListener listener;
    private final HeaderRules rules;
    private final boolean isMergeable;
    private final int bufferLength;
    /** By slot: where the device's bytes are copied to. */
    private final UnsafeBuffer[] buffers;
    private final NetHeader[] headers;
    private final long[] mappings;
    /** A frame that spans several buffers, put together. */
    private final UnsafeBuffer whole = new UnsafeBuffer(new byte[NetHeader.LENGTH + NetProtocol.FRAME_MAX]);
    private final NetHeader wholeHeader = new NetHeader(whole, 0);
    private final long[] faults = new long[NetFault.values().length];
    private final long[] address = new long[1];
    private final int[] length = new int[1];
    private int mapped;
    private long overclaims;
    /** Whether the device claimed no more than it can have written, of the frame at hand. */
    private boolean isTrue;
    private boolean hasUnpublished;
    private long frames;

    FrameReceiver(
        final DmaDevice dma,
        final DriverRing ring,
        final int pair,
        final NetListener listener,
        final Features negotiated,
        final int bufferLength)
    {
        this.dma = dma;
        this.ring = ring;
        this.pair = pair;
        this.listener = listener;
        this.bufferLength = bufferLength;
        rules = HeaderRules.toDriver(negotiated);
        isMergeable = negotiated.has(NetProtocol.F_MRG_RXBUF);
        buffers = new UnsafeBuffer[ring.size()];
        headers = new NetHeader[ring.size()];
        mappings = new long[ring.size()];
    }

    /**
     * Map the buffers and post them.
     *
     * @param waiting for room, if the pools are busy.
     * @throws VirtioException if no pool has room in time; {@link #close()} gives back what was mapped.
     */
    void open(final Waiting waiting)
    {
        final PoolRoom room = new PoolRoom(dma, mappings.length + " receive buffers");
        while (mapped < mappings.length)
        {
            final UnsafeBuffer buffer = new UnsafeBuffer(new byte[bufferLength]);
            long mapping = dma.map(buffer, 0, bufferLength, Direction.FROM_DEVICE);
            while (mapping < 0)
            {
                room.refused(mapping, bufferLength);
                room.await(waiting);
                mapping = dma.map(buffer, 0, bufferLength, Direction.FROM_DEVICE);
            }
            room.granted();
            buffers[mapped] = buffer;
            headers[mapped] = new NetHeader(buffer, 0);
            mappings[mapped] = mapping;
            mapped++;
            post(mapped - 1);
        }
    }

    /** Hand frames to the listener; how many buffers were taken. */
    int poll(final int limit)
    {
        int count = 0;
        while (count < limit && ring.poll())
        {
            count += receive();
        }
        return count;
    }

    /** Let the device see what was posted; whether to kick it. */
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

    long frames()
    {
        return frames;
    }

    long faults(final NetFault fault)
    {
        return faults[fault.ordinal()];
    }

    /** Give the buffers back. The device must have been reset. */
    void close()
    {
        final int count = mapped;
        mapped = 0;
        Cleanup.each(count, (slot) -> dma.unmap(mappings[slot], 0));
    }

    /** Take the frame whose first buffer was polled; how many buffers it had. */
    private int receive()
    {
        isTrue = true;
        final int slot = (int)ring.token();
        final int written = take(slot);
        final NetHeader header = headers[slot];
        final int count = isMergeable && written >= NetHeader.LENGTH ? header.numBuffers() : 1;
        if (count > 1)
        {
            whole.putBytes(0, buffers[slot], 0, written);
            post(slot);
            return 1 + merge(count - 1, written);
        }
        try
        {
            if (0 == count)
            {
                fail(NetFault.NO_BUFFERS);
            }
            else
            {
                deliver(buffers[slot], header, written);
            }
        }
        finally
        {
            post(slot);
        }
        return 1;
    }

    /** Put the rest of a frame behind its first buffer; how many buffers were polled for it. */
    private int merge(final int rest, final int first)
    {
        boolean fits = true;
        int end = first;
        for (int i = 0; i < rest; i++)
        {
            // 5.1.6.4.1: a frame's buffers are used together, so they are all there.
            if (!ring.poll())
            {
                fail(NetFault.MISSING_BUFFERS);
                return i;
            }
            final int slot = (int)ring.token();
            final int written = take(slot);
            fits &= written <= whole.capacity() - end;
            if (fits)
            {
                whole.putBytes(end, buffers[slot], 0, written);
                end += written;
            }
            post(slot);
        }
        if (fits)
        {
            deliver(whole, wholeHeader, end);
        }
        else
        {
            fail(NetFault.TOO_LONG);
        }
        return rest;
    }

    /** Copy what the device says that it wrote, of which no more than the buffer has is believed. */
    private int take(final int slot)
    {
        final int written = ring.written();
        dma.syncForCpu(mappings[slot], 0, written);
        // With a claim of more than that nobody knows where the frame ends.
        isTrue &= ring.overclaims() == overclaims;
        overclaims = ring.overclaims();
        return written;
    }

    private void deliver(final UnsafeBuffer buffer, final NetHeader header, final int end)
    {
        final int bytes = end - NetHeader.LENGTH;
        if (!isTrue)
        {
            fail(NetFault.OVERCLAIMED);
        }
        else if (bytes < NetProtocol.ETHERNET_LENGTH)
        {
            fail(NetFault.SHORT);
        }
        else if (HeaderRules.Verdict.GOOD != rules.judge(header, bytes))
        {
            fail(NetFault.BAD_HEADER);
        }
        else
        {
            header.flags(rules.hasChecksum() ?
                header.flags() & (NetHeader.FLAG_NEEDS_CSUM | NetHeader.FLAG_DATA_VALID) : 0);
            frames++;
            listener.onFrame(pair, buffer, NetHeader.LENGTH, bytes, header);
        }
    }

    private void post(final int slot)
    {
        address[0] = dma.busAddress(mappings[slot]);
        length[0] = bufferLength;
        if (DriverRing.FULL == ring.add(address, length, 0, 1, slot))
        {
            throw new IllegalStateException("ring is full: freeDescriptors=" + ring.freeDescriptors());
        }
        hasUnpublished = true;
    }

    private void fail(final NetFault fault)
    {
        faults[fault.ordinal()]++;
    }
}
