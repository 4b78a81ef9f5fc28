/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.Rings;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A window with a ring, for requests that are made by hand.
 */
final class BlkWindow implements AutoCloseable
{
    private static final int SIZE = 16;
    private static final int POOL_LENGTH = 256 * 1024;

    final Window region;
    /** Data that lies outside of what the device can reach. */
    static final byte[] OUT_OF_REACH = new byte[BlkProtocol.SECTOR_SIZE];

    private final BouncePool pool;
    private final DmaDevice dma;
    private final DriverRing driver;
    private final DeviceRing device;
    private final List<CoherentBuffer> buffers = new ArrayList<>();

    BlkWindow()
    {
        try (Fd memory = Memfd.create("test-window", Extent.ALIGNMENT + POOL_LENGTH))
        {
            region = MemfdWindow.map("window", memory,
                List.of(new Extent(0, 0x4000_0000L, Extent.ALIGNMENT + POOL_LENGTH)), BusAddressing.offset());
        }
        pool = new BouncePool("pool", region, Extent.ALIGNMENT, POOL_LENGTH);
        dma = new DmaDevice("test", PoolSet.of(pool));
        driver = Rings.driver(Features.MANDATORY, SIZE, 0,
            dma.allocateCoherent(Rings.memoryLength(Features.MANDATORY, SIZE, 0), 64));
        device = Rings.device(Features.MANDATORY, driver.areas());
    }

    /**
     * Let a device handle one request.
     *
     * @param blk      the device.
     * @param readable elements with their bytes; {@link #OUT_OF_REACH} is one that the device can not reach.
     * @param writable lengths of elements; each is filled with 0x77 before; one below zero can not be reached.
     * @return the writable bytes behind each other, up to what the device says it wrote at the end.
     */
    Answer request(final BlkDevice blk, final List<byte[]> readable, final int... writable)
    {
        return request(blk, 0, readable, writable);
    }

    /** As before, in some queue. */
    Answer request(final BlkDevice blk, final int queue, final List<byte[]> readable, final int... writable)
    {
        final int count = readable.size() + writable.length;
        final long[] addresses = new long[count];
        final int[] lengths = new int[count];
        final List<CoherentBuffer> answers = new ArrayList<>();
        for (int i = 0; i < count; i++)
        {
            final boolean isReadable = i < readable.size();
            lengths[i] = isReadable ? readable.get(i).length : writable[i - readable.size()];
            if (lengths[i] < 0 || isReadable && OUT_OF_REACH == readable.get(i))
            {
                addresses[i] = 0x7fff_ffff_0000L;
                lengths[i] = Math.abs(lengths[i]);
                continue;
            }
            final CoherentBuffer buffer = dma.allocateCoherent(lengths[i], 1);
            buffers.add(buffer);
            addresses[i] = buffer.busAddress();
            if (isReadable)
            {
                buffer.view().putBytes(0, readable.get(i));
            }
            else
            {
                buffer.view().setMemory(0, lengths[i], (byte)0x77);
                answers.add(buffer);
            }
        }
        driver.add(addresses, lengths, readable.size(), writable.length, 1);
        driver.publish();
        blk.process(queue, device);
        device.publish();
        if (!driver.poll())
        {
            throw new AssertionError("request was not completed");
        }
        byte[] bytes = new byte[0];
        for (final CoherentBuffer answer : answers)
        {
            final int at = bytes.length;
            bytes = Arrays.copyOf(bytes, at + answer.length());
            answer.view().getBytes(0, bytes, at, answer.length());
        }
        return new Answer(bytes, driver.written());
    }

    /** Give the memory of earlier requests back. */
    void giveBack()
    {
        buffers.forEach(CoherentBuffer::close);
        buffers.clear();
    }

    record Answer(byte[] bytes, int written)
    {
        int status()
        {
            return bytes[bytes.length - 1];
        }

        byte[] data()
        {
            return Arrays.copyOf(bytes, bytes.length - 1);
        }
    }

    @Override
    public void close()
    {
        giveBack();
        driver.close();
        dma.close();
        pool.close();
        region.close();
    }
}
