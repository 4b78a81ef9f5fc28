/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.dma.DmaDevice;
import io.bouncedma.os.Fd;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.RingAreas;
import io.bouncedma.virtio.RingFormat;
import io.bouncedma.virtio.Rings;

import java.util.Map;

/**
 * A ring in shared memory with both of its roles, each with areas of its own, and a request to send through it: a
 * header, data, and a status that the device writes, as those of a block device.
 */
final class BenchRing implements AutoCloseable
{
    static final int SIZE = 256;
    static final int ELEMENTS = 3;
    static final int READABLE = 2;
    static final int HEADER = 16;

    private static final int ALIGNMENT = 64;
    private static final Map<String, Integer> BITS = Map.of(
        "packed", FeatureBits.RING_PACKED,
        "indirect", FeatureBits.INDIRECT_DESC,
        "event-idx", FeatureBits.EVENT_IDX,
        "in-order", FeatureBits.IN_ORDER);

    final DriverRing driver;
    final DeviceRing device;
    final DescriptorChain chain;
    final long[] addresses = new long[ELEMENTS];
    final int[] lengths = {HEADER, 4096, 1};
    private final Turns turns = new Turns();
    private final BenchWindow window = new BenchWindow();
    private final DmaDevice dma = new DmaDevice("bench", PoolSet.of(window.pool));

    /**
     * Make a ring.
     *
     * @param names of features, with commas between; what is no feature says that there is none.
     */
    BenchRing(final String names)
    {
        final Features features = features(names);
        driver = Rings.driver(features, SIZE, ELEMENTS,
            dma.allocateCoherent(Rings.memoryLength(features, SIZE, ELEMENTS), ALIGNMENT));
        // As another process would: by the addresses that it is told.
        device = Rings.device(features, RingAreas.at(RingFormat.of(features), SIZE, window.shared,
            driver.areas().descAddress(), driver.areas().driverAddress(), driver.areas().deviceAddress()));
        chain = new DescriptorChain();
        // The buffers themselves: memory outside the pool, as if it were mapped.
        for (int i = 0; i < ELEMENTS; i++)
        {
            addresses[i] = window.shared.busAddress((long)(i + 1) * lengths[1]);
        }
        driver.disableInterrupts();
        device.disableKicks();
    }

    static Features features(final String names)
    {
        Features features = Features.MANDATORY;
        for (final String name : names.split(","))
        {
            features = BITS.containsKey(name) ? features.with(BITS.get(name)) : features;
        }
        return features;
    }

    Fd memory()
    {
        return window.memory;
    }

    /**
     * Add a chain and publish it.
     *
     * @param elements one, which the device reads, or all three.
     * @return false if there is no room.
     */
    boolean add(final int elements)
    {
        final int readable = Math.min(elements, READABLE);
        if (driver.add(addresses, lengths, readable, elements - readable, 1) < 0)
        {
            return false;
        }
        driver.publish();
        return true;
    }

    /** Poll until a chain comes back. */
    void await()
    {
        while (!driver.poll())
        {
            turns.pause();
        }
    }

    /**
     * Add one more chain to a ring that is kept full, and publish it alone.
     *
     * @param elements one or three.
     * @return what the device says it wrote into the chain that made room.
     */
    int stream(final int elements)
    {
        while (!add(elements))
        {
            await();
        }
        return driver.written();
    }

    /**
     * Take what is available and give it back.
     *
     * @return whether there was anything.
     */
    static boolean serve(final DeviceRing device, final DescriptorChain chain)
    {
        boolean isAny = false;
        while (device.poll(chain))
        {
            device.complete(chain, Math.min(1, chain.writable()));
            isAny = true;
        }
        device.publish();
        return isAny;
    }

    @Override
    public void close()
    {
        driver.close();
        dma.close();
        window.close();
    }
}
