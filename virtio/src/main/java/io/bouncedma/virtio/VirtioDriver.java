/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.os.Cleanup;

import org.agrona.concurrent.NoOpIdleStrategy;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The driver's side of virtio that every front-end shares: the steps of virtio 1.4, section 3.1.1, over any transport.
 * <pre>
 * new VirtioDriver      reset, ACKNOWLEDGE, DRIVER, features, FEATURES_OK
 * enableQueue           each queue; resetQueue takes one back
 * start                 DRIVER_OK
 * restartQueue          each queue, when the device was replaced: its ring is new again
 * close                 reset, then the rings' memory goes back
 * </pre>
 * One thread at a time: a second one that calls while the first is inside is refused. One driver at a time, too: as
 * long as one is not closed, another one on the same transport is refused.
 */
public final class VirtioDriver implements AutoCloseable
{
    /** Rings start at a cache line, which is more than section 2.7 asks for. */
    private static final int RING_ALIGNMENT = 64;

    private final VirtioTransport transport;
    private final DmaDevice dma;
    private final Waiting waiting;
    private final Features features;
    private final Map<Integer, EnabledQueue> queues = new TreeMap<>();
    private final ThreadGuard guard =
        new ThreadGuard("driver of a device", "let one thread after another use it");
    private int status;
    private boolean closed;

    /** What it takes to lay a queue's ring anew. */
    private record EnabledQueue(DriverRing ring, CoherentBuffer memory, int elements)
    {
    }

    /**
     * Find the device and agree on features. For one that shares its pools with nobody: room for the rings that is not
     * there is not waited for.
     *
     * @param transport to the device.
     * @param dma       for the rings.
     * @param type      as {@link #VirtioDriver(VirtioTransport, DmaDevice, Waiting, int, Features)}.
     * @param wanted    as there.
     * @throws VirtioException as there.
     */
    public VirtioDriver(
        final VirtioTransport transport, final DmaDevice dma, final int type, final Features wanted)
    {
        this(transport, dma, new Waiting(NoOpIdleStrategy.INSTANCE, PeerMonitor.ALWAYS_PRESENT, 1), type, wanted);
    }

    /**
     * Find the device and agree on features.
     *
     * @param transport to the device.
     * @param dma       for the rings.
     * @param waiting   how to wait for room for them, if the pools are busy.
     * @param type      of device that is expected, one of {@link DeviceType}.
     * @param wanted    features that the front-end uses if they are offered, those of {@link Features#RING} among them;
     *                  VERSION_1 and ACCESS_PLATFORM are added.
     * @throws VirtioException       if it is another device, does not offer the mandatory features, or refuses.
     * @throws IllegalStateException if the transport has a driver that is not closed.
     */
    public VirtioDriver(
        final VirtioTransport transport,
        final DmaDevice dma,
        final Waiting waiting,
        final int type,
        final Features wanted)
    {
        this.transport = transport;
        this.dma = dma;
        this.waiting = waiting;
        transport.claim().take(this);
        try
        {
            features = negotiate(type, wanted);
        }
        catch (final RuntimeException | Error e)
        {
            transport.claim().release();
            throw e;
        }
    }

    /**
     * The features that both sides have.
     *
     * @return the negotiated set.
     */
    public Features features()
    {
        return features;
    }

