/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.dma.DmaDevice;
import io.bouncedma.os.Cleanup;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.RingFormat;
import io.bouncedma.virtio.Rings;
import io.bouncedma.virtio.ThreadGuard;
import io.bouncedma.virtio.VirtioDriver;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.VirtioTransport;
import io.bouncedma.virtio.Waiting;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongBinaryOperator;
import java.util.function.ToIntFunction;

/**
 * The front-end: a virtio block device. One request at a time with {@link #read}, {@link #write}, {@link #flush} and
 * the like, on the first queue; many at a time by each {@link #queue}.
 * <p>
 * What goes through the transport takes turns here, so each queue may have a thread of its own; all else is for one
 * thread at a time, that of the first queue, and {@link #close()} for when no queue is in use: two threads at once are
 * refused with an {@link IllegalStateException}.
 */
public final class BlkDriver implements AutoCloseable
{
    /** What it asks of the ring unless it is told otherwise: EVENT_IDX. */
    public static final Features USUAL_RING = Features.of(FeatureBits.EVENT_IDX);

    private static final Features WANTED = Features.of(
        BlkProtocol.F_SIZE_MAX, BlkProtocol.F_SEG_MAX, BlkProtocol.F_RO, BlkProtocol.F_BLK_SIZE, BlkProtocol.F_FLUSH,
        BlkProtocol.F_TOPOLOGY, BlkProtocol.F_CONFIG_WCE, BlkProtocol.F_MQ, BlkProtocol.F_DISCARD,
        BlkProtocol.F_WRITE_ZEROES);

    private final VirtioTransport transport;
    private final VirtioDriver driver;
    private final BlkLimits limits;
    private final List<BlkQueue> queues = new ArrayList<>();
    private final ThreadGuard waitingGuard =
        new ThreadGuard("way to wait of a block device's driver", BlkQueue.WAITING_ADVICE);
    private volatile long capacity;
    /** How often the device was replaced, as far as it has been told here. Queues follow in their own time. */
    private volatile int epoch;
    private volatile boolean closing;
    private boolean wasWriteBackSet;
    private boolean isWriteBack;
    private int syncStatus;

    /**
     * Set the device up with one queue.
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
        this(transport, dma, waiting, queueSize, USUAL_RING, 1);
    }

    /**
     * Set the device up with certain rings.
     *
     * @param transport to the device.
     * @param dma       to map buffers by; it stays the caller's.
     * @param waiting   how to wait for the device, by all queues that are not told otherwise.
     * @param queueSize descriptors of a queue, at least 4, and without RING_PACKED a power of two; a request uses
     *                  three of them, or one with INDIRECT_DESC.
     * @param ringUse   which of {@link Features#RING} to use if they are offered.
     * @param count     queues to use if the device has so many, at least 1.
     * @throws VirtioException          if there is no block device, it refuses, or no pool has room for the rings.
     * @throws IllegalArgumentException if there is no ring of such a size, or no queue is wanted.
     */
    public BlkDriver(
        final VirtioTransport transport,
        final DmaDevice dma,
        final Waiting waiting,
        final int queueSize,
        final Features ringUse,
        final int count)
    {
        final boolean isPacked = RingFormat.PACKED == RingFormat.of(ringUse);
        if (queueSize < 4 || queueSize > RingFormat.MAX_SIZE || !isPacked && Integer.bitCount(queueSize) != 1)
        {
            throw new IllegalArgumentException("queue size must be " + (isPacked ? "" : "a power of two, ") +
                "at least 4, at most " + RingFormat.MAX_SIZE + ": queueSize=" + queueSize);
        }
        if (count < 1)
        {
            throw new IllegalArgumentException("at least one queue is needed: count=" + count);
        }
        this.transport = transport;
        driver = new VirtioDriver(transport, dma, waiting, DeviceType.BLOCK, WANTED.or(ringUse));
        try
        {
            epoch = transport.deviceEpoch();
            limits = BlkLimits.read(driver);
            capacity = readCapacity();
            // A device that has no packed rings gets split ones, and those come in powers of two.
            final int size = RingFormat.of(driver.features()).fit(queueSize);
            while (queues.size() < Math.min(count, limits.queues()))
            {
                queues.add(new BlkQueue(this, driver, dma, waiting, queues.size(), size));
            }
            driver.start();
            queues.forEach(BlkQueue::start);
        }
        catch (final RuntimeException | Error e)
        {
            Cleanup.after(e, this::close);
            throw e;
        }
    }

