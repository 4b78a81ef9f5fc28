/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDevice;

/**
 * Two queues, of up to eight and four entries; what it reads, it writes back. 14 bytes of configuration, of which the
 * driver may write the last six.
 */
final class TestDevice implements VirtioDevice
{
    static final int TYPE = DeviceType.ENTROPY;
    static final int CONFIG_LENGTH = 14;
    static final int FIRST_WRITABLE = 8;

    final byte[] config =
        {0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, (byte)0xfd};
    Features activated;
    /** Called whenever a byte of the configuration is read. */
    Runnable onReadConfig = () ->
    {
    };
    private final DescriptorChain chain = new DescriptorChain();

    @Override
    public int type()
    {
        return TYPE;
    }

    @Override
    public Features features()
    {
        return Features.of(3, 31, 70, 127);
    }

    @Override
    public int queueCount()
    {
        return 2;
    }

    @Override
    public int queueSizeMax(final int queue)
    {
        return 0 == queue ? 8 : 4;
    }

    @Override
    public int configLength()
    {
        return CONFIG_LENGTH;
    }

    @Override
    public int readConfig(final int offset)
    {
        onReadConfig.run();
        return config[offset] & 0xff;
    }

    @Override
    public void writeConfig(final int offset, final int value)
    {
        if (offset >= FIRST_WRITABLE)
        {
            config[offset] = (byte)value;
        }
    }

    @Override
    public void activate(final Features negotiated)
    {
        activated = negotiated;
    }

    @Override
    public int process(final int queue, final DeviceRing ring)
    {
        int work = 0;
        while (ring.poll(chain))
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
    public void reset()
    {
        activated = null;
    }
}
