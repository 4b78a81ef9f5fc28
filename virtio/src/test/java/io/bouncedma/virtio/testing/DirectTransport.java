/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio.testing;

import io.bouncedma.memory.Window;
import io.bouncedma.virtio.DeviceController;
import io.bouncedma.virtio.DeviceQueue;
import io.bouncedma.virtio.DeviceStatus;
import io.bouncedma.virtio.Doorbell;
import io.bouncedma.virtio.DriverClaim;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDevice;
import io.bouncedma.virtio.VirtioTransport;

/**
 * A device in the same process, without anything in between. It works when the test has it work.
 */
public class DirectTransport implements VirtioTransport
{
    private final DeviceController controller;
    private final DriverClaim claim = new DriverClaim();
    private int interrupts;

    /**
     * Connect to a device.
     *
     * @param device to be driven.
     * @param region that rings and buffers lie in.
     */
    public DirectTransport(final VirtioDevice device, final Window region)
    {
        controller = new DeviceController(
            device, region, doorbell(INTERRUPT_USED_BUFFER), doorbell(INTERRUPT_CONFIG_CHANGE));
    }

    /**
     * The device's side.
     *
     * @return what the registers are in front of.
     */
    public DeviceController controller()
    {
        return controller;
    }

    @Override
    public DriverClaim claim()
    {
        return claim;
    }

    @Override
    public int probe()
    {
        return controller.device().type();
    }

    @Override
    public void reset()
    {
        controller.writeStatus(DeviceStatus.RESET);
    }

    @Override
    public Features deviceFeatures()
    {
        return controller.offeredFeatures();
    }

    @Override
    public void driverFeatures(final Features features)
    {
        for (int word = 0; word < Features.WORDS; word++)
        {
            controller.acceptFeatures(word, features.word(word));
        }
    }

    @Override
    public int status()
    {
        return controller.status();
    }

    @Override
    public void status(final int status)
    {
        controller.writeStatus(status);
    }

    @Override
    public int queueSizeMax(final int queue)
    {
        return controller.queue(queue).sizeMax();
    }

    @Override
    public void enableQueue(
        final int queue, final int size, final long descArea, final long driverArea, final long deviceArea)
    {
        final DeviceQueue ofDevice = controller.queue(queue);
        ofDevice.size(size);
        ofDevice.descArea(false, (int)descArea);
        ofDevice.descArea(true, (int)(descArea >>> Integer.SIZE));
        ofDevice.driverArea(false, (int)driverArea);
        ofDevice.driverArea(true, (int)(driverArea >>> Integer.SIZE));
        ofDevice.deviceArea(false, (int)deviceArea);
        ofDevice.deviceArea(true, (int)(deviceArea >>> Integer.SIZE));
        controller.enableQueue(ofDevice, true);
    }

    @Override
    public void resetQueue(final int queue)
    {
        controller.resetQueue(queue);
    }

    @Override
    public void kick(final int queue, final int next)
    {
        // The test calls the device when it likes.
    }

    @Override
    public int takeInterrupts()
    {
        final int taken = interrupts;
        interrupts = 0;
        return taken;
    }

    @Override
    public long readConfig(final int offset, final int width)
    {
        long value = 0;
        for (int i = 0; i < width; i++)
        {
            value |= (long)controller.readConfig(offset + i) << Byte.SIZE * i;
        }
        return value;
    }

    @Override
    public void writeConfig(final int offset, final int width, final long value)
    {
        for (int i = 0; i < width; i++)
        {
            controller.writeConfig(offset + i, (int)(value >>> Byte.SIZE * i) & 0xff);
        }
    }

    private Doorbell doorbell(final int interrupt)
    {
        return new Doorbell()
        {
            @Override
            public void ring()
            {
                interrupts |= interrupt;
            }

            @Override
            public long clear()
            {
                throw new UnsupportedOperationException("nobody waits");
            }
        };
    }
}