    /**
     * Give a queue a ring in coherent memory and enable it.
     *
     * @param queue    index from 0.
     * @param size     entries wanted; less if that is the device's maximum, and for a split ring a power of two.
     * @param elements the most that a chain will have, see {@link Rings#memoryLength}.
     * @return the ring, which this driver closes.
     * @throws IllegalArgumentException if there is no ring of such a size.
     * @throws VirtioException if the device has no such queue or refuses it, or if no pool has room.
     */
    public DriverRing enableQueue(final int queue, final int size, final int elements)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            final RingFormat format = RingFormat.of(features);
            format.requireSize(size);
            if (queues.containsKey(queue))
            {
                throw failed("queue is in use already: queue=" + queue);
            }
            final int max = transport.queueSizeMax(queue);
            if (max <= 0)
            {
                throw failed("device has no such queue: queue=" + queue);
            }
            final int actual = format.fit(Math.min(size, max));
            final int length = Rings.memoryLength(features, actual, elements);
            return enable(queue, actual, elements, allocate(queue, actual, length));
        }
    }

    /**
     * Lay a queue's ring anew, empty and in the same memory, and give it to the device that took the place of the one
     * before ({@link VirtioTransport#deviceEpoch()}). The ring of before must not be used any more. What was in flight
     * there is the caller's to add again.
     *
     * @param queue that was enabled.
     * @return the new ring, of the same size; its figures begin at zero.
     * @throws IllegalStateException if the queue was not enabled.
     * @throws VirtioException       if the new device has no such queue, or a smaller one, or refuses it.
     */
    public DriverRing restartQueue(final int queue)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            final EnabledQueue before = queues.get(queue);
            if (null == before)
            {
                throw new IllegalStateException(
                    "queue was not enabled: queue=" + queue + ", enabled=" + queues.keySet());
            }
            final int size = before.ring.size();
            final int max = transport.queueSizeMax(queue);
            if (max < size)
            {
                throw failed("device that took the place of another has a smaller queue: queue=" + queue +
                    ", size=" + max + ", before=" + size);
            }
            before.memory.view().setMemory(0, before.memory.length(), (byte)0);
            return enable(queue, size, before.elements, before.memory);
        }
    }

    /**
     * Take a queue back from the device and give its ring's memory back; what was in flight there is dropped. It can be
     * enabled again.
     *
     * @param queue that was enabled.
     * @throws IllegalStateException if RING_RESET was not negotiated or the queue is not enabled.
     * @throws TimeLimitException    if the device does not do it: the memory stays taken until {@link #close()}.
     */
    public void resetQueue(final int queue)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            if (!features.has(FeatureBits.RING_RESET) || !queues.containsKey(queue))
            {
                throw new IllegalStateException("queue can not be reset alone: queue=" + queue + ", enabled=" +
                    queues.keySet() + ", features=" + features);
            }
            transport.resetQueue(queue);
            queues.remove(queue).ring.close();
        }
    }

    /**
     * Tell the device that a queue has new buffers, as {@link DriverRing#publish()} asked for.
     *
     * @param queue that was enabled.
     */
    public void kick(final int queue)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            transport.kick(queue, features.has(FeatureBits.NOTIFICATION_DATA) ? queues.get(queue).ring.next() : 0);
        }
    }

    /**
     * Let the device begin.
     */
    public void start()
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            addStatus(DeviceStatus.DRIVER_OK);
        }
    }

    /**
     * Fail if the device asks for a reset. To be called when a configuration change is notified.
     *
     * @throws VirtioException if it does.
     */
    public void requireWorking()
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            final int now = transport.status();
            if (0 != (now & DeviceStatus.DEVICE_NEEDS_RESET) || status != (now & status))
            {
                throw new VirtioException("device stopped and needs a reset: status=" + DeviceStatus.describe(now) +
                    ", expected=" + DeviceStatus.describe(status));
            }
        }
    }

    /**
     * Refuse a device without a configuration, of which every field would read as zero.
     *
     * @throws VirtioException if it has none.
     */
    public void requireConfig()
    {
        if (!transport.hasConfig())
        {
            throw new VirtioException("device has no configuration that could be read: a vhost-user back-end has one " +
                "if it offers the protocol feature CONFIG");
        }
    }

    /**
     * Read a field of the configuration.
     *
     * @param offset of the field.
     * @param width  1, 2, 4 or 8 bytes.
     * @return the value.
     */
    public long readConfig(final int offset, final int width)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            return transport.readConfig(offset, width);
        }
    }

    /**
     * Write a field of the configuration.
     *
     * @param offset of the field.
     * @param width  1, 2, 4 or 8 bytes.
     * @param value  to write.
     */
    public void writeConfig(final int offset, final int width, final long value)
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            transport.writeConfig(offset, width, value);
        }
    }

    /**
     * Reset the device, which ends its use of all buffers, and give the rings' memory back.
     * A device that is known to be gone uses nothing any more. One that is there but does not answer may, so then the
     * memory stays taken, and a later call tries again. After a call that returned, another one does nothing.
     *
     * @throws TimeLimitException    if the device does not answer; another driver may try then, too.
     * @throws IllegalStateException if there is another driver after such a call: close that one first.
     */
    @Override
    public void close()
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            if (!closed)
            {
                resetOwn();
                closed = true;
                final List<EnabledQueue> enabled = List.copyOf(queues.values());
                Cleanup.each(enabled.size(), (i) -> enabled.get(i).ring.close());
            }
        }
    }

    /** A reset that failed is tried again only if no other driver has come, which would lose the device by it. */
    private void resetOwn()
    {
        transport.claim().take(this);
        try
        {
            reset();
        }
        finally
        {
            transport.claim().release();
        }
    }

    private Features negotiate(final int type, final Features wanted)
    {
        final int found = transport.probe();
        if (found != type)
        {
            throw new VirtioException("another device is there: type=" + found + ", expected=" + type);
        }
        transport.reset();
        addStatus(DeviceStatus.ACKNOWLEDGE);
        addStatus(DeviceStatus.DRIVER);
        final Features offered = transport.deviceFeatures();
        if (!Features.MANDATORY.isSubsetOf(offered))
        {
            throw failed("device lacks mandatory features: offered=" + FeatureNames.describe(type, offered) +
                ", mandatory=" + Features.MANDATORY + "; it could not use the addresses of a shared window");
        }
        final Features accepted = offered.and(wanted.or(Features.MANDATORY)).minus(transport.lacking());
        transport.driverFeatures(accepted);
        addStatus(DeviceStatus.FEATURES_OK);
        if (0 == (transport.status() & DeviceStatus.FEATURES_OK))
        {
            throw failed("device refuses the features: accepted=" + FeatureNames.describe(type, accepted) +
                ", offered=" + FeatureNames.describe(type, offered));
        }
        return accepted;
    }

    private CoherentBuffer allocate(final int queue, final int size, final int length)
    {
        try
        {
            return PoolRoom.allocate(dma, waiting,
                "the ring: queue=" + queue + ", size=" + size + ", bytes=" + length, length, RING_ALIGNMENT);
        }
        catch (final PeerGoneException e)
        {
            throw e;
        }
        catch (final VirtioException e)
        {
            throw failed(e.getMessage());
        }
    }

    private DriverRing enable(final int queue, final int size, final int elements, final CoherentBuffer memory)
    {
        final DriverRing ring = Rings.driver(features, size, elements, memory);
        queues.put(queue, new EnabledQueue(ring, memory, elements));
        try
        {
            transport.enableQueue(queue, size,
                ring.areas().descAddress(), ring.areas().driverAddress(), ring.areas().deviceAddress());
        }
        catch (final PeerGoneException | TimeLimitException e)
        {
            throw e;
        }
        catch (final VirtioException e)
        {
            throw failed(e.getMessage());
        }
        return ring;
    }

    private void reset()
    {
        try
        {
            transport.reset();
        }
        catch (final PeerGoneException e)
        {
            // As good as reset: nobody is left to touch the rings.
            status = DeviceStatus.RESET;
        }
    }

    private void addStatus(final int bit)
    {
        status |= bit;
        transport.status(status);
    }

    private VirtioException failed(final String message)
    {
        final VirtioException failure = new VirtioException(message);
        // A device that does not hear it any more is not the news.
        Cleanup.after(failure, () -> addStatus(DeviceStatus.FAILED));
        return failure;
    }
}
