/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.os.Fd;

import java.util.ArrayList;
import java.util.List;

/**
 * Two queues of up to eight entries; what it reads, it writes back.
 */
final class TestDevice implements VirtioDevice
{
    static final int TYPE = DeviceType.ENTROPY;
    static final int SIZE_MAX = 8;

    /** What the controller told it. */
    final List<String> events = new ArrayList<>();
    /** How many chains it handles in one go. */
    int batch = Integer.MAX_VALUE;
    boolean awaitsKick = true;
    int configVersion;
    Fd wakeup;
    private final DescriptorChain chain = new DescriptorChain();

    @Override
    public int type()
    {
        return TYPE;
    }

    @Override
    public Features features()
    {
        return Features.of(3, 70);
    }

    @Override
    public int queueCount()
    {
        return 2;
    }

    @Override
    public int queueSizeMax(final int queue)
    {
        return SIZE_MAX;
    }

    @Override
    public int configLength()
    {
        return 4;
    }

    @Override
    public int readConfig(final int offset)
    {
        return offset;
    }

    @Override
    public void activate(final Features negotiated)
    {
        events.add("activate " + negotiated);
    }

    @Override
    public int process(final int queue, final DeviceRing ring)
    {
        int work = 0;
        while (work < batch && ring.poll(chain))
        {
            final int length = Math.min(chain.readable(), chain.writable());
            final byte[] bytes = new byte[length];
            chain.read(0, bytes, 0, length);
            chain.write(0, bytes, 0, length);
            ring.complete(chain, length);
            work++;
        }
        return work;
    }

    @Override
    public boolean awaitsKick(final int queue)
    {
        return awaitsKick;
    }

    @Override
    public Fd wakeup()
    {
        return wakeup;
    }

    @Override
    public int configVersion()
    {
        return configVersion;
    }

    @Override
    public void reset()
    {
        events.add("reset");
    }
}
