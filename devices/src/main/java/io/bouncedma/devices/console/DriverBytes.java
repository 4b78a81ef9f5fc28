/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.console;

import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.os.Cleanup;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.PoolRoom;
import io.bouncedma.virtio.VirtioDriver;

/**
 * The bytes of one port of a front-end, in both directions, bounced through the pools of a {@link DmaDevice}: what the
 * device reads is a copy, and what it wrote is copied into private memory before anybody sees it.
 */
final class DriverBytes
{
    /** Bytes of a receive buffer, as Linux's. */
    static final int RECEIVE_LENGTH = 4096;
    /** Bytes of a chain to transmit at most. */
    static final int TRANSMIT_LENGTH = 4096;
    /** Receive buffers of a port at most. */
    private static final int RECEIVE_BUFFERS = 16;
    private static final long NONE = 0;

    private final PoolRoom receiveRoom;
    private final PoolRoom transmitRoom;
    private final VirtioDriver driver;
    private final DmaDevice dma;
    private final int queue;
    private final DriverRing receive;
    private final DriverRing transmit;
    private final long[] address = new long[1];
    private final int[] size = new int[1];
    private final byte[][] buffers;
    private final long[] received;
    private final int[] filledLengths;
    /** Buffers with bytes that nobody has read, in their order. */
    private final int[] filled;
    private int firstFilled;
    private int filledCount;
    private int position;
    private final long[] transmitted;
    private final int[] freeSlots;
    private int freeCount;
    private boolean isReceiving;

    DriverBytes(
        final VirtioDriver driver,
        final DmaDevice dma,
        final int queue,
        final DriverRing receive,
        final DriverRing transmit)
    {
        this.driver = driver;
        this.dma = dma;
        this.queue = queue;
        this.receive = receive;
        this.transmit = transmit;
        receiveRoom = new PoolRoom(dma, "a receive buffer");
        transmitRoom = new PoolRoom(dma, "bytes to transmit");
        final int count = Math.min(receive.size(), RECEIVE_BUFFERS);
        buffers = new byte[count][];
        received = new long[count];
        filledLengths = new int[count];
        filled = new int[count];
        transmitted = new long[transmit.size()];
        freeSlots = new int[transmit.size()];
        for (int slot = freeSlots.length - 1; slot >= 0; slot--)
        {
            freeSlots[freeCount++] = slot;
        }
        transmit.disableInterrupts();
    }

    /** Begin to receive: until then a port takes no memory but for its rings. */
    void start()
    {
        isReceiving = true;
        for (int i = 0; i < buffers.length; i++)
        {
            buffers[i] = null == buffers[i] ? new byte[RECEIVE_LENGTH] : buffers[i];
        }
        post();
    }

    /** Forget what came and was not read. */
    void discard()
    {
        filledCount = 0;
        position = 0;
        for (int i = 0; i < filledLengths.length; i++)
        {
            filledLengths[i] = 0;
        }
    }

    int inFlight()
    {
        return freeSlots.length - freeCount;
    }

    /** The room that {@link #write} found none of, if nothing in flight will give some back; null otherwise. */
    PoolRoom missingRoom()
    {
        return 0 == inFlight() && transmitRoom.isMissing() ? transmitRoom : null;
    }

    /**
     * Take back what the device is done with.
     *
     * @return how many chains.
     */
    int poll(final boolean keepsInput)
    {
        int work = reclaim();
        while (receive.poll())
        {
            final int buffer = (int)receive.token();
            final int length = Math.min(receive.written(), RECEIVE_LENGTH);
            dma.unmap(received[buffer], length);
            received[buffer] = NONE;
            if (length > 0 && keepsInput)
            {
                filledLengths[buffer] = length;
                filled[(firstFilled + filledCount++) % filled.length] = buffer;
            }
            work++;
        }
        if (isReceiving)
        {
            post();
        }
        return work;
    }

    int read(final byte[] to, final int offset, final int length)
    {
        int done = 0;
        while (done < length && filledCount > 0)
        {
            final int buffer = filled[firstFilled];
            final int count = Math.min(length - done, filledLengths[buffer] - position);
            System.arraycopy(buffers[buffer], position, to, offset + done, count);
            done += count;
            position += count;
            if (position == filledLengths[buffer])
            {
                filledLengths[buffer] = 0;
                position = 0;
                firstFilled = (firstFilled + 1) % filled.length;
                filledCount--;
            }
        }
        if (done > 0)
        {
            post();
        }
        return done;
    }

    int write(final byte[] from, final int offset, final int length)
    {
        reclaim();
        int done = 0;
        while (done < length && freeCount > 0 && transmit.hasRoom(1))
        {
            final int count = Math.min(length - done, TRANSMIT_LENGTH);
            final long mapping = dma.map(from, offset + done, count, Direction.TO_DEVICE);
            if (mapping < 0)
            {
                transmitRoom.refused(mapping, count);
                break;
            }
            transmitRoom.granted();
            final int slot = freeSlots[--freeCount];
            transmitted[slot] = mapping;
            address[0] = dma.busAddress(mapping);
            size[0] = count;
            transmit.add(address, size, 1, 0, slot);
            done += count;
        }
        if (transmit.publish())
        {
            driver.kick(queue + 1);
        }
        return done;
    }

    /** Ask for interrupts. */
    boolean arm()
    {
        final boolean isQuiet = 0 == inFlight() || transmit.enableInterrupts();
        return receive.enableInterrupts() && isQuiet;
    }

    /** The device was reset: it has nothing any more. */
    void close()
    {
        Cleanup.all(
            () -> Cleanup.each(received.length, (i) -> release(received, i)),
            () -> Cleanup.each(transmitted.length, (i) -> release(transmitted, i)));
    }

    private void release(final long[] mappings, final int index)
    {
        final long mapping = mappings[index];
        if (NONE != mapping)
        {
            mappings[index] = NONE;
            dma.unmap(mapping, 0);
        }
    }

    private int reclaim()
    {
        int work = 0;
        while (transmit.poll())
        {
            final int slot = (int)transmit.token();
            freeSlots[freeCount++] = slot;
            release(transmitted, slot);
            work++;
        }
        return work;
    }

    /** Give the device every buffer that is empty; what the pool has no room for now, it gets later. */
    private void post()
    {
        for (int i = 0; i < buffers.length; i++)
        {
            if (NONE == received[i] && 0 == filledLengths[i] && receive.hasRoom(1))
            {
                final long mapping = dma.map(buffers[i], 0, RECEIVE_LENGTH, Direction.FROM_DEVICE);
                if (mapping < 0)
                {
                    receiveRoom.refused(mapping, RECEIVE_LENGTH);
                    break;
                }
                received[i] = mapping;
                address[0] = dma.busAddress(mapping);
                size[0] = RECEIVE_LENGTH;
                receive.add(address, size, 0, 1, i);
            }
        }
        if (receive.publish())
        {
            driver.kick(queue);
        }
    }
}
