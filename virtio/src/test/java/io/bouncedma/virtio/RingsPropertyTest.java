/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A driver role against a device role on rings of random features and sizes, with random chains, given back in random
 * order, with restarts of either side: every chain comes back once, with what was written.
 */
class RingsPropertyTest
{
    private static final int MAX_ELEMENTS = 6;
    private static final int STEPS = 20_000;

    private TestRegion shared;
    private Random random;
    private Features features;
    private DriverRing driver;
    private DeviceRing device;
    private CoherentBuffer memory;
    private int elements;
    private boolean isDeviceAsleep;
    private boolean isDriverAsleep;
    private long nextToken;
    /** By token: bytes that the device may write. */
    private final Map<Long, Integer> expected = new HashMap<>();
    private final List<DescriptorChain> taken = new ArrayList<>();
    private final List<DescriptorChain> spare = new ArrayList<>();

    static LongStream seeds()
    {
        return LongStream.range(1, 65);
    }

    @BeforeEach
    void open()
    {
        shared = TestRegion.ofOffsets(1 << 20);
    }

    @AfterEach
    void close()
    {
        if (null != driver)
        {
            driver.close();
        }
        shared.close();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldGiveEveryChainBackOnce(final long seed)
    {
        random = new Random(seed * 0x9e37_79b9_7f4a_7c15L);
        features = Features.MANDATORY;
        for (final int bit : new int[]{
            FeatureBits.INDIRECT_DESC, FeatureBits.EVENT_IDX, FeatureBits.RING_PACKED, FeatureBits.IN_ORDER})
        {
            features = random.nextBoolean() ? features.with(bit) : features;
        }
        final int wanted = 1 + random.nextInt(random.nextBoolean() ? 8 : 300);
        final int size = RingFormat.of(features).fit(wanted);
        elements = random.nextBoolean() ? MAX_ELEMENTS : 0;
        memory = shared.dma.allocateCoherent(Rings.memoryLength(features, size, elements), 64);
        assertNotNull(memory);
        driver = Rings.driver(features, size, elements, memory);
        device = Rings.device(features, driver.areas());
        for (int step = 0; step < STEPS; step++)
        {
            switch (random.nextInt(12))
            {
                case 0, 1, 2, 3 -> add();
                case 4, 5, 6 -> take();
                case 7, 8 -> complete();
                case 9, 10 -> poll();
                default -> restart();
            }
        }
        drain();
        assertTrue(expected.isEmpty(), () -> features + ", size=" + size + ": " + expected);
        assertEquals(size, driver.freeDescriptors());
        assertEquals(0, driver.inFlight());
        assertEquals(0, device.inFlight());
    }

    private void add()
    {
        int added = 0;
        final int wanted = 1 + random.nextInt(4);
        while (added < wanted)
        {
            final int count = 1 + random.nextInt(Math.min(MAX_ELEMENTS, driver.size()));
            final int readable = random.nextInt(count + 1);
            final long[] addresses = new long[count];
            final int[] lengths = new int[count];
            int bytes = 0;
            for (int i = 0; i < count; i++)
            {
                lengths[i] = 1 + random.nextInt(100);
                addresses[i] = shared.region.busAddress(shared.free) + random.nextInt(1000);
                bytes += i < readable ? 0 : lengths[i];
            }
            final boolean hasRoom = driver.hasRoom(count);
            final int id = driver.add(addresses, lengths, readable, count - readable, nextToken);
            assertEquals(hasRoom, DriverRing.FULL != id);
            if (!hasRoom)
            {
                break;
            }
            assertNull(expected.put(nextToken, bytes));
            nextToken++;
            added++;
        }
        final boolean wasPending = added > 0;
        final boolean kick = driver.publish();
        assertFalse(kick && !wasPending);
        assertTrue(kick || !wasPending || !isDeviceAsleep, "lost kick");
        isDeviceAsleep &= !kick;
    }

    private void take()
    {
        final int wanted = 1 + random.nextInt(4);
        for (int i = 0; i < wanted; i++)
        {
            final DescriptorChain chain =
                spare.isEmpty() ? new DescriptorChain(shared.region) : spare.remove(spare.size() - 1);
            if (!device.poll(chain))
            {
                spare.add(chain);
                if (!isDeviceAsleep && random.nextBoolean())
                {
                    isDeviceAsleep = device.enableKicks();
                    assertTrue(isDeviceAsleep);
                }
                return;
            }
            assertNull(chain.fault());
            taken.add(chain);
            if (isDeviceAsleep)
            {
                device.disableKicks();
                isDeviceAsleep = false;
            }
        }
    }

    private void complete()
    {
        boolean any = false;
        for (int i = random.nextInt(4); i >= 0 && !taken.isEmpty(); i--)
        {
            final DescriptorChain chain = taken.remove(random.nextInt(taken.size()));
            device.complete(chain, random.nextBoolean() ? chain.writable() : random.nextInt(chain.writable() + 1));
            spare.add(chain);
            any = true;
        }
        final boolean interrupt = device.publish();
        assertTrue(any || !interrupt);
        isDriverAsleep &= !interrupt;
    }

    private void poll()
    {
        while (driver.poll())
        {
            final Integer most = expected.remove(driver.token());
            assertNotNull(most, "unknown or doubled token " + driver.token());
            assertTrue(driver.written() <= most);
            assertFalse(isDriverAsleep, "lost interrupt");
        }
        if (random.nextBoolean())
        {
            isDriverAsleep = driver.enableInterrupts();
            assertTrue(isDriverAsleep);
        }
        else
        {
            driver.disableInterrupts();
            isDriverAsleep = false;
        }
    }

    /** Another object goes on, of either side. What the device had taken comes again, in the order in which it was. */
    private void restart()
    {
        if (random.nextBoolean())
        {
            final RingSnapshot snapshot = driver.snapshot();
            assertEquals(driver.inFlight(), snapshot.chains().size());
            driver = Rings.resumeDriver(features, driver.size(), elements, memory, snapshot);
            assertEquals(snapshot, driver.snapshot());
        }
        else if (isAllPublished())
        {
            final RingSnapshot snapshot = device.snapshot();
            device = Rings.resumeDevice(features, driver.areas(), snapshot);
            assertEquals(snapshot, device.snapshot());
            spare.addAll(taken);
            taken.clear();
            for (int i = snapshot.chains().size(); i > 0; i--)
            {
                final DescriptorChain chain = spare.remove(spare.size() - 1);
                assertTrue(device.poll(chain));
                taken.add(chain);
            }
        }
    }

    /** In order, what was given back waits for what was taken before. */
    private boolean isAllPublished()
    {
        return !features.has(FeatureBits.IN_ORDER) || taken.isEmpty();
    }

    private void drain()
    {
        for (int i = 0; i < 10_000 && !expected.isEmpty(); i++)
        {
            take();
            complete();
            poll();
        }
    }
}
