/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.Rings;

import java.util.ArrayList;
import java.util.List;

/**
 * A queue of a device whose chains a test makes by hand.
 */
final class HandQueue implements AutoCloseable
{
    private static final int SIZE = 16;

    final DriverRing driver;
    final DeviceRing device;
    private final NetMemory memory;
    private final List<CoherentBuffer> buffers = new ArrayList<>();
    /** By token: the writable elements. */
    private final List<List<CoherentBuffer>> writable = new ArrayList<>();

    HandQueue(final NetMemory memory, final boolean isPacked)
    {
        this(memory, isPacked ? Features.MANDATORY.with(FeatureBits.RING_PACKED) : Features.MANDATORY);
    }

    HandQueue(final NetMemory memory, final Features features)
    {
        this.memory = memory;
        driver = Rings.driver(features, SIZE, 0,
            memory.dma.allocateCoherent(Rings.memoryLength(features, SIZE, 0), 64));
        device = Rings.device(features, driver.areas());
    }

    /** Make a chain available: elements with their bytes, then elements of some length that are to be written. */
    void add(final List<byte[]> readable, final int... lengths)
    {
        final int count = readable.size() + lengths.length;
        final long[] addresses = new long[count];
        final int[] all = new int[count];
        final List<CoherentBuffer> answers = new ArrayList<>();
        for (int i = 0; i < count; i++)
        {
            all[i] = i < readable.size() ? readable.get(i).length : lengths[i - readable.size()];
            final CoherentBuffer buffer = memory.dma.allocateCoherent(all[i], 1);
            buffers.add(buffer);
            addresses[i] = buffer.busAddress();
            if (i < readable.size())
            {
                buffer.view().putBytes(0, readable.get(i));
            }
            else
            {
                buffer.view().setMemory(0, all[i], (byte)0x77);
                answers.add(buffer);
            }
        }
        writable.add(answers);
        driver.add(addresses, all, readable.size(), lengths.length, writable.size() - 1);
        driver.publish();
    }

    /** As {@link #add}, with an element to be read at the end of those that lies outside of the memory. */
    void addOutside(final List<byte[]> readable, final int length)
    {
        final long[] addresses = new long[readable.size() + 2];
        final int[] all = new int[addresses.length];
        for (int i = 0; i <= readable.size(); i++)
        {
            all[i] = i < readable.size() ? readable.get(i).length : 1;
            addresses[i] = 0x7fff_ffff_0000L;
            if (i < readable.size())
            {
                final CoherentBuffer buffer = memory.dma.allocateCoherent(all[i], 1);
                buffers.add(buffer);
                buffer.view().putBytes(0, readable.get(i));
                addresses[i] = buffer.busAddress();
            }
        }
        final CoherentBuffer answer = memory.dma.allocateCoherent(length, 1);
        buffers.add(answer);
        answer.view().setMemory(0, length, (byte)0x77);
        addresses[readable.size() + 1] = answer.busAddress();
        all[readable.size() + 1] = length;
        writable.add(List.of(answer));
        driver.add(addresses, all, readable.size() + 1, 1, writable.size() - 1);
        driver.publish();
    }

    /** Make a chain available that lies outside of the memory. */
    void addOutside(final boolean isWritable)
    {
        writable.add(List.of());
        driver.add(new long[]{0x7fff_ffff_0000L}, new int[]{2000}, isWritable ? 0 : 1, isWritable ? 1 : 0,
            writable.size() - 1);
        driver.publish();
    }

    /** The next used chain's bytes, as many as the device says it wrote; null if there is none. */
    byte[] take()
    {
        device.publish();
        if (!driver.poll())
        {
            return null;
        }
        final byte[] bytes = new byte[driver.written()];
        int at = 0;
        for (final CoherentBuffer buffer : writable.get((int)driver.token()))
        {
            final int part = Math.min(buffer.length(), bytes.length - at);
            buffer.view().getBytes(0, bytes, at, part);
            at += part;
        }
        return bytes;
    }

    @Override
    public void close()
    {
        buffers.forEach(CoherentBuffer::close);
        driver.close();
    }
}
