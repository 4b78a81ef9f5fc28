/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import java.util.ArrayList;
import java.util.List;

/**
 * A device that says what the test wants, and writes down what the driver does.
 */
final class RecordingTransport implements VirtioTransport
{
    final List<String> calls = new ArrayList<>();
    int type = TestDevice.TYPE;
    Features offered = Features.of(3, 5, 32, 33, 70);
    int sizeMax = 8;
    /** Bits that are cleared whenever the driver reads the status. */
    int withheld;
    /** Bits that the device sets by itself. */
    int added;
    RuntimeException answerToReset;
    private final DriverClaim claim = new DriverClaim();
    private int status;

    @Override
    public DriverClaim claim()
    {
        return claim;
    }

    @Override
    public int probe()
    {
        calls.add("probe");
        return type;
    }

    @Override
    public void reset()
    {
        calls.add("reset");
        status = DeviceStatus.RESET;
        if (null != answerToReset)
        {
            throw answerToReset;
        }
    }

    @Override
    public Features deviceFeatures()
    {
        calls.add("read features");
        return offered;
    }

    @Override
    public void driverFeatures(final Features features)
    {
        calls.add("write features " + features);
    }

    @Override
    public int status()
    {
        calls.add("read status");
        return (status | added) & ~withheld;
    }

    @Override
    public void status(final int value)
    {
        calls.add("write status " + DeviceStatus.describe(value));
        status = value;
    }

    @Override
    public int queueSizeMax(final int queue)
    {
        calls.add("size of queue " + queue);
        return sizeMax;
    }

    @Override
    public void enableQueue(
        final int queue, final int size, final long descArea, final long driverArea, final long deviceArea)
    {
        calls.add("enable queue " + queue + " size " + size + " driver area +" + (driverArea - descArea) +
            " device area +" + (deviceArea - descArea));
    }

    @Override
    public void resetQueue(final int queue)
    {
        calls.add("reset queue " + queue);
    }

    @Override
    public void kick(final int queue, final int next)
    {
        calls.add("kick " + queue + (0 == next ? "" : " next " + next));
    }

    @Override
    public int takeInterrupts()
    {
        return 0;
    }

    @Override
    public long readConfig(final int offset, final int width)
    {
        calls.add("read config " + offset + " width " + width);
        return 0xc0ffee;
    }

    @Override
    public void writeConfig(final int offset, final int width, final long value)
    {
        calls.add("write config " + offset);
    }
}
