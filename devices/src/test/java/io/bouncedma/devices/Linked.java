/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.PeerMonitor;
import io.bouncedma.virtio.VirtioDevice;
import io.bouncedma.virtio.Waiting;
import io.bouncedma.virtio.testing.DirectTransport;
import org.agrona.concurrent.IdleStrategy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A device and what a front-end of it needs, in one process and one thread: whoever waits runs the device.
 */
public final class Linked implements AutoCloseable
{
    /** What an element has that the device did not write. */
    public static final byte UNTOUCHED = 0x77;
    private static final int POOL_LENGTH = 4 * 1024 * 1024;

    private final DirectTransport transport;
    private final DmaDevice dma;
    private final Window region;
    private final BouncePool pool;
    private final List<CoherentBuffer> buffers = new ArrayList<>();
    /** Runs before the device in each pause. */
    private Runnable meanwhile = () ->
    {
    };

    /**
     * Link.
     *
     * @param device to be driven.
     */
    public Linked(final VirtioDevice device)
    {
        try (Fd memory = Memfd.create("test-window", Extent.ALIGNMENT + POOL_LENGTH))
        {
            region = MemfdWindow.map("window", memory,
                List.of(new Extent(0, 0x4000_0000L, Extent.ALIGNMENT + POOL_LENGTH)), BusAddressing.offset());
        }
        pool = new BouncePool("pool", region, Extent.ALIGNMENT, POOL_LENGTH);
        dma = new DmaDevice("test", PoolSet.of(pool));
        transport = new DirectTransport(device, region);
    }

    /**
     * What a front-end talks to the device by.
     *
     * @return of this device.
     */
    public DirectTransport transport()
    {
        return transport;
    }

    /**
     * What a front-end maps buffers by.
     *
     * @return of the pool.
     */
    public DmaDevice dma()
    {
        return dma;
    }

    /**
     * The rings that a device must work with.
     *
     * @return every combination of what changes how they look.
     */
    public static List<Features> rings()
    {
        final List<Features> all = new ArrayList<>();
        final int[] bits = {FeatureBits.RING_PACKED, FeatureBits.INDIRECT_DESC, FeatureBits.EVENT_IDX,
            FeatureBits.IN_ORDER};
        for (int set = 0; set < 1 << bits.length; set++)
        {
            Features features = Features.NONE;
            for (int i = 0; i < bits.length; i++)
            {
                features = 0 == (set & 1 << i) ? features : features.with(bits[i]);
            }
            all.add(features);
        }
        return all;
    }

    /**
     * What runs while a front-end waits, before the device.
     *
     * @param task to run.
     */
    public void meanwhile(final Runnable task)
    {
        meanwhile = task;
    }

    /**
     * Let the device work until it has nothing to do.
     *
     * @throws AssertionError if it does not end.
     */
    public void settle()
    {
        for (int i = 0; transport.controller().doWork() > 0; i++)
        {
            if (i > 10_000)
            {
                throw new AssertionError("device finds work without end");
            }
        }
    }

    /**
     * How a front-end waits.
     *
     * @param limitMs at most.
     * @return runs the device.
     */
    public Waiting waiting(final int limitMs)
    {
        return waiting(limitMs, PeerMonitor.ALWAYS_PRESENT);
    }

    /**
     * How a front-end waits that looks for its peer.
     *
     * @param limitMs at most.
     * @param monitor asked at each look.
     * @return runs the device.
     */
    public Waiting waiting(final int limitMs, final PeerMonitor monitor)
    {
        return new Waiting(new IdleStrategy()
        {
            @Override
            public void idle(final int workCount)
            {
                idle();
            }

            @Override
            public void idle()
            {
                meanwhile.run();
                transport.controller().doWork();
            }

            @Override
            public void reset()
            {
            }
        }, monitor, limitMs);
    }

    /**
     * Let another device have all that is free in the pool.
     *
     * @return gives it back.
     */
    public Runnable exhaust()
    {
        final DmaDevice other = new DmaDevice("other", PoolSet.of(pool));
        final List<Long> mappings = new ArrayList<>();
        for (int length = 64 * 1024; length >= 8; length /= 2)
        {
            final byte[] bytes = new byte[length];
            long mapping = other.map(bytes, 0, length, Direction.TO_DEVICE);
            while (mapping > 0)
            {
                mappings.add(mapping);
                mapping = other.map(bytes, 0, length, Direction.TO_DEVICE);
            }
        }
        return () ->
        {
            mappings.forEach(other::unmap);
            other.close();
        };
    }

    /**
     * How much of the pool is in use.
     *
     * @return bytes.
     */
    public long usedBytes()
    {
        return pool.usedBytes();
    }

    /**
     * Put a chain made by hand into a ring.
     *
     * @param ring     to add it to and publish.
     * @param readable elements with their bytes.
     * @param writable lengths of elements.
     * @return the writable elements.
     */
    public List<CoherentBuffer> add(final DriverRing ring, final List<byte[]> readable, final int... writable)
    {
        final int count = readable.size() + writable.length;
        final long[] addresses = new long[count];
        final int[] lengths = new int[count];
        final List<CoherentBuffer> answers = new ArrayList<>();
        for (int i = 0; i < count; i++)
        {
            final boolean isReadable = i < readable.size();
            lengths[i] = isReadable ? readable.get(i).length : writable[i - readable.size()];
            final CoherentBuffer buffer = dma.allocateCoherent(lengths[i], 1);
            buffers.add(buffer);
            addresses[i] = buffer.busAddress();
            if (isReadable)
            {
                buffer.view().putBytes(0, readable.get(i));
            }
            else
            {
                buffer.view().setMemory(0, lengths[i], UNTOUCHED);
                answers.add(buffer);
            }
        }
        ring.add(addresses, lengths, readable.size(), writable.length, buffers.size());
        ring.publish();
        return answers;
    }

    /**
     * The bytes of elements behind each other.
     *
     * @param elements of a chain.
     * @return a copy.
     */
    public static byte[] bytes(final List<CoherentBuffer> elements)
    {
        byte[] all = new byte[0];
        for (final CoherentBuffer element : elements)
        {
            final int at = all.length;
            all = Arrays.copyOf(all, at + element.length());
            element.view().getBytes(0, all, at, element.length());
        }
        return all;
    }

    /**
     * End without what a front-end could not give back, as its device may use it still.
     */
    void abandon()
    {
        pool.abandon();
        region.close();
    }

    @Override
    public void close()
    {
        buffers.forEach(CoherentBuffer::close);
        dma.close();
        pool.close();
        region.close();
    }
}
