/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.RingFormat;
import io.bouncedma.virtio.RingStatistics;
import io.bouncedma.virtio.Rings;
import io.bouncedma.virtio.VirtioDriver;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.VirtioTransport;
import io.bouncedma.virtio.Waiting;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;

/**
 * The front-end: reads and writes a virtio block device. Data buffers are private and bounced through the pools of a
 * {@link DmaDevice}; headers and status bytes lie in one small coherent block.
 * <pre>
 * submitRead, submitWrite, submitFlush    any number, until one returns {@link #BUSY}
 * awaitCompletions                        lets the device work, calls back for what is done
 * </pre>
 * or one at a time with {@link #read}, {@link #write}, {@link #flush}. One thread.
 */
public final class BlkDriver implements AutoCloseable
{
    /** A request can not be submitted before another one is done: the ring or the pool is full. */
    public static final int BUSY = -1;
    /** A request was submitted. */
    public static final int SUBMITTED = 0;

    /** What it asks of the ring unless it is told otherwise: EVENT_IDX. */
    public static final Features USUAL_RING = Features.of(FeatureBits.EVENT_IDX);

    private static final Features WANTED = Features.of(BlkProtocol.F_RO, BlkProtocol.F_FLUSH, BlkProtocol.F_SEG_MAX);
    private static final int QUEUE = 0;
    /** Header, data, status. */
    private static final int MAX_ELEMENTS = 3;
    /** Bytes of the coherent block for one request: header, status, room to a power of two. */
    private static final int CONTROL_LENGTH = 32;
    private static final int CONTROL_STATUS = BlkProtocol.HEADER_LENGTH;
    /** No device writes this status, so what still has it was not written. */
    private static final int STATUS_NOT_WRITTEN = 0xff;
    private static final long NO_MAPPING = 0;

    private final VirtioTransport transport;
    private final DmaDevice dma;
    private final Waiting waiting;
    private final VirtioDriver driver;
    private final DriverRing ring;
    private final CoherentBuffer controls;
    private final BlkRequests requests;
    private final long capacity;
    private final long[] addresses = new long[MAX_ELEMENTS];
    private final int[] lengths = new int[MAX_ELEMENTS];
    private boolean hasUnpublished;
    private boolean closing;
    private int syncStatus;
    private long completed;

    /**
     * Set the device up.
     *
     * @param transport to the device.
     * @param dma       to map buffers by; it stays the caller's.
     * @param waiting   how to wait for the device.
     * @param queueSize descriptors of the queue, a power of two, at least 4; three are used by a request.
     * @throws VirtioException          if there is no block device, it refuses, or no pool has room for the ring.
     * @throws IllegalArgumentException if the queue size is no such power of two.
     */
    public BlkDriver(
        final VirtioTransport transport, final DmaDevice dma, final Waiting waiting, final int queueSize)
    {
        this(transport, dma, waiting, queueSize, USUAL_RING);
    }

    /**
     * Set the device up with a certain ring.
     *
     * @param transport to the device.
     * @param dma       to map buffers by; it stays the caller's.
     * @param waiting   how to wait for the device.
     * @param queueSize descriptors of the queue, at least 4, and without RING_PACKED a power of two; a request uses
     *                  three of them, or one with INDIRECT_DESC.
     * @param ringUse   which of {@link Features#RING} to use if they are offered.
     * @throws VirtioException          if there is no block device, it refuses, or no pool has room for the ring.
     * @throws IllegalArgumentException if there is no ring of such a size.
     */
    public BlkDriver(
        final VirtioTransport transport,
        final DmaDevice dma,
        final Waiting waiting,
        final int queueSize,
        final Features ringUse)
    {
        final boolean isPacked = RingFormat.PACKED == RingFormat.of(ringUse);
        if (queueSize < 4 || queueSize > RingFormat.MAX_SIZE || !isPacked && Integer.bitCount(queueSize) != 1)
        {
            throw new IllegalArgumentException("queue size must be " + (isPacked ? "" : "a power of two, ") +
                "at least 4, at most " + RingFormat.MAX_SIZE + ": queueSize=" + queueSize);
        }
        this.transport = transport;
        this.dma = dma;
        this.waiting = waiting;
        driver = new VirtioDriver(transport, dma, DeviceType.BLOCK, WANTED.or(ringUse));
        CoherentBuffer allocated = null;
        try
        {
            // A device that has no packed rings gets a split one, and those come in powers of two.
            ring = driver.enableQueue(QUEUE, RingFormat.of(driver.features()).fit(queueSize), MAX_ELEMENTS);
            if (ring.size() < MAX_ELEMENTS)
            {
                throw new VirtioException("device's queue is too small for a request: size=" + ring.size() +
                    ", required=" + MAX_ELEMENTS);
            }
            final int controlLength = controlLength(driver.features(), ring.size());
            requests = new BlkRequests(controlLength / CONTROL_LENGTH);
            allocated = dma.allocateCoherent(controlLength, CONTROL_LENGTH);
            if (null == allocated)
            {
                throw new VirtioException("no room for request headers: " + dma.explain(controlLength));
            }
            controls = allocated;
            capacity = driver.readConfig(BlkProtocol.CONFIG_CAPACITY, Long.BYTES);
            driver.start();
            ring.disableInterrupts();
        }
        catch (final RuntimeException e)
        {
            abandon(allocated, e);
            throw e;
        }
    }

