/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.dma.DmaStatistics;
import io.bouncedma.os.ErrnoException;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.transport.vhostuser.VhostUserSettings;
import io.bouncedma.transport.vhostuser.VhostUserTransport;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.FeatureNames;
import io.bouncedma.virtio.VirtioException;

import java.io.IOException;

/**
 * A block device over vhost-user for the time of one command, bounced through a pool that is all the back-end sees.
 */
final class BlkSession
{
    /** What {@link VhostUserTransport} takes a queue for, as no message tells. */
    static final int MAX_QUEUE_SIZE = 1024;

    private final BlkSessionSettings settings;
    private final SharedPool memory;
    private final VhostUserTransport transport;
    private final DmaDevice dma;
    private final BlkDriver driver;

    private BlkSession(
        final BlkSessionSettings settings,
        final SharedPool memory,
        final VhostUserTransport transport,
        final DmaDevice dma,
        final BlkDriver driver)
    {
        this.settings = settings;
        this.memory = memory;
        this.transport = transport;
        this.dma = dma;
        this.driver = driver;
    }

    /**
     * Set the device up, do something with it, and give it back.
     *
     * @param settings what to use.
     * @param use      what to do.
     * @return its exit code.
     * @throws IOException      if it fails by a file.
     * @throws FailureException if the device fails, telling what it had in flight.
     */
    static int use(final BlkSessionSettings settings, final BlkOptions.Use use) throws IOException
    {
        try (SharedPool memory = new SharedPool("blk", settings.poolLength());
            VhostUserTransport transport = connect(settings, memory);
            DmaDevice dma = new DmaDevice("blk", PoolSet.of(memory.pool()));
            BlkDriver driver = new BlkDriver(transport, dma, transport.waiting(settings.limitMs()),
                settings.queueSize(), settings.ring(), settings.queues()))
        {
            return new BlkSession(settings, memory, transport, dma, driver).use(use);
        }
    }

    private int use(final BlkOptions.Use use) throws IOException
    {
        try
        {
            return use.use(this);
        }
        catch (final VirtioException e)
        {
            throw new FailureException(e.getMessage() + describeInFlight());
        }
    }

    static VhostUserTransport connect(final BlkSessionSettings settings, final SharedPool memory)
    {
        final VhostUserSettings use =
            VhostUserSettings.of(DeviceType.BLOCK, memory.shared()).withLimitMs(settings.limitMs());
        try
        {
            return settings.isListening() ? VhostUserTransport.listen(settings.socket(), use) :
                VhostUserTransport.connect(settings.socket(), use);
        }
        catch (final IllegalArgumentException e)
        {
            throw new UsageException(e.getMessage());
        }
        catch (final ErrnoException e)
        {
            throw new FailureException("--vhost-user " + settings.socket() + " can not be used: " + e.getMessage());
        }
    }

    private String describeInFlight()
    {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < driver.queueCount(); i++)
        {
            if (driver.queue(i).inFlight() > 0)
            {
                text.append("; in flight").append(driver.queueCount() > 1 ? " in queue " + i : "").append(": ")
                    .append(driver.queue(i).describeInFlight());
            }
        }
        return text.toString();
    }

    BlkDriver driver()
    {
        return driver;
    }

    BlkSessionSettings settings()
    {
        return settings;
    }

    VhostUserTransport transport()
    {
        return transport;
    }

    DmaStatistics bounced()
    {
        return dma.statistics();
    }

    /**
     * Check that sectors are there.
     *
     * @param sector the first one.
     * @param count  how many.
     * @throws UsageException if the disk ends before.
     */
    void requireSectors(final long sector, final long count)
    {
        final long capacity = driver.capacity();
        if (sector > capacity - count)
        {
            throw new UsageException("--sector " + sector + " and " + count +
                " sectors from there end behind the disk, which has " + capacity + " sectors");
        }
    }

    /**
     * Check that the disk can be written.
     *
     * @throws FailureException if it can not.
     */
    void requireWritable()
    {
        if (driver.isReadOnly())
        {
            throw new FailureException("the disk is read-only");
        }
    }

    /**
     * Check that the device can do something.
     *
     * @param bit the feature that says so.
     * @throws FailureException if it does not offer it.
     */
    void requireFeature(final int bit)
    {
        if (!driver.features().has(bit))
        {
            throw new FailureException("the device does not offer " + FeatureNames.of(DeviceType.BLOCK, bit) +
                "; it has " + String.join(" ", FeatureNames.of(DeviceType.BLOCK, transport.deviceFeatures())));
        }
    }

    /** Tell what was bounced, and through which ring. */
    void report(final Figures to)
    {
        final DmaStatistics bounced = dma.statistics();
        to.put("ring", RingCounters.describe(driver.queue(0).ringStatistics()));
        to.put("queues", driver.queueCount());
        to.put("bounces", bounced.maps());
        to.bytes("bounced_to_device", bounced.bytesToDevice());
        to.bytes("bounced_from_device", bounced.bytesFromDevice());
        to.put("pool_high_water_bytes", memory.pool().highWaterBytes(), ByteSize.describe(
            memory.pool().highWaterBytes()) + " of " + ByteSize.describe(settings.poolLength()));
        to.put("pool_bytes", settings.poolLength(), null);
    }
}