    /**
     * How large the coherent block for the ring of a queue is.
     *
     * @param negotiated features of the ring.
     * @param queueSize  descriptors of the queue.
     * @return bytes, if the device does not limit the size of segments.
     */
    public static int ringLength(final Features negotiated, final int queueSize)
    {
        return Rings.memoryLength(negotiated, queueSize, BlkQueue.usualElements());
    }

    /**
     * How large the coherent block for headers and status bytes of a queue is, beside the ring.
     *
     * @param negotiated features of the ring.
     * @param queueSize  descriptors of the queue.
     * @return bytes.
     */
    public static int controlLength(final Features negotiated, final int queueSize)
    {
        return BlkQueue.slots(negotiated, queueSize) * BlkControls.LENGTH;
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
     * What the device takes.
     *
     * @return as it was when the device was set up.
     */
    public BlkLimits limits()
    {
        return limits;
    }

    /**
     * The size of the device. It may change: this is what the device said when it last told of a change and somebody
     * waited or {@linkplain #attend() attended}. Any thread may ask.
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
     * Whether what is written may be lost until it is flushed (virtio 1.4, section 5.2.6.2).
     *
     * @return false if a write that is completed is durable.
     */
    public synchronized boolean isWriteBack()
    {
        return driver.features().has(BlkProtocol.F_CONFIG_WCE) ?
            0 != driver.readConfig(BlkProtocol.CONFIG_WRITEBACK, 1) : driver.features().has(BlkProtocol.F_FLUSH);
    }

    /**
     * Choose how the device's write cache works, for writes that are submitted from now on. A device that takes the
     * place of this one is told so too.
     *
     * @param value whether what is written may become durable later; otherwise it is durable when it is completed.
     * @throws IllegalStateException if the device does not offer the choice.
     * @throws VirtioException       if the device did not take it.
     */
    public synchronized void writeBack(final boolean value)
    {
        if (!driver.features().has(BlkProtocol.F_CONFIG_WCE))
        {
            throw new IllegalStateException("device does not offer CONFIG_WCE: features=" + driver.features());
        }
        requireOpen();
        wasWriteBackSet = true;
        isWriteBack = value;
        setWriteBack();
    }

    /**
     * How many queues are in use.
     *
     * @return 1 or more.
     */
    public int queueCount()
    {
        return queues.size();
    }

    /**
     * A queue, for many requests at a time.
     *
     * @param index below {@link #queueCount()}.
     * @return the queue.
     */
    public BlkQueue queue(final int index)
    {
        return queues.get(index);
    }

    /**
     * How many requests the device has, in all queues.
     *
     * @return zero or more.
     */
    public int inFlight()
    {
        int sum = 0;
        for (int i = 0; i < queues.size(); i++)
        {
            sum += queues.get(i).inFlight();
        }
        return sum;
    }

    /**
     * Read sectors and wait for them, in several requests if one can not be so long.
     *
     * @param sector the first one.
     * @param to     private buffer.
     * @param offset of the first byte in the buffer.
     * @param length bytes, a positive multiple of 512.
     * @throws VirtioException           if the device fails a request or worse; what came before that one is done.
     * @throws IllegalArgumentException  if the length is none; nothing is done then.
     * @throws IndexOutOfBoundsException if the buffer does not have so much; nothing is done then.
     */
    public void read(final long sector, final MutableDirectBuffer to, final int offset, final int length)
    {
        requireTransfer(to, offset, length);
        inParts(BlkProtocol.TYPE_IN, sector, length, BlkProtocol.SECTOR_SIZE, this::transferPart,
            (queue, at, done, part) -> queue.submitRead(at, to, offset + (int)done, (int)part, 0));
    }

    /**
     * Write sectors and wait until the device has them, in several requests if one can not be so long.
     *
     * @param sector the first one.
     * @param from   private buffer.
     * @param offset of the first byte in the buffer.
     * @param length bytes, a positive multiple of 512.
     * @throws VirtioException           if the device fails a request or worse; what came before that one is done.
     * @throws IllegalArgumentException  if the length is none; nothing is done then.
     * @throws IndexOutOfBoundsException if the buffer does not have so much; nothing is done then.
     */
    public void write(final long sector, final DirectBuffer from, final int offset, final int length)
    {
        requireTransfer(from, offset, length);
        inParts(BlkProtocol.TYPE_OUT, sector, length, BlkProtocol.SECTOR_SIZE, this::transferPart,
            (queue, at, done, part) -> queue.submitWrite(at, from, offset + (int)done, (int)part, 0));
    }

    /**
     * Make what was written durable and wait for it; nothing is to do if the device does not offer it.
     *
     * @throws VirtioException if the device fails the request or worse.
     */
    public void flush()
    {
        if (driver.features().has(BlkProtocol.F_FLUSH))
        {
            await((queue) -> queue.submitFlush(0), BlkProtocol.TYPE_FLUSH, 0, 0);
        }
    }

    /**
     * Forget sectors and wait for it, in several requests if one can not have so many: they are cut where the device
     * had better have it, or it would keep what lies at a cut.
     *
     * @param sector the first one.
     * @param count  sectors, at least one.
     * @throws IllegalStateException if the device does not offer it.
     * @throws VirtioException       if the device fails a request or worse.
     */
    public void discard(final long sector, final long count)
    {
        inParts(BlkProtocol.TYPE_DISCARD, sector, count, 1,
            (at, left) -> rangePart(at, left, limits.maxDiscardSectors()),
            (queue, at, done, part) -> queue.submitDiscard(at, part, 0));
    }

    /**
     * Zero sectors and wait for it, in several requests if one can not have so many.
     *
     * @param sector   the first one.
     * @param count    sectors, at least one.
     * @param mayUnmap whether the device may give their space back.
     * @throws IllegalStateException if the device does not offer it.
     * @throws VirtioException       if the device fails a request or worse.
     */
    public void writeZeroes(final long sector, final long count, final boolean mayUnmap)
    {
        inParts(BlkProtocol.TYPE_WRITE_ZEROES, sector, count, 1,
            (at, left) -> rangePart(at, left, limits.maxWriteZeroesSectors()),
            (queue, at, done, part) -> queue.submitWriteZeroes(at, part, mayUnmap, 0));
    }

    /**
     * Get the device's id.
     *
     * @param to     private buffer.
     * @param offset where to put {@link BlkProtocol#ID_LENGTH} bytes, zeros behind a shorter id.
     * @throws VirtioException if the device fails the request or worse.
     */
    public void getId(final MutableDirectBuffer to, final int offset)
    {
        await((queue) -> queue.submitGetId(to, offset, 0), BlkProtocol.TYPE_GET_ID, 0, BlkProtocol.ID_LENGTH);
    }

    /**
     * Take notice of what the device told of beside requests that are done: another capacity, that it stopped, that it
     * was replaced. Waiting for completions does so by itself. Any thread that has a queue may call it.
     *
     * @throws VirtioException if the device stopped, or one took its place that takes less.
     */
    public synchronized void attend()
    {
        final int interrupts = transport.takeInterrupts();
        final int now = transport.deviceEpoch();
        if (now != epoch)
        {
            driver.requireWorking();
            limits.requireNoLessIn(BlkLimits.read(driver));
            capacity = readCapacity();
            if (wasWriteBackSet)
            {
                setWriteBack();
            }
            epoch = now;
        }
        else if (0 != (interrupts & VirtioTransport.INTERRUPT_CONFIG_CHANGE))
        {
            driver.requireWorking();
            capacity = readCapacity();
        }
    }

    /**
     * Reset the device and give everything back. Requests in flight are dropped, without a completion. From the
     * first call on nothing can be submitted; after one that returned, another one does nothing.
     *
     * @throws io.bouncedma.virtio.TimeLimitException if the device does not answer: it may use the memory still, so
     *                                                that stays taken, and a later call tries again.
     * @throws IllegalStateException if another thread is using a queue, or a completion handler calls it; nothing
     *                               happened then. A handler notes that it is to end, and whoever polls closes it.
     */
    @Override
    public synchronized void close()
    {
        final List<ThreadGuard.Turn> turns = new ArrayList<>(queues.size());
        try
        {
            queues.forEach((queue) -> turns.add(queue.guard().enterToClose()));
            closing = true;
            driver.close();
            Cleanup.each(queues.size(), (i) -> queues.get(i).release());
        }
        finally
        {
            turns.forEach(ThreadGuard.Turn::close);
        }
    }

    /** Of the way to wait that all queues have which are not told otherwise. */
    ThreadGuard waitingGuard()
    {
        return waitingGuard;
    }

    int epoch()
    {
        return epoch;
    }

    /** That of the device which is there now, maybe without anybody having attended to it. */
    int newestEpoch()
    {
        return transport.deviceEpoch();
    }

    void requireOpen()
    {
        if (closing)
        {
            throw new IllegalStateException("block device is closed");
        }
    }

    synchronized void kick(final int queue)
    {
        driver.kick(queue);
    }

    DriverRing restartQueue(final int queue)
    {
        return driver.restartQueue(queue);
    }

    /** Submits a request for a part: so much from a sector on, of which so much is done. */
    @FunctionalInterface
    private interface PartSubmission
    {
        int submit(BlkQueue queue, long sector, long done, long part);
    }

    /**
     * Do something in several requests if one can not be so long, and wait for each.
     *
     * @param unit of the length: so many are a sector.
     * @param cut  how much one request takes of what is left from a sector on.
     */
    private void inParts(
        final int type,
        final long sector,
        final long length,
        final int unit,
        final LongBinaryOperator cut,
        final PartSubmission submission)
    {
        try (ThreadGuard.Turn _ = queues.getFirst().guard().enter())
        {
            long next = 0;
            do
            {
                final long done = next;
                final long at = sector + done / unit;
                final long part = cut.applyAsLong(at, length - done);
                await((queue) -> submission.submit(queue, at, done, part), type, at, part);
                next += part;
            }
            while (next < length);
        }
    }

    /** Before the first part: else it is done by the time that the last one is refused. */
    private static void requireTransfer(final DirectBuffer data, final int offset, final int length)
    {
        if (length <= 0 || 0 != length % BlkProtocol.SECTOR_SIZE)
        {
            throw new IllegalArgumentException("length must be a positive multiple of " + BlkProtocol.SECTOR_SIZE +
                ": length=" + length);
        }
        if (offset < 0 || offset > data.capacity() - length)
        {
            throw new IndexOutOfBoundsException("part is outside the buffer: offset=" + offset + ", length=" + length +
                ", capacity=" + data.capacity());
        }
    }

    private long transferPart(final long sector, final long left)
    {
        return Math.min(left, queues.getFirst().maxLength());
    }

    /** How much of a range one request takes: up to where the device had better have the next one begin (5.2.4). */
    private long rangePart(final long sector, final long left, final long limit)
    {
        final long most = Math.max(1, limit);
        if (left <= most)
        {
            return left;
        }
        final long beyond = (sector + most) % limits.discardAlignment();
        return beyond < most ? most - beyond : most;
    }

    private BlkQueue first()
    {
        final BlkQueue first = queues.getFirst();
        if (first.inFlight() > 0)
        {
            throw new IllegalStateException(
                "requests are in flight, await their completions first: " + first.describeInFlight());
        }
        return first;
    }

    private long readCapacity()
    {
        // A device of more bytes than can be counted is none; the largest that can be is as good.
        final long sectors = driver.readConfig(BlkProtocol.CONFIG_CAPACITY, Long.BYTES);
        final long most = Long.MAX_VALUE / BlkProtocol.SECTOR_SIZE;
        return sectors < 0 ? most : Math.min(sectors, most);
    }

    private void setWriteBack()
    {
        driver.writeConfig(BlkProtocol.CONFIG_WRITEBACK, 1, isWriteBack ? 1 : 0);
        if (isWriteBack != isWriteBack())
        {
            throw new VirtioException("device does not change its write cache: writeback=" + !isWriteBack +
                ", wanted=" + isWriteBack);
        }
    }

    private void await(
        final ToIntFunction<BlkQueue> submission, final int type, final long sector, final long length)
    {
        try (ThreadGuard.Turn _ = queues.getFirst().guard().enter())
        {
            final BlkQueue queue = first();
            while (BlkQueue.BUSY == submission.applyAsInt(queue))
            {
                // Nothing is in flight here, so others have the room in the pools.
                queue.awaitRoom();
            }
            queue.awaitCompletions((tag, status) -> syncStatus = status);
            if (BlkProtocol.STATUS_OK != syncStatus)
            {
                throw new VirtioException("device failed a request: type=" + BlkProtocol.typeName(type) + ", sector=" +
                    sector + ", length=" + length + ", status=" + BlkProtocol.statusName(syncStatus));
            }
        }
    }
}