    /**
     * How large the coherent block for the ring is.
     *
     * @param negotiated features of the ring.
     * @param queueSize  descriptors of the queue.
     * @return bytes.
     */
    public static int ringLength(final Features negotiated, final int queueSize)
    {
        return Rings.memoryLength(negotiated, queueSize, MAX_ELEMENTS);
    }

    /**
     * How large the coherent block for headers and status bytes is, beside the ring.
     *
     * @param negotiated features of the ring.
     * @param queueSize  descriptors of the queue.
     * @return bytes.
     */
    public static int controlLength(final Features negotiated, final int queueSize)
    {
        final int requests = negotiated.has(FeatureBits.INDIRECT_DESC) ? queueSize : queueSize / MAX_ELEMENTS;
        return Math.max(1, requests) * CONTROL_LENGTH;
    }

    /**
     * The size of the device.
     *
     * @return sectors of 512 bytes.
     */
    public long capacity()
    {
        return capacity;
    }

    /**
     * Whether the device can not be written.
     *
     * @return true if writes fail.
     */
    public boolean isReadOnly()
    {
        return driver.features().has(BlkProtocol.F_RO);
    }

    /**
     * How many requests the device has.
     *
     * @return zero or more.
     */
    public int inFlight()
    {
        return requests.inFlight();
    }

    /**
     * How many requests are done.
     *
     * @return a number that grows.
     */
    public long completed()
    {
        return completed;
    }

    /**
     * What the ring has done so far. Any thread may ask.
     *
     * @return its figures.
     */
    public RingStatistics ringStatistics()
    {
        return ring.statistics();
    }

    /**
     * What the device has, in words, for an error message.
     *
     * @return for example {@code 2 requests, 131072 bytes (OUT sector 0 +65536, ...)}.
     */
    public String describeInFlight()
    {
        return requests.describe();
    }

    /**
     * Read sectors into a private buffer.
     *
     * @param sector the first one.
     * @param to     not to be touched until the request is done.
     * @param offset of the first byte in the buffer.
     * @param length bytes, a positive multiple of 512.
     * @param tag    for the completion.
     * @return {@link #SUBMITTED} or {@link #BUSY}.
     * @throws IllegalArgumentException if the length is no such multiple.
     * @throws IllegalStateException    if the device is closed.
     */
    public int submitRead(
        final long sector, final MutableDirectBuffer to, final int offset, final int length, final long tag)
    {
        return submit(BlkProtocol.TYPE_IN, sector, to, offset, length, tag);
    }

    /**
     * Write sectors from a private buffer.
     *
     * @param sector the first one.
     * @param from   copied before this returns.
     * @param offset of the first byte in the buffer.
     * @param length bytes, a positive multiple of 512.
     * @param tag    for the completion.
     * @return {@link #SUBMITTED} or {@link #BUSY}.
     * @throws IllegalArgumentException if the length is no such multiple.
     * @throws IllegalStateException    if the device is closed.
     */
    public int submitWrite(
        final long sector, final DirectBuffer from, final int offset, final int length, final long tag)
    {
        return submit(BlkProtocol.TYPE_OUT, sector, from, offset, length, tag);
    }

    /**
     * Make what was written by completed requests durable.
     *
     * @param tag for the completion.
     * @return {@link #SUBMITTED} or {@link #BUSY}.
     */
    public int submitFlush(final long tag)
    {
        return submit(BlkProtocol.TYPE_FLUSH, 0, null, 0, 0, tag);
    }

