/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.virtio.RingFormat;

import java.nio.charset.StandardCharsets;

/**
 * How a back-end is to be.
 *
 * @param id           of the device.
 * @param queues       how many it has.
 * @param queueSizeMax descriptors of each at most. Linux's drivers want a power of two for a split ring; those of this
 *                     library take the largest one in it.
 * @param topology     what is said of the blocks.
 * @param isWriteBack  whether its write cache begins as write-back: what was written is durable once it is flushed.
 *                     Otherwise it is before the driver hears of it. The driver may change it.
 */
public record BlkSettings(String id, int queues, int queueSizeMax, BlkTopology topology, boolean isWriteBack)
{
    /** One queue of up to 1024 descriptors, write-back. */
    public static final BlkSettings USUAL = new BlkSettings("bounce-dma", 1, 1024, BlkTopology.USUAL, true);

    /** As many as the queues of a vhost-user device can be told apart (8 bits of a vring's index). */
    private static final int MAX_QUEUES = 256;

    /**
     * Check the numbers.
     *
     * @param id           at most 20 characters of ASCII.
     * @param queues       1 to 256.
     * @param queueSizeMax 1 to 32768.
     * @param topology     any.
     * @param isWriteBack  any.
     * @throws IllegalArgumentException if the id is too long or a number out of its range.
     */
    public BlkSettings
    {
        if (id.length() > BlkProtocol.ID_LENGTH || !StandardCharsets.US_ASCII.newEncoder().canEncode(id))
        {
            throw new IllegalArgumentException("device id must be at most " + BlkProtocol.ID_LENGTH +
                " characters of ASCII: id=" + id);
        }
        if (queues < 1 || queues > MAX_QUEUES)
        {
            throw new IllegalArgumentException("device must have 1 to " + MAX_QUEUES + " queues: queues=" + queues);
        }
        if (queueSizeMax < 1 || queueSizeMax > RingFormat.MAX_SIZE)
        {
            throw new IllegalArgumentException("queue size must be from 1 to " + RingFormat.MAX_SIZE +
                ": queueSizeMax=" + queueSizeMax);
        }
    }

    /**
     * The same with another id.
     *
     * @param other id.
     * @return the changed settings.
     */
    public BlkSettings id(final String other)
    {
        return new BlkSettings(other, queues, queueSizeMax, topology, isWriteBack);
    }

    /**
     * The same with other queues.
     *
     * @param count   how many.
     * @param sizeMax descriptors of each at most.
     * @return the changed settings.
     */
    public BlkSettings queues(final int count, final int sizeMax)
    {
        return new BlkSettings(id, count, sizeMax, topology, isWriteBack);
    }

    /**
     * The same with other blocks.
     *
     * @param other topology.
     * @return the changed settings.
     */
    public BlkSettings topology(final BlkTopology other)
    {
        return new BlkSettings(id, queues, queueSizeMax, other, isWriteBack);
    }

    /**
     * The same with another write cache at the beginning.
     *
     * @param other whether it is write-back.
     * @return the changed settings.
     */
    public BlkSettings writeBack(final boolean other)
    {
        return new BlkSettings(id, queues, queueSizeMax, topology, other);
    }
}
