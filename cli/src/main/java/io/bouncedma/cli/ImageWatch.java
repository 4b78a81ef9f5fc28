/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDevice;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;

import java.util.concurrent.TimeUnit;

/**
 * Looks once a second whether an operator has made the image of a served block device longer or shorter, so that the
 * driver is told. For the device's own thread.
 */
final class ImageWatch implements Agent
{
    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    private final BlkDevice device;
    private final NanoClock clock;
    private long lookedNs;

    ImageWatch(final BlkDevice device, final NanoClock clock)
    {
        this.device = device;
        this.clock = clock;
        lookedNs = clock.nanoTime();
    }

    @Override
    public int doWork()
    {
        final long now = clock.nanoTime();
        if (now - lookedNs < INTERVAL_NS)
        {
            return 0;
        }
        lookedNs = now;
        return device.checkSize() ? 1 : 0;
    }

    @Override
    public String roleName()
    {
        return "image watch";
    }
}