    /**
     * Let the device work on what was submitted and wait until at least one request is done.
     *
     * @param handler called for each request that is done.
     * @return how many were done, zero only if none was in flight.
     * @throws VirtioException if the device breaks the protocol, stops, goes away or does nothing in time.
     */
    public int awaitCompletions(final BlkCompletion handler)
    {
        publish();
        int done = poll(handler);
        if (done > 0 || 0 == requests.inFlight())
        {
            return done;
        }
        final Waiting.Wait wait = waiting.start("completion of " + requests.inFlight() + " block requests");
        while (0 == done)
        {
            if (ring.enableInterrupts())
            {
                wait.pause();
                if (0 != (transport.takeInterrupts() & VirtioTransport.INTERRUPT_CONFIG_CHANGE))
                {
                    driver.requireWorking();
                }
            }
            done = poll(handler);
        }
        ring.disableInterrupts();
        return done;
    }

    /**
     * Read sectors and wait for them.
     *
     * @param sector the first one.
     * @param to     private buffer.
     * @param offset of the first byte in the buffer.
     * @param length bytes, a positive multiple of 512.
     * @throws VirtioException if the device fails the request or worse.
     */
    public void read(final long sector, final MutableDirectBuffer to, final int offset, final int length)
    {
        requireIdle();
        await(submitRead(sector, to, offset, length, 0), BlkProtocol.TYPE_IN, sector, length);
    }

    /**
     * Write sectors and wait until the device has them.
     *
     * @param sector the first one.
     * @param from   private buffer.
     * @param offset of the first byte in the buffer.
     * @param length bytes, a positive multiple of 512.
     * @throws VirtioException if the device fails the request or worse.
     */
    public void write(final long sector, final DirectBuffer from, final int offset, final int length)
    {
        requireIdle();
        await(submitWrite(sector, from, offset, length, 0), BlkProtocol.TYPE_OUT, sector, length);
    }

    /**
     * Make what was written durable and wait for it.
     *
     * @throws VirtioException if the device fails the request or worse.
     */
    public void flush()
    {
        if (driver.features().has(BlkProtocol.F_FLUSH))
        {
            requireIdle();
            await(submitFlush(0), BlkProtocol.TYPE_FLUSH, 0, 0);
        }
    }

    /**
     * Get the device's id.
     *
     * @param to     private buffer.
     * @param offset where to put {@link BlkProtocol#ID_LENGTH} bytes.
     * @throws VirtioException if the device fails the request or worse.
     */
    public void getId(final MutableDirectBuffer to, final int offset)
    {
        requireIdle();
        await(submit(BlkProtocol.TYPE_GET_ID, 0, to, offset, BlkProtocol.ID_LENGTH, 0),
            BlkProtocol.TYPE_GET_ID, 0, BlkProtocol.ID_LENGTH);
    }

    /**
     * Reset the device and give everything back. Requests in flight are dropped, without a completion. From the
     * first call on nothing can be submitted; after one that returned, another one does nothing.
     *
     * @throws io.bouncedma.virtio.TimeLimitException if the device does not answer: it may use the memory still, so
     *                                                that stays taken, and a later call tries again.
     */
    @Override
    public void close()
    {
        closing = true;
        driver.close();
        for (int slot = requests.nextInFlight(0); slot >= 0; slot = requests.nextInFlight(slot + 1))
        {
            release(slot, 0);
        }
        controls.close();
    }

    private int submit(
        final int type,
        final long sector,
        final DirectBuffer data,
        final int offset,
        final int length,
        final long tag)
    {
        final boolean hasSectors = BlkProtocol.TYPE_IN == type || BlkProtocol.TYPE_OUT == type;
        if (hasSectors && (length <= 0 || 0 != length % BlkProtocol.SECTOR_SIZE))
        {
            throw new IllegalArgumentException("length must be a positive multiple of " + BlkProtocol.SECTOR_SIZE +
                ": length=" + length + ", sector=" + sector);
        }
        if (closing)
        {
            throw new IllegalStateException("block device is closed");
        }
        if (requests.isFull() || !ring.hasRoom(MAX_ELEMENTS))
        {
            return BUSY;
        }
        final boolean isOut = BlkProtocol.TYPE_OUT == type;
        long mapping = NO_MAPPING;
        if (length > 0)
        {
            mapping = dma.map(data, offset, length, isOut ? Direction.TO_DEVICE : Direction.FROM_DEVICE);
            if (mapping < 0)
            {
                return refused(length);
            }
        }
        final int slot = requests.begin(type, sector, length, mapping, tag);
        final int at = slot * CONTROL_LENGTH;
        controls.view().putInt(at, type, ByteOrder.LITTLE_ENDIAN);
        controls.view().putInt(at + Integer.BYTES, 0, ByteOrder.LITTLE_ENDIAN);
        controls.view().putLong(at + BlkProtocol.SECTOR_OFFSET, sector, ByteOrder.LITTLE_ENDIAN);
        controls.view().putByte(at + CONTROL_STATUS, (byte)STATUS_NOT_WRITTEN);
        addChain(slot, mapping, length, isOut);
        return SUBMITTED;
    }

