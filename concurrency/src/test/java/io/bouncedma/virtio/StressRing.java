/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.OrderedMemory;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A small ring with both its ends, each for one thread. All states of a test share one region and take turns in it: by
 * the time that a place is taken again, the state that had it is gone.
 */
final class StressRing
{
    /** Nothing was there. */
    static final int NOTHING = 0;
    /** All that was published was there. */
    static final int ALL = 1;

    private static final int SIZE = 4;
    private static final int PLACE = 512;
    private static final int PLACES = 1 << 13;
    private static final int BUFFERS = 256;
    private static final int CHAINS = 2;
    private static final int LENGTH = Long.BYTES;
    private static final long STAMP = 0x0123_4567_89ab_cdefL;
    private static final Window REGION = open();
    private static final AtomicInteger NEXT = new AtomicInteger();
    private static final StressRing[] RINGS = new StressRing[PLACES];

    final DriverRing driver;
    final DeviceRing device;
    private final DescriptorChain[] chains = {new DescriptorChain(), new DescriptorChain()};
    private final byte[] bytes = new byte[LENGTH];
    private final OrderedMemory buffers;
    private final long bus;

    StressRing(final RingFormat format, final boolean hasEventIndex)
    {
        this(format, hasEventIndex, place());
    }

    private StressRing(final RingFormat format, final boolean hasEventIndex, final int place)
    {
        final long offset = (long)place * PLACE;
        REGION.memory(offset, PLACE).fill((byte)0);
        Features features = Features.MANDATORY;
        features = RingFormat.PACKED == format ? features.with(FeatureBits.RING_PACKED) : features;
        features = hasEventIndex ? features.with(FeatureBits.EVENT_IDX) : features;
        bus = REGION.busAddress(offset);
        buffers = new OrderedMemory(REGION.memory(offset + BUFFERS, PLACE - BUFFERS));
        driver = Rings.driver(features, areas(format));
        device = Rings.device(features, areas(format));
    }

    /**
     * A ring of which nobody wants to be notified, with the event indexes behind. It may have been another state's,
     * which is much faster than a new one: a test has one format.
     */
    static StressRing quiet(final RingFormat format, final boolean hasEventIndex)
    {
        final int place = place();
        if (null == RINGS[place])
        {
            RINGS[place] = new StressRing(format, hasEventIndex, place);
        }
        final StressRing ring = RINGS[place];
        ring.device.disableKicks();
        ring.driver.disableInterrupts();
        ring.finish();
        for (int i = 0; i < 2; i++)
        {
            ring.add(0);
            ring.driver.publish();
            ring.finish();
        }
        return ring;
    }

    /** Add one chain, not yet to be seen. */
    StressRing added()
    {
        add(0);
        return this;
    }

    /** Give one chain back, not yet to be seen. */
    StressRing completed()
    {
        add(0);
        driver.publish();
        device.poll(chains[0]);
        device.complete(chains[0], 1);
        return this;
    }

    /** Let the device take all chains. */
    StressRing taken()
    {
        publishChains();
        device.poll(chains[0]);
        device.poll(chains[1]);
        return this;
    }

    /** The driver: fill buffers, add chains, publish once. */
    void publishChains()
    {
        for (int i = 0; i < CHAINS; i++)
        {
            buffers.store64(readable(i), STAMP + i);
            add(i);
        }
        driver.publish();
    }

    /** The device: take what is there, and look at it. */
    int lookAtChains()
    {
        int seen = 0;
        for (int i = 0; i < CHAINS && device.poll(chains[i]); i++)
        {
            final DescriptorChain chain = chains[i];
            if (null != chain.fault() || LENGTH != chain.readable() || LENGTH != chain.writable())
            {
                return -1;
            }
            chain.read(0, bytes, 0, LENGTH);
            if (STAMP + i != decode())
            {
                return -2;
            }
            seen++;
        }
        return CHAINS == seen ? ALL : 0 == seen ? NOTHING : -3;
    }

    /** The device: fill buffers, give all chains back, publish once. */
    void publishUsed()
    {
        for (int i = 0; i < CHAINS; i++)
        {
            encode(STAMP - i);
            chains[i].write(0, bytes, 0, LENGTH);
            device.complete(chains[i], LENGTH - i);
        }
        device.publish();
    }

    /** The driver: take what is there, and look at it. */
    int lookAtUsed()
    {
        int seen = 0;
        for (int i = 0; i < CHAINS && driver.poll(); i++)
        {
            if (i != driver.token() || LENGTH - i != driver.written())
            {
                return -1;
            }
            if (STAMP - i != buffers.load64(writable(i)))
            {
                return -2;
            }
            seen++;
        }
        return CHAINS == seen ? ALL : 0 == seen ? NOTHING : -3;
    }

    /** Whatever is in the ring goes its way. */
    private void finish()
    {
        while (device.poll(chains[0]))
        {
            device.complete(chains[0], 1);
        }
        device.publish();
        while (driver.poll())
        {
            continue;
        }
    }

    private void add(final int chain)
    {
        driver.add(new long[]{bus + BUFFERS + readable(chain), bus + BUFFERS + writable(chain)},
            new int[]{LENGTH, LENGTH}, 1, 1, chain);
    }

    private static int readable(final int chain)
    {
        return chain * LENGTH;
    }

    private static int writable(final int chain)
    {
        return (CHAINS + chain) * LENGTH;
    }

    private void encode(final long value)
    {
        for (int i = 0; i < LENGTH; i++)
        {
            bytes[i] = (byte)(value >>> Byte.SIZE * i);
        }
    }

    private long decode()
    {
        long value = 0;
        for (int i = 0; i < LENGTH; i++)
        {
            value |= (bytes[i] & 0xffL) << Byte.SIZE * i;
        }
        return value;
    }

    private RingAreas areas(final RingFormat format)
    {
        return RingAreas.at(format, SIZE, REGION, bus,
            bus + format.driverOffset(SIZE), bus + format.deviceOffset(SIZE));
    }

    private static int place()
    {
        return NEXT.getAndIncrement() & PLACES - 1;
    }

    private static Window open()
    {
        final long length = (long)PLACE * PLACES;
        try (Fd memory = Memfd.create("stress-rings", length))
        {
            return MemfdWindow.map("rings", memory, List.of(new Extent(0, 0x9000_0000L, length)),
                BusAddressing.identity());
        }
    }
}
