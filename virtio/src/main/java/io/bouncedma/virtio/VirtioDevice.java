/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.os.Fd;

/**
 * What a device is, without how it is reached: a back-end implements this, and any transport can serve it.
 * <p>
 * All methods are called by one thread. What one of them throws after the start, other than of a dead ring, is a
 * failure of the device: its host tells the operator, and asks the driver for a reset.
 */
public interface VirtioDevice
{
    /** Descriptors of a queue that is neither small nor large. */
    int USUAL_QUEUE_SIZE = 256;

    /**
     * What kind of device it is.
     *
     * @return one of {@link DeviceType} or another number of virtio 1.4, section 5.
     */
    int type();

    /**
     * The features of the device type that it offers; the transport adds those of the ring and of the transport.
     *
     * @return the offered features, none unless the device says more.
     */
    default Features features()
    {
        return Features.NONE;
    }

    /**
     * How many queues it has.
     *
     * @return from 1 to 65536, 1 unless the device says more.
     */
    default int queueCount()
    {
        return 1;
    }

    /**
     * How large one of its queues may be.
     *
     * @param queue index below {@link #queueCount()}.
     * @return entries, a power of two up to 32768; 256 unless the device says something else.
     */
    default int queueSizeMax(final int queue)
    {
        return USUAL_QUEUE_SIZE;
    }

    /**
     * How long its configuration is.
     *
     * @return bytes.
     */
    int configLength();

    /**
     * Read a byte of its configuration.
     *
     * @param offset below {@link #configLength()}.
     * @return 0 to 255.
     */
    int readConfig(int offset);

    /**
     * Write a byte of its configuration. Bytes that the driver may not write are left as they are.
     *
     * @param offset below {@link #configLength()}.
     * @param value  0 to 255.
     */
    default void writeConfig(final int offset, final int value)
    {
    }

    /**
     * The driver is set up.
     *
     * @param negotiated the features that both sides have.
     */
    default void activate(final Features negotiated)
    {
    }

    /**
     * Handle what the driver made available in a queue, a bounded number of chains, and complete each: at once, or at a
     * later call. Before a transport stops a queue, the ring gives nothing new and the device is still called, to
     * complete what it has; what it does not complete in time is dropped by {@link #resetQueue}.
     *
     * @param queue index of the queue.
     * @param ring  of that queue.
     * @return how many chains were taken.
     * @throws RingException if the ring is dead: the transport then asks the driver for a reset.
     */
    int process(int queue, DeviceRing ring);

    /**
     * Give back what the driver made available in a queue that is switched off, without any other effect (vhost-user,
     * "Ring states"): a network card loses frames so. Called instead of {@link #process}, and no more chains at a time.
     *
     * @param queue index of the queue.
     * @param ring  of that queue.
     * @return how many chains were given back; 0 unless the device says more, and then they wait.
     * @throws RingException if the ring is dead.
     */
    default int discard(final int queue, final DeviceRing ring)
    {
        return 0;
    }

    /**
     * Whether a kick is what the device waits for in a queue that it found nothing to do in. Asked after
     * {@link #process} said 0. A device that leaves chains where they are until something of its own happens, such as
     * input of the host, says no: then no kick is asked for, and chains that lie there do not count as work.
     *
     * @param queue index of the queue.
     * @return false if more chains would change nothing now.
     */
    default boolean awaitsKick(final int queue)
    {
        return true;
    }

    /**
     * What tells, beside the kicks, that {@link #process} would find something to do: whoever waits for kicks waits for
     * this too. It may be readable for nothing; it does not stay readable once {@link #process} was called for every
     * queue and said 0.
     *
     * @return the same descriptor for the device's life, which stays the device's; null if kicks are all there is.
     */
    default Fd wakeup()
    {
        return null;
    }

    /**
     * A number that changes when the device has changed its configuration by itself: then the driver is notified.
     *
     * @return any value.
     */
    default int configVersion()
    {
        return 0;
    }

    /**
     * What its operator should hear of: what drivers asked for that it could not do, and why.
     *
     * @return the same for the device's life, recorded by its thread; null if it keeps none.
     */
    default Failures failures()
    {
        return null;
    }

    /**
     * A queue that the device was given is stopped. Drop what was taken from it and not completed: no buffer of it may
     * be used any more when this returns.
     *
     * @param queue index of the queue.
     */
    default void resetQueue(final int queue)
    {
    }

    /**
     * Forget everything about the driver. No buffer may be used any more when this returns.
     */
    default void reset()
    {
    }
}
