/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.memory.Window;
import io.bouncedma.virtio.DeviceStatus;
import io.bouncedma.virtio.DriverClaim;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDevice;
import io.bouncedma.virtio.VirtioTransport;
import io.bouncedma.virtio.testing.DirectTransport;

/**
 * A transport whose device can die at any moment, and be replaced by another one. The driver's threads and the one that
 * has the device work take turns.
 */
final class ReplaceableTransport implements VirtioTransport
{
    private final Window region;
    private final DriverClaim claim = new DriverClaim();
    private DirectTransport current;
    private VirtioDevice successor;
    private VirtioDevice successorWhenAsked;
    private Features accepted = Features.NONE;
    private int epoch;
    private int kicks;

    /** What a device throws that dies in the middle of its work. */
    static final class Death extends RuntimeException
    {
        private static final long serialVersionUID = 1L;
    }

    ReplaceableTransport(final VirtioDevice first, final Window region)
    {
        this.region = region;
        current = new DirectTransport(first, region);
    }

    /** Let the device die, if it did not, and another one be there when the driver looks next. */
    synchronized void replace(final VirtioDevice device)
    {
        successor = device;
    }

    /** Let another device be there when the driver asks for some of the configuration. */
    synchronized void replaceWhenAsked(final VirtioDevice device)
    {
        successorWhenAsked = device;
    }

    /** Let the device work, unless it is dead. */
    synchronized int work()
    {
        try
        {
            return null == successor ? current.controller().doWork() : 0;
        }
        catch (final Death e)
        {
            if (null == successor)
            {
                throw new AssertionError("a device that dies has a successor");
            }
            return 0;
        }
    }

    synchronized int kicks()
    {
        return kicks;
    }

    @Override
    public DriverClaim claim()
    {
        return claim;
    }

    @Override
    public synchronized int takeInterrupts()
    {
        takeOver();
        return current.takeInterrupts();
    }

    private void takeOver()
    {
        if (null != successor)
        {
            current = new DirectTransport(successor, region);
            successor = null;
            final int driver = DeviceStatus.ACKNOWLEDGE | DeviceStatus.DRIVER;
            current.status(driver);
            current.driverFeatures(accepted);
            current.status(driver | DeviceStatus.FEATURES_OK);
            current.status(driver | DeviceStatus.FEATURES_OK | DeviceStatus.DRIVER_OK);
            epoch++;
        }
    }

    @Override
    public synchronized int deviceEpoch()
    {
        return epoch;
    }

    @Override
    public synchronized int probe()
    {
        return current.probe();
    }

    @Override
    public synchronized void reset()
    {
        current.reset();
    }

    @Override
    public synchronized Features deviceFeatures()
    {
        return current.deviceFeatures();
    }

    @Override
    public synchronized void driverFeatures(final Features features)
    {
        accepted = features;
        current.driverFeatures(features);
    }

    @Override
    public synchronized int status()
    {
        return current.status();
    }

    @Override
    public synchronized void status(final int status)
    {
        current.status(status);
    }

    @Override
    public synchronized int queueSizeMax(final int queue)
    {
        return current.queueSizeMax(queue);
    }

    @Override
    public synchronized void enableQueue(
        final int queue, final int size, final long descArea, final long driverArea, final long deviceArea)
    {
        if (current.controller().queue(queue).isReady())
        {
            throw new AssertionError("queue is enabled already: queue=" + queue);
        }
        current.enableQueue(queue, size, descArea, driverArea, deviceArea);
    }

    @Override
    public synchronized void resetQueue(final int queue)
    {
        current.resetQueue(queue);
    }

    @Override
    public synchronized void kick(final int queue, final int next)
    {
        kicks++;
    }

    @Override
    public synchronized long readConfig(final int offset, final int width)
    {
        if (null != successorWhenAsked)
        {
            successor = successorWhenAsked;
            successorWhenAsked = null;
            takeOver();
        }
        return current.readConfig(offset, width);
    }

    @Override
    public synchronized void writeConfig(final int offset, final int width, final long value)
    {
        current.writeConfig(offset, width, value);
    }
}
