/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDevice;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * What it reads, it writes back, with every byte one higher. Chains can be held back, as a slow disk does.
 */
final class EchoDevice implements VirtioDevice
{
    static final int TYPE = DeviceType.ENTROPY;
    static final int QUEUES = 3;

    final byte[] config = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    /** Chains taken and not completed before the device is let go on. */
    int held;
    Features negotiated;
    private final Queue<DescriptorChain> taken = new ArrayDeque<>();
    private final Queue<DescriptorChain> spare = new ArrayDeque<>();

    @Override
    public int type()
    {
        return TYPE;
    }

    @Override
    public Features features()
    {
        return Features.of(5);
    }

    @Override
    public int queueCount()
    {
        return QUEUES;
    }

    @Override
    public int queueSizeMax(final int queue)
    {
        return 256;
    }

    @Override
    public int configLength()
    {
        return config.length;
    }

    @Override
    public int readConfig(final int offset)
    {
        return config[offset];
    }

    @Override
    public void writeConfig(final int offset, final int value)
    {
        config[offset] = (byte)value;
    }

    @Override
    public void activate(final Features features)
    {
        negotiated = features;
    }

    @Override
    public int process(final int queue, final DeviceRing ring)
    {
        int work = 0;
        DescriptorChain chain = spare.isEmpty() ? new DescriptorChain() : spare.remove();
        while (ring.poll(chain))
        {
            taken.add(chain);
            chain = spare.isEmpty() ? new DescriptorChain() : spare.remove();
            work++;
        }
        spare.add(chain);
        while (taken.size() > held)
        {
            final DescriptorChain next = taken.remove();
            final byte[] bytes = new byte[next.readable()];
            next.read(0, bytes, 0, bytes.length);
            for (int i = 0; i < bytes.length; i++)
            {
                bytes[i]++;
            }
            next.write(0, bytes, 0, bytes.length);
            ring.complete(next, bytes.length);
            spare.add(next);
            work++;
        }
        return work;
    }

    @Override
    public void resetQueue(final int queue)
    {
        spare.addAll(taken);
        taken.clear();
    }

    @Override
    public void reset()
    {
        resetQueue(0);
    }
}
