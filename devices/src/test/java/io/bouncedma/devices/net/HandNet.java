/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDevice;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A network device that does what a test says, whatever the specification says.
 */
final class HandNet implements VirtioDevice
{
    /** What goes into the next receive buffers, one each. */
    final Deque<byte[]> toWrite = new ArrayDeque<>();
    /** What came by the transmit queue and as commands, each with all of its bytes. */
    final List<byte[]> came = new ArrayList<>();
    final UnsafeBuffer config = new UnsafeBuffer(new byte[NetProtocol.CONFIG_LENGTH]);
    Features features = NetDriverSettings.USUAL.minus(Features.RING).or(NetProtocol.GUEST_OFFLOADS)
        .or(NetProtocol.HOST_OFFLOADS);
    /** The answer to commands, or none if less than zero; or nothing is taken at all. */
    int ack;
    boolean takesCommands = true;
    boolean takesFrames = true;
    private final DescriptorChain chain = new DescriptorChain();

    HandNet()
    {
        config.putShort(NetProtocol.CONFIG_MAX_PAIRS, (short)1, ByteOrder.LITTLE_ENDIAN);
        config.putShort(NetProtocol.CONFIG_MTU, (short)1500, ByteOrder.LITTLE_ENDIAN);
        config.putShort(NetProtocol.CONFIG_STATUS, (short)1, ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public int type()
    {
        return DeviceType.NET;
    }

    @Override
    public Features features()
    {
        return features;
    }

    @Override
    public int queueCount()
    {
        return 3;
    }

    @Override
    public int queueSizeMax(final int queue)
    {
        return 64;
    }

    @Override
    public int configLength()
    {
        return NetProtocol.CONFIG_LENGTH;
    }

    @Override
    public int readConfig(final int offset)
    {
        return config.getByte(offset) & 0xff;
    }

    @Override
    public int process(final int queue, final DeviceRing ring)
    {
        return switch (queue)
        {
            case 0 -> write(ring);
            case 1 -> takesFrames ? read(ring, -1) : 0;
            default -> takesCommands ? read(ring, ack) : 0;
        };
    }

    private int write(final DeviceRing ring)
    {
        int count = 0;
        while (!toWrite.isEmpty() && ring.poll(chain))
        {
            final byte[] bytes = toWrite.poll();
            chain.write(0, bytes, 0, bytes.length);
            ring.complete(chain, bytes.length);
            count++;
        }
        return count;
    }

    private int read(final DeviceRing ring, final int answer)
    {
        int count = 0;
        while (ring.poll(chain))
        {
            final byte[] bytes = new byte[chain.readable()];
            chain.read(0, bytes, 0, bytes.length);
            came.add(bytes);
            if (answer >= 0)
            {
                chain.write(0, new byte[]{(byte)answer}, 0, 1);
            }
            ring.complete(chain, answer >= 0 ? 1 : 0);
            count++;
        }
        return count;
    }
}
