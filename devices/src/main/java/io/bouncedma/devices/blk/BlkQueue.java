/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.os.Cleanup;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.PoolRoom;
import io.bouncedma.virtio.RingStatistics;
import io.bouncedma.virtio.ThreadGuard;
import io.bouncedma.virtio.VirtioDriver;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.Waiting;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * One queue of a block device's front-end, with requests of its own. Data buffers are private and bounced through the
 * pools of a {@link DmaDevice}.
 * <pre>
 * submitRead, submitWrite, submitFlush, ...   any number, until one returns {@link #BUSY}
 * awaitCompletions                            lets the device work, calls back for what is done
 * </pre>
 * The device may do what is in flight in any order, so a request that needs another one done waits for its completion;
 * across queues too. Nothing is lost when the device is replaced by another one, a back-end that died and came back:
 * what the old one had not done is given to the new one, in the order in which it was submitted.
 * <p>
 * One thread at a time, which may be another one for each queue; then each queue needs its own {@link #waiting}. What
 * submits, polls or waits while another thread is inside the same queue is refused with an
 * {@link IllegalStateException}.
 */
public final class BlkQueue
{
    /**
     * A request can not be submitted now: the ring is full, or the pools, be it of what other queues, threads or
     * devices have there. {@link #awaitCompletions} first.
     */
    public static final int BUSY = -1;
    /** A request was submitted. */
    public static final int SUBMITTED = 0;

    static final String WAITING_ADVICE = "give each queue that has a thread its own: BlkQueue.waiting";

    /** Header, data, status. */
    private static final int USUAL_ELEMENTS = 3;
    private static final int CONTROL_ELEMENTS = 2;
    /** Segments of data of a request at most, if the device limits their size. */
    private static final int MAX_SEGMENTS = 16;
    private static final int MAX_LENGTH = 1 << 30;
    private static final long NO_MAPPING = 0;

    private final BlkDriver device;
    private final DmaDevice dma;
    private final int index;
    private final int sizeMax;
    private final int maxLength;
    private final BlkControls controls;
    private final BlkRequests requests;
    private final PoolRoom room;
    private final long[] addresses;
    private final int[] lengths;
    private final UnsafeBuffer range = new UnsafeBuffer(new byte[BlkProtocol.RANGE_LENGTH]);
    private final ThreadGuard guard;
    private Waiting waiting;
    /** Of {@link #waiting}. */
    private ThreadGuard waitingGuard;
    /** Volatile for those who look at its figures. */
    private volatile DriverRing ring;
    /** Which device the driver had found when this queue looked last. */
    private int epoch;
    /** Which device has the ring: it may be one that the driver has not found yet. */
    private int ringEpoch;
    private boolean hasUnpublished;
    private long completed;

    BlkQueue(
        final BlkDriver device,
        final VirtioDriver driver,
        final DmaDevice dma,
        final Waiting waiting,
        final int index,
        final int size)
    {
        this.device = device;
        this.dma = dma;
        this.waiting = waiting;
        waitingGuard = device.waitingGuard();
        this.index = index;
        guard = new ThreadGuard("queue " + index + " of a block device",
            "let one thread after another use it, or give each thread a queue and a way to wait of its own");
        epoch = device.epoch();
        ringEpoch = epoch;
        final BlkLimits limits = device.limits();
        sizeMax = 0 == limits.sizeMax() ? MAX_LENGTH : Math.min(MAX_LENGTH, limits.sizeMax());
        final int wanted = 0 == limits.sizeMax() ? 1 :
            Math.min(MAX_SEGMENTS, 0 == limits.segMax() ? MAX_SEGMENTS : limits.segMax());
        ring = driver.enableQueue(index, size, CONTROL_ELEMENTS + wanted);
        if (ring.size() < USUAL_ELEMENTS)
        {
            throw new VirtioException("device's queue is too small for a request: size=" + ring.size() +
                ", required=" + USUAL_ELEMENTS);
        }
        final int segments = Math.min(wanted, ring.size() - CONTROL_ELEMENTS);
        maxLength = (int)Math.min(MAX_LENGTH, (long)sizeMax * segments) & -BlkProtocol.SECTOR_SIZE;
        if (0 == maxLength)
        {
            throw new VirtioException("device does not take a sector: sizeMax=" + limits.sizeMax() +
                ", segMax=" + limits.segMax() + ", segments=" + segments);
        }
        addresses = new long[CONTROL_ELEMENTS + segments];
        lengths = new int[CONTROL_ELEMENTS + segments];
        final int slots = slots(driver.features(), ring.size());
        requests = new BlkRequests(slots);
        controls = new BlkControls(dma, waiting, slots);
        room = new PoolRoom(dma, "a block request");
    }

    /** How many requests can be in flight in a queue of some size. */
    static int slots(final Features negotiated, final int queueSize)
    {
        return Math.max(1, negotiated.has(FeatureBits.INDIRECT_DESC) ? queueSize : queueSize / USUAL_ELEMENTS);
    }

    /** How many elements the requests of a device have at most that limits no sizes. */
    static int usualElements()
    {
        return USUAL_ELEMENTS;
    }

    /**
     * Wait in another way than the driver does: queues of several threads can not share a way to wait.
     *
     * @param own how to wait for the device from now on.
     */
    public void waiting(final Waiting own)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            waiting = own;
            waitingGuard = new ThreadGuard("way to wait of queue " + index + " of a block device", WAITING_ADVICE);
        }
    }

    /**
     * How long a request can be.
     *
     * @return bytes, a multiple of 512; the pool may have no room for so many.
     */
    public int maxLength()
    {
        return maxLength;
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
     * What the ring has done so far. Any thread may ask. The ring of a device that took the place of another is new.
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
     * @param length bytes, a positive multiple of 512, at most {@link #maxLength()}.
     * @param tag    for the completion.
     * @return {@link #SUBMITTED} or {@link #BUSY}.
     * @throws IllegalArgumentException if the length is no such multiple.
     * @throws IllegalStateException    if the device is closed.
     * @throws VirtioException          if no pool is large enough for the request.
     */
    public int submitRead(
        final long sector, final MutableDirectBuffer to, final int offset, final int length, final long tag)
    {
        requireSectors(sector, length);
        return submit(BlkProtocol.TYPE_IN, sector, to, offset, length, tag);
    }

    /**
     * Write sectors from a private buffer.
     *
     * @param sector the first one.
     * @param from   copied before this returns.
     * @param offset of the first byte in the buffer.
     * @param length bytes, a positive multiple of 512, at most {@link #maxLength()}.
     * @param tag    for the completion.
     * @return {@link #SUBMITTED} or {@link #BUSY}.
     * @throws IllegalArgumentException if the length is no such multiple.
     * @throws IllegalStateException    if the device is closed.
     * @throws VirtioException          if no pool is large enough for the request.
     */
    public int submitWrite(
        final long sector, final DirectBuffer from, final int offset, final int length, final long tag)
    {
        requireSectors(sector, length);
        return submit(BlkProtocol.TYPE_OUT, sector, from, offset, length, tag);
    }

    /**
     * Make what was written by completed requests durable, those of other queues too.
     *
     * @param tag for the completion.
     * @return {@link #SUBMITTED} or {@link #BUSY}.
     * @throws IllegalStateException if the device does not offer it: then what is written is durable; or is closed.
     */
    public int submitFlush(final long tag)
    {
        requireFeature(BlkProtocol.F_FLUSH, "FLUSH");
        return submit(BlkProtocol.TYPE_FLUSH, 0, null, 0, 0, tag);
    }

    /**
     * Forget sectors: they read as anything until they are written.
     *
     * @param sector the first one.
     * @param count  sectors, 1 to {@link BlkLimits#maxDiscardSectors()}.
     * @param tag    for the completion.
     * @return {@link #SUBMITTED} or {@link #BUSY}.
     * @throws IllegalArgumentException if there are none or too many.
     * @throws IllegalStateException    if the device does not offer it or is closed.
     */
    public int submitDiscard(final long sector, final long count, final long tag)
    {
        requireFeature(BlkProtocol.F_DISCARD, "DISCARD");
        requireRange(sector, count, device.limits().maxDiscardSectors());
        return submitRange(BlkProtocol.TYPE_DISCARD, sector, count, 0, tag);
    }

    /**
     * Zero sectors.
     *
     * @param sector   the first one.
     * @param count    sectors, 1 to {@link BlkLimits#maxWriteZeroesSectors()}.
     * @param mayUnmap whether the device may give their space back.
     * @param tag      for the completion.
     * @return {@link #SUBMITTED} or {@link #BUSY}.
     * @throws IllegalArgumentException if there are none or too many.
     * @throws IllegalStateException    if the device does not offer it or is closed.
     */
    public int submitWriteZeroes(final long sector, final long count, final boolean mayUnmap, final long tag)
    {
        requireFeature(BlkProtocol.F_WRITE_ZEROES, "WRITE_ZEROES");
        requireRange(sector, count, device.limits().maxWriteZeroesSectors());
        return submitRange(
            BlkProtocol.TYPE_WRITE_ZEROES, sector, count, mayUnmap ? BlkProtocol.FLAG_UNMAP : 0, tag);
    }

    /**
     * Get the device's id.
     *
     * @param to     private buffer, not to be touched until the request is done.
     * @param offset where to put {@link BlkProtocol#ID_LENGTH} bytes, zeros behind a shorter id.
     * @param tag    for the completion.
     * @return {@link #SUBMITTED} or {@link #BUSY}.
     * @throws IllegalStateException if the device is closed.
     */
    public int submitGetId(final MutableDirectBuffer to, final int offset, final long tag)
    {
        return submit(BlkProtocol.TYPE_GET_ID, 0, to, offset, BlkProtocol.ID_LENGTH, tag);
    }

    /**
     * Let the device work on what was submitted and take what is done. Never waits, and does not find out that the
     * device stopped or changed; whoever never waits calls {@link BlkDriver#attend()} at times.
     *
     * @param handler called for each request that is done.
     * @return how many were done.
     * @throws VirtioException if the device breaks the protocol.
     */
    public int poll(final BlkCompletion handler)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            publish();
            final int done = takeDone(handler);
            if (0 == done && epoch != device.epoch())
            {
                // Not before all is taken that the old device had done.
                follow();
            }
            return done;
        }
    }

    /**
     * Let the device work on what was submitted and wait until at least one request is done. If none is in flight and
     * the last one was refused for want of room in the pools, which others have then, let a short time pass before the
     * next try; all of these together take no longer than the limit.
     *
     * @param handler called for each request that is done.
     * @return how many were done, zero only if none was in flight.
     * @throws VirtioException if the device breaks the protocol, stops, goes away or does nothing in time, or the pools
     *                         get no room in time.
     */
    public int awaitCompletions(final BlkCompletion handler)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            final int done = poll(handler);
            if (0 == done && 0 == requests.inFlight() && room.isMissing())
            {
                awaitRoom();
            }
            if (done > 0 || 0 == requests.inFlight())
            {
                return done;
            }
            try (ThreadGuard.Turn _ = waitingGuard.enter())
            {
                return awaitInFlight(handler);
            }
        }
    }

    /** To come in for several calls that belong together. */
    ThreadGuard guard()
    {
        return guard;
    }

    /** Let a short time pass for the pools to get room, and fail when the time for that is over. */
    void awaitRoom()
    {
        try (ThreadGuard.Turn _ = waitingGuard.enter())
        {
            room.await(waiting);
        }
    }

    /** The device is set up. From here on the ring is looked at when somebody likes to. */
    void start()
    {
        ring.disableInterrupts();
    }

    /** The device is reset and nobody else inside. Give everything back but the ring; what is in flight is dropped. */
    void release()
    {
        final int[] slots = requests.inOrder();
        Cleanup.all(() -> Cleanup.each(slots.length, (i) -> end(slots[i], 0)), controls::close);
    }

    private int awaitInFlight(final BlkCompletion handler)
    {
        final Waiting.Wait wait = waiting.start("completion of " + requests.inFlight() + " block requests");
        boolean isReplaced = false;
        int done = 0;
        while (0 == done)
        {
            if (wait.pauseIf(ring.enableInterrupts()))
            {
                device.attend();
            }
            final int before = epoch;
            done = poll(handler);
            if (before != epoch && !isReplaced)
            {
                // The new device has its time, too: once, or devices that die at each request are waited for for ever.
                isReplaced = true;
                wait.progress();
            }
        }
        ring.disableInterrupts();
        return done;
    }

    private int submitRange(final int type, final long sector, final long count, final int flags, final long tag)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            range.putLong(0, sector, ByteOrder.LITTLE_ENDIAN);
            range.putInt(BlkProtocol.RANGE_SECTORS, (int)count, ByteOrder.LITTLE_ENDIAN);
            range.putInt(BlkProtocol.RANGE_FLAGS, flags, ByteOrder.LITTLE_ENDIAN);
            return submit(type, sector, range, 0, BlkProtocol.RANGE_LENGTH, tag);
        }
    }

    private int submit(
        final int type,
        final long sector,
        final DirectBuffer data,
        final int offset,
        final int length,
        final long tag)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            device.requireOpen();
            if (requests.isFull() || !ring.hasRoom(elements(length)))
            {
                return BUSY;
            }
            long mapping = NO_MAPPING;
            if (length > 0)
            {
                mapping = dma.map(data, offset, length, isRead(type) ? Direction.FROM_DEVICE : Direction.TO_DEVICE);
                if (mapping < 0)
                {
                    room.refused(mapping, length);
                    return BUSY;
                }
                room.granted();
            }
            add(requests.begin(type, sector, length, mapping, tag));
            return SUBMITTED;
        }
    }

    /** Put a request into the ring as it is in the records. */
    private void add(final int slot)
    {
        final int type = requests.type(slot);
        // 5.2.6: the sector of a request that has ranges, or no sectors, is reserved.
        final boolean hasSector = BlkProtocol.TYPE_IN == type || BlkProtocol.TYPE_OUT == type;
        controls.put(slot, type, hasSector ? requests.sector(slot) : 0);
        int count = 0;
        addresses[count] = controls.headerAddress(slot);
        lengths[count++] = BlkProtocol.HEADER_LENGTH;
        int left = requests.length(slot);
        long address = left > 0 ? dma.busAddress(requests.mapping(slot)) : 0;
        while (left > 0)
        {
            final int length = Math.min(left, sizeMax);
            addresses[count] = address;
            lengths[count++] = length;
            address += length;
            left -= length;
        }
        final int readable = isRead(type) ? 1 : count;
        addresses[count] = controls.statusAddress(slot);
        lengths[count++] = 1;
        if (DriverRing.FULL == ring.add(addresses, lengths, readable, count - readable, slot))
        {
            throw new IllegalStateException("ring is full: freeDescriptors=" + ring.freeDescriptors());
        }
        hasUnpublished = true;
    }

    private int elements(final int length)
    {
        return CONTROL_ELEMENTS + (length <= sizeMax ? Integer.signum(length) : Math.ceilDiv(length, sizeMax));
    }

    private void publish()
    {
        if (hasUnpublished)
        {
            hasUnpublished = false;
            if (ring.publish())
            {
                device.kick(index);
            }
        }
    }

    private int takeDone(final BlkCompletion handler)
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
        final int status = controls.status(slot);
        final int type = requests.type(slot);
        final int length = requests.length(slot);
        final int data = isRead(type) ? Math.min(written, length) : 0;
        end(slot, BlkProtocol.STATUS_OK == status ? data : 0);
        if (BlkControls.STATUS_NOT_WRITTEN == status ||
            BlkProtocol.STATUS_OK == status && BlkProtocol.TYPE_IN == type && data < length)
        {
            return BlkProtocol.STATUS_IOERR;
        }
        return status;
    }

    private void end(final int slot, final int written)
    {
        // First: if the memory of the caller's buffer is gone by now, the request is done all the same.
        final long mapping = requests.mapping(slot);
        requests.end(slot);
        if (NO_MAPPING != mapping)
        {
            dma.unmap(mapping, written);
        }
    }

    /** Give the device that took the place of another a new ring, with all that the other one had not done. */
    private void follow()
    {
        synchronized (device)
        {
            epoch = device.epoch();
            if (ringEpoch == epoch)
            {
                return;
            }
            ring = device.restartQueue(index);
            // If that one was lost in turn before it had the ring, it went to its successor.
            ringEpoch = device.newestEpoch();
        }
        ring.disableInterrupts();
        for (final int slot : requests.inOrder())
        {
            add(slot);
        }
        publish();
    }

    private void requireSectors(final long sector, final int length)
    {
        if (length <= 0 || 0 != length % BlkProtocol.SECTOR_SIZE || length > maxLength)
        {
            throw new IllegalArgumentException("length must be a positive multiple of " + BlkProtocol.SECTOR_SIZE +
                ", at most " + maxLength + ": length=" + length + ", sector=" + sector);
        }
    }

    private void requireFeature(final int feature, final String name)
    {
        if (!device.features().has(feature))
        {
            throw new IllegalStateException("device does not offer " + name + ": features=" + device.features());
        }
    }

    private static void requireRange(final long sector, final long count, final long most)
    {
        if (count < 1 || count > most)
        {
            throw new IllegalArgumentException("range must have 1 to " + most + " sectors: count=" + count +
                ", sector=" + sector);
        }
    }

    private static boolean isRead(final int type)
    {
        return BlkProtocol.TYPE_IN == type || BlkProtocol.TYPE_GET_ID == type;
    }
}
