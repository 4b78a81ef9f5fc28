/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.entropy;

import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.os.Cleanup;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.PoolRoom;
import io.bouncedma.virtio.RingFormat;
import io.bouncedma.virtio.RingStatistics;
import io.bouncedma.virtio.ThreadGuard;
import io.bouncedma.virtio.VirtioDriver;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.VirtioTransport;
import io.bouncedma.virtio.Waiting;

import java.util.Arrays;

/**
 * The front-end: gets random bytes from a virtio entropy device. They are bounced through the pools of a
 * {@link DmaDevice}.
 * <pre>
 * read                                   one call, all bytes
 * submit, submit, ... awaitCompletions   several requests at a time
 * </pre>
 * The bytes are as good as the other VM is honest: one that only claims to have written gives zeros. Mix them with
 * others, as a kernel does, before a secret depends on them. One thread at a time:
 * a second one is refused with an {@link IllegalStateException}.
 */
public final class RngDriver implements AutoCloseable
{
    /**
     * A request can not be submitted now: the ring is full, or the pools, be it of what other devices have there.
     * {@link #awaitCompletions} first.
     */
    public static final int BUSY = -1;
    /** A request was submitted. */
    public static final int SUBMITTED = 0;

    /** What it asks of the ring unless it is told otherwise: EVENT_IDX. */
    public static final Features USUAL_RING = Features.of(FeatureBits.EVENT_IDX);

    private static final int QUEUE = 0;
    private static final int MAX_ELEMENTS = 1;
    /** What {@link #read} asks for at once: no pool is too small for it. */
    private static final int READ_LENGTH = 512;
    private static final int NO_SLOT = -1;
    private static final RngCompletion NOBODY = (tag, length) ->
    {
    };

    private final VirtioTransport transport;
    private final DmaDevice dma;
    private final Waiting waiting;
    private final VirtioDriver driver;
    private final DriverRing ring;
    private final RngRequests requests;
    private final PoolRoom room;
    private final ThreadGuard guard =
        new ThreadGuard("entropy device's driver", "let one thread after another use it");
    private final byte[] readBytes = new byte[READ_LENGTH];
    /** The request that the device has the array above for; it stays if the caller's time was over before. */
    private int readSlot = NO_SLOT;
    /** What came of it, until the caller has it. */
    private int readLength;
    private boolean hasUnpublished;
    private boolean closing;
    private long emptyAnswers;

    /**
     * Set the device up.
     *
     * @param transport to the device.
     * @param dma       to map buffers by; it stays the caller's.
     * @param waiting   how to wait for the device.
     * @param queueSize descriptors of the queue, one for each request; without RING_PACKED a power of two.
     * @param ringUse   which of {@link Features#RING} to use if they are offered.
     * @throws VirtioException          if there is no entropy device, it refuses, or no pool has room for the ring.
     * @throws IllegalArgumentException if there is no ring of such a size.
     */
    public RngDriver(
        final VirtioTransport transport,
        final DmaDevice dma,
        final Waiting waiting,
        final int queueSize,
        final Features ringUse)
    {
        this.transport = transport;
        this.dma = dma;
        this.waiting = waiting;
        room = new PoolRoom(dma, "a request for random bytes");
        RingFormat.of(ringUse).requireSize(queueSize);
        driver = new VirtioDriver(transport, dma, waiting, DeviceType.ENTROPY, ringUse);
        try
        {
            // A device that has no packed rings gets a split one, and those come in powers of two.
            ring = driver.enableQueue(QUEUE, RingFormat.of(driver.features()).fit(queueSize), MAX_ELEMENTS);
            requests = new RngRequests(ring.size());
            driver.start();
            ring.disableInterrupts();
        }
        catch (final RuntimeException | Error e)
        {
            Cleanup.after(e, driver::close);
            throw e;
        }
    }

    /**
     * How many requests the device has.
     *
     * @return zero or more.
     */
    public int inFlight()
    {
        return requests.inFlight() - (NO_SLOT == readSlot ? 0 : 1);
    }

    /**
     * How often the device gave a request back without a single byte, which section 5.4.6.2 forbids.
     *
     * @return a number that grows.
     */
    public long emptyAnswers()
    {
        return emptyAnswers;
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
     * Ask for random bytes.
     *
     * @param to     private; not to be touched until the request is done.
     * @param offset of the first byte.
     * @param length bytes, greater than zero; the device may give less.
     * @param tag    for the completion.
     * @return {@link #SUBMITTED} or {@link #BUSY}.
     * @throws VirtioException           if no pool is large enough for the request.
     * @throws IndexOutOfBoundsException if the array has no such part.
     * @throws IllegalArgumentException  if the length is not positive.
     * @throws IllegalStateException     if the device is closed.
     */
    public int submit(final byte[] to, final int offset, final int length, final long tag)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            return NO_SLOT == add(to, offset, length, tag) ? BUSY : SUBMITTED;
        }
    }

