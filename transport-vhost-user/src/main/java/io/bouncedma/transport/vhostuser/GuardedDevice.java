/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Fd;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.Failures;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.RingException;
import io.bouncedma.virtio.VirtioDevice;

import java.util.function.Consumer;

/**
 * A device whose code ends neither the service nor its clean-up, whatever it throws: at work it is the ring that stops,
 * and elsewhere the device needs a reset.
 */
final class GuardedDevice implements VirtioDevice
{
    private final VirtioDevice device;
    private final Consumer<String> onFailure;

    /**
     * Guard a device.
     *
     * @param device    to call.
     * @param onFailure told when it threw something outside of its work.
     */
    GuardedDevice(final VirtioDevice device, final Consumer<String> onFailure)
    {
        this.device = device;
        this.onFailure = onFailure;
    }

    @Override
    public int type()
    {
        return device.type();
    }

    @Override
    public Features features()
    {
        return device.features();
    }

    @Override
    public int queueCount()
    {
        return device.queueCount();
    }

    @Override
    public int queueSizeMax(final int queue)
    {
        return device.queueSizeMax(queue);
    }

    @Override
    public int configLength()
    {
        return device.configLength();
    }

    @Override
    public int readConfig(final int offset)
    {
        try
        {
            return device.readConfig(offset);
        }
        catch (final RuntimeException e)
        {
            onFailure.accept(describe("readConfig", e));
            return 0;
        }
    }

    @Override
    public void writeConfig(final int offset, final int value)
    {
        guard("writeConfig", () -> device.writeConfig(offset, value));
    }

    @Override
    public void activate(final Features negotiated)
    {
        try
        {
            device.activate(negotiated);
        }
        catch (final RuntimeException e)
        {
            throw new RingException(describe("activate", e));
        }
    }

    @Override
    public int process(final int queue, final DeviceRing ring)
    {
        try
        {
            return device.process(queue, ring);
        }
        catch (final RingException e)
        {
            throw e;
        }
        catch (final RuntimeException e)
        {
            throw new RingException(describe("process", e));
        }
    }

    @Override
    public int discard(final int queue, final DeviceRing ring)
    {
        try
        {
            return device.discard(queue, ring);
        }
        catch (final RingException e)
        {
            throw e;
        }
        catch (final RuntimeException e)
        {
            throw new RingException(describe("discard", e));
        }
    }

    @Override
    public boolean awaitsKick(final int queue)
    {
        try
        {
            return device.awaitsKick(queue);
        }
        catch (final RuntimeException e)
        {
            throw new RingException(describe("awaitsKick", e));
        }
    }

    @Override
    public Fd wakeup()
    {
        try
        {
            return device.wakeup();
        }
        catch (final RuntimeException e)
        {
            onFailure.accept(describe("wakeup", e));
            return null;
        }
    }

    @Override
    public int configVersion()
    {
        try
        {
            return device.configVersion();
        }
        catch (final RuntimeException e)
        {
            onFailure.accept(describe("configVersion", e));
            return 0;
        }
    }

    @Override
    public Failures failures()
    {
        return device.failures();
    }

    @Override
    public void resetQueue(final int queue)
    {
        guard("resetQueue", () -> device.resetQueue(queue));
    }

    @Override
    public void reset()
    {
        guard("reset", device::reset);
    }

    private void guard(final String what, final Runnable call)
    {
        try
        {
            call.run();
        }
        catch (final RuntimeException e)
        {
            onFailure.accept(describe(what, e));
        }
    }

    private static String describe(final String what, final RuntimeException e)
    {
        final StackTraceElement[] trace = e.getStackTrace();
        return "device failed in " + what + ": " + e + (0 == trace.length ? "" : " at " + trace[0]);
    }
}