    private void addChain(final int slot, final long mapping, final int length, final boolean isOut)
    {
        final long control = controls.busAddress() + (long)slot * CONTROL_LENGTH;
        int count = 0;
        addresses[count] = control;
        lengths[count++] = BlkProtocol.HEADER_LENGTH;
        if (length > 0)
        {
            addresses[count] = dma.busAddress(mapping);
            lengths[count++] = length;
        }
        addresses[count] = control + CONTROL_STATUS;
        lengths[count++] = 1;
        final int readable = isOut ? 2 : 1;
        if (DriverRing.FULL == ring.add(addresses, lengths, readable, count - readable, slot))
        {
            throw new IllegalStateException("ring is full: freeDescriptors=" + ring.freeDescriptors());
        }
        hasUnpublished = true;
    }

    /**
     * The pool has no room. With requests in flight some will come free; with none it never will.
     *
     * @param length bytes that were asked for.
     * @return {@link #BUSY}.
     */
    private int refused(final int length)
    {
        if (0 == requests.inFlight())
        {
            throw new VirtioException("pool is too small for one request: " + dma.explain(length));
        }
        return BUSY;
    }

    private void publish()
    {
        if (hasUnpublished)
        {
            hasUnpublished = false;
            if (ring.publish())
            {
                driver.kick(QUEUE);
            }
        }
    }

    private int poll(final BlkCompletion handler)
    {
        int done = 0;
        while (ring.poll())
        {
            final int slot = (int)ring.token();
            final long tag = requests.tag(slot);
            final int status = finish(slot, ring.written());
            done++;
            completed++;
            handler.onComplete(tag, status);
        }
        return done;
    }

    private int finish(final int slot, final int written)
    {
        // One read: the device may change it at any time.
        final int status = controls.view().getByte(slot * CONTROL_LENGTH + CONTROL_STATUS) & 0xff;
        final boolean isRead = BlkProtocol.TYPE_OUT != requests.type(slot);
        final int length = requests.length(slot);
        final int data = isRead ? Math.min(written, length) : 0;
        release(slot, BlkProtocol.STATUS_OK == status ? data : 0);
        if (STATUS_NOT_WRITTEN == status || BlkProtocol.STATUS_OK == status && isRead && data < length)
        {
            return BlkProtocol.STATUS_IOERR;
        }
        return status;
    }

    private void release(final int slot, final int written)
    {
        if (NO_MAPPING != requests.mapping(slot))
        {
            dma.unmap(requests.mapping(slot), written);
        }
        requests.end(slot);
    }

    private void requireIdle()
    {
        if (requests.inFlight() > 0)
        {
            throw new IllegalStateException(
                "requests are in flight, await their completions first: " + requests.describe());
        }
    }

    private void abandon(final CoherentBuffer allocated, final RuntimeException cause)
    {
        try
        {
            driver.close();
            if (null != allocated)
            {
                allocated.close();
            }
        }
        catch (final RuntimeException e)
        {
            cause.addSuppressed(e);
        }
    }

    private void await(final int submitted, final int type, final long sector, final int length)
    {
        if (BUSY == submitted)
        {
            throw new VirtioException("no room for a request: freeDescriptors=" + ring.freeDescriptors());
        }
        awaitCompletions((tag, status) -> syncStatus = status);
        if (BlkProtocol.STATUS_OK != syncStatus)
        {
            throw new VirtioException("device failed a request: type=" + BlkProtocol.typeName(type) + ", sector=" +
                sector + ", length=" + length + ", status=" + BlkProtocol.statusName(syncStatus));
        }
    }
}