    /**
     * Let the device see what was submitted, and take what is done. Never waits.
     *
     * @param handler called for each request that is done.
     * @return how many were done.
     * @throws VirtioException if the device breaks the protocol.
     */
    public int poll(final RngCompletion handler)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            publish();
            int done = 0;
            while (ring.poll())
            {
                final int slot = (int)ring.token();
                final long tag = requests.tag(slot);
                final int length = Math.min(ring.written(), requests.length(slot));
                // Copied before anything looks at it, and no byte more than the device claims.
                dma.unmap(requests.mapping(slot), length);
                requests.end(slot);
                if (0 == length)
                {
                    emptyAnswers++;
                }
                if (slot == readSlot)
                {
                    readSlot = NO_SLOT;
                    readLength = length;
                }
                else
                {
                    done++;
                    handler.onComplete(tag, length);
                }
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
    public int awaitCompletions(final RngCompletion handler)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            int done = poll(handler);
            if (0 == done && 0 == inFlight() && room.isMissing())
            {
                room.await(waiting);
            }
            if (done > 0 || 0 == inFlight())
            {
                return done;
            }
            final Waiting.Wait wait = waiting.start("random bytes of " + inFlight() + " requests");
            while (0 == done)
            {
                pause(wait);
                done = poll(handler);
            }
            ring.disableInterrupts();
            return done;
        }
    }

    /**
     * Read random bytes and wait for them.
     *
     * @param to filled whole.
     * @throws VirtioException       if the device breaks the protocol, stops, goes away or gives nothing in time. What
     *                               comes after the time is kept for the next call.
     * @throws IllegalStateException if submitted requests are in flight, or the device is closed.
     */
    public void read(final byte[] to)
    {
        read(to, 0, to.length);
    }

    /**
     * Read random bytes into a part of an array and wait for them.
     *
     * @param to     to be filled.
     * @param offset of the first byte.
     * @param length bytes.
     * @throws VirtioException           as {@link #read(byte[])}.
     * @throws IndexOutOfBoundsException if the array has no such part.
     * @throws IllegalStateException     as {@link #read(byte[])}.
     */
    public void read(final byte[] to, final int offset, final int length)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            if (offset < 0 || length < 0 || offset > to.length - length)
            {
                throw new IndexOutOfBoundsException("part is outside the array: offset=" + offset +
                    ", length=" + length + ", array=" + to.length);
            }
            if (inFlight() > 0)
            {
                throw new IllegalStateException(
                    "requests are in flight, await their completions first: inFlight=" + inFlight());
            }
            final Waiting.Wait wait = waiting.start("random bytes");
            int done = 0;
            while (done < length)
            {
                final int count = readSome(wait, to, offset + done, length - done);
                done += count;
                if (count > 0)
                {
                    wait.progress();
                }
            }
            ring.disableInterrupts();
        }
    }

    /**
     * Reset the device and give everything back. Requests in flight are dropped, without a completion. From the first
     * call on nothing can be submitted; after one that returned, another one does nothing.
     *
     * @throws io.bouncedma.virtio.TimeLimitException if the device does not answer: it may use the memory still, so
     *                                                that stays taken, and a later call tries again.
     * @throws IllegalStateException if another thread is using it, or a completion handler calls it:
     *                               nothing happened then. Whoever is called back notes that it is to end, and returns.
     */
    @Override
    public void close()
    {
        try (ThreadGuard.Turn _ = guard.enterToClose())
        {
            closing = true;
            driver.close();
            Arrays.fill(readBytes, (byte)0);
            requests.endAll(dma);
        }
    }

    private int add(final byte[] to, final int offset, final int length, final long tag)
    {
        if (closing)
        {
            throw new IllegalStateException("entropy device is closed");
        }
        if (requests.isFull() || !ring.hasRoom(MAX_ELEMENTS))
        {
            return NO_SLOT;
        }
        final long mapping = dma.map(to, offset, length, Direction.FROM_DEVICE);
        if (mapping < 0)
        {
            room.refused(mapping, length);
            return NO_SLOT;
        }
        room.granted();
        hasUnpublished = true;
        return requests.add(ring, dma.busAddress(mapping), length, mapping, tag);
    }

    private int readSome(final Waiting.Wait wait, final byte[] to, final int offset, final int length)
    {
        while (NO_SLOT == readSlot)
        {
            readSlot = add(readBytes, 0, Math.min(length, READ_LENGTH), 0);
            if (NO_SLOT == readSlot)
            {
                // Nothing is in flight, so others have the room in the pools.
                room.await(waiting);
            }
        }
        // The device's time stood still meanwhile. What it had used up before counts: else one that never gives a byte
        // is waited for as long as others go on taking the pools.
        wait.resume();
        poll(NOBODY);
        while (NO_SLOT != readSlot)
        {
            pause(wait);
            poll(NOBODY);
        }
        if (0 == readLength)
        {
            // It had its chance: this counts as no answer, and the time runs on.
            wait.pause();
        }
        final int count = Math.min(length, readLength);
        System.arraycopy(readBytes, 0, to, offset, count);
        Arrays.fill(readBytes, (byte)0);
        return count;
    }

    private void pause(final Waiting.Wait wait)
    {
        if (wait.pauseIf(ring.enableInterrupts()) &&
            0 != (transport.takeInterrupts() & VirtioTransport.INTERRUPT_CONFIG_CHANGE))
        {
            driver.requireWorking();
        }
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
}
