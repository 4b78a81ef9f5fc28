/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.virtio.AnswerByte;
import io.bouncedma.virtio.ChainLimits;
import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.Failures;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDevice;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The back-end: serves a {@link BlockStore} as a virtio block device of one or more queues, all by one thread: a
 * request is done when the next one is looked at, whatever queue it is in. What is wrong with a request is told by its
 * status byte, as long as that can be reached, whatever else of the request can not; if it can not, the ring stops, as
 * the driver would take the request for done.
 */
public final class BlkDevice implements VirtioDevice
{
    /** Chains of a queue that are handled before others get their turn. */
    private static final int BATCH = 64;

    private final BlockStore store;
    private final BlkSettings settings;
    private final BlkConfig config;
    private final BlkExecutor executor;
    private final DescriptorChain chain = new DescriptorChain(ChainLimits.USUAL, AnswerByte.LAST);
    private final Failures failures = new Failures();
    private int configVersion;
    private long requests;

    /**
     * Serve a store by one queue.
     *
     * @param store        to serve; it stays the caller's.
     * @param id           of the device, at most 20 characters of ASCII.
     * @param queueSizeMax descriptors of the queue at most, see {@link BlkSettings}.
     * @throws IllegalArgumentException if the id is too long or the size out of range.
     */
    public BlkDevice(final BlockStore store, final String id, final int queueSizeMax)
    {
        this(store, BlkSettings.USUAL.id(id).queues(1, queueSizeMax));
    }

    /**
     * Serve a store.
     *
     * @param store    to serve; it stays the caller's.
     * @param settings how the device is to be.
     */
    public BlkDevice(final BlockStore store, final BlkSettings settings)
    {
        this.store = store;
        this.settings = settings;
        config = new BlkConfig(settings, store.sectors(), store.isReadOnly(), store.canDiscard());
        executor = new BlkExecutor(store, config,
            Arrays.copyOf(settings.id().getBytes(StandardCharsets.US_ASCII), BlkProtocol.ID_LENGTH));
    }

    /**
     * Look whether the store has another size than before, as when an operator made an image longer. If so that is the
     * device's capacity from now on, and the driver is told. To be called by the device's thread.
     *
     * @return whether it has.
     */
    public boolean checkSize()
    {
        final long sectors = store.sectors();
        if (sectors == config.capacity())
        {
            return false;
        }
        config.capacity(sectors);
        configVersion++;
        return true;
    }

    /**
     * How many requests were handled.
     *
     * @return a number that grows.
     */
    public long requests()
    {
        return requests;
    }

    /**
     * How many of them were not {@link BlkProtocol#STATUS_OK}, and why the last one was not. Any thread may ask.
     *
     * @return the same for the device's life.
     */
    @Override
    public Failures failures()
    {
        return failures;
    }

    @Override
    public int type()
    {
        return DeviceType.BLOCK;
    }

    @Override
    public Features features()
    {
        return config.features();
    }

    @Override
    public int queueCount()
    {
        return settings.queues();
    }

    @Override
    public int queueSizeMax(final int queue)
    {
        return settings.queueSizeMax();
    }

    @Override
    public int configLength()
    {
        return BlkProtocol.CONFIG_LENGTH;
    }

    @Override
    public int readConfig(final int offset)
    {
        return config.read(offset);
    }

    @Override
    public void writeConfig(final int offset, final int value)
    {
        config.write(offset, value);
    }

    @Override
    public int configVersion()
    {
        return configVersion;
    }

    @Override
    public void activate(final Features negotiated)
    {
        if (config.activate(negotiated))
        {
            configVersion++;
        }
    }

    @Override
    public void reset()
    {
        config.reset();
    }

    @Override
    public int process(final int queue, final DeviceRing ring)
    {
        int count = 0;
        while (count < BATCH && ring.poll(chain))
        {
            final int written = executor.execute(chain);
            requests++;
            if (null != executor.failure())
            {
                failures.record(executor.failure());
            }
            ring.complete(chain, written);
            count++;
        }
        return count;
    }
}
