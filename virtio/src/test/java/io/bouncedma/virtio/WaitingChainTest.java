/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A ring whose addresses are not all known yet: its next chain waits, and nothing is lost, doubled or overtaken.
 */
class WaitingChainTest
{
    private static final int SIZE = 8;
    private static final int ELEMENTS = 4;
    private static final int ROUNDS = 2_000;

    private final TestRegion shared = TestRegion.ofOffsets(64 * 1024);
    private final AskedMemory memory = new AskedMemory(shared.region);
    private final DescriptorChain chain = new DescriptorChain();
    private Features features = Features.MANDATORY;
    private DriverRing driver;

    @AfterEach
    void close()
    {
        driver.close();
        shared.close();
    }

    @ParameterizedTest(name = "features={0} seed={1}")
    @CsvSource({"'', 1", "34, 2", "28, 3", "'28,34', 4", "35, 5", "'34,35', 6", "'29,34', 7"})
    void shouldHandOutEachChainOnceInOrder(final String bits, final long seed)
    {
        final Random random = new Random(seed);
        for (final String bit : bits.isEmpty() ? new String[0] : bits.split(","))
        {
            features = features.with(Integer.parseInt(bit));
        }
        begin();
        DeviceRing device = device();
        long added = 0;
        long taken = 0;
        long done = 0;
        for (int round = 0; round < ROUNDS; round++)
        {
            switch (random.nextInt(5))
            {
                case 0 -> added += add(random, added);
                case 1 ->
                {
                    if (0 == random.nextInt(16))
                    {
                        memory.forget();
                    }
                }
                case 2 ->
                {
                    if (memory.isAsked())
                    {
                        memory.answer();
                    }
                }
                case 3 -> device = Rings.resumeDevice(features, device.areas(), device.snapshot());
                default ->
                {
                    if (device.poll(chain))
                    {
                        assertNull(chain.fault());
                        assertEquals(taken % SIZE + 1, chain.readable());
                        taken++;
                        device.complete(chain, 0);
                        device.publish();
                    }
                }
            }
            while (driver.poll())
            {
                assertEquals(done, driver.token());
                done++;
            }
            assertEquals(taken, done);
        }
        assertTrue(done > ROUNDS / 50, () -> "hardly anything happened");
    }

    @Test
    void shouldLetTheDeviceSleepWhileItWaits()
    {
        begin();
        final DeviceRing device = device();
        add(new Random(0), 0);
        assertFalse(device.poll(chain));
        assertTrue(memory.isAsked());
        assertEquals(1, device.inFlight());
        assertTrue(device.enableKicks());
        memory.answer();
        assertTrue(device.poll(chain));
    }

    @Test
    void shouldTellWhatWasWrittenAfterIt()
    {
        begin();
        final DeviceRing device = device();
        final long bus = shared.region.busAddress(shared.free);
        driver.add(new long[]{bus, bus + 64, bus + 128}, new int[]{16, 8, 32}, 1, 2, 0);
        driver.publish();
        for (int i = 0; i < SIZE && !device.poll(chain); i++)
        {
            memory.answer();
        }
        assertEquals(16, chain.readable());
        assertEquals(0, memory.written.size());
        device.complete(chain, 3);
        // All of it, whatever the device says that it wrote.
        assertEquals(List.of(bus + 64 + "+8", bus + 128 + "+32"), memory.written);
        memory.written.clear();
        device.publish();
        assertEquals(
            List.of(device.areas().deviceAddress() + "+" + RingFormat.SPLIT.deviceLength(SIZE)),
            memory.written);
    }

    /** The data of a request was refused, and where its status is nobody has asked yet. */
    @Test
    void shouldWaitForTheAnswerByteOfAChainAtFault()
    {
        begin();
        final DeviceRing device = device();
        final DescriptorChain request = new DescriptorChain(ChainLimits.USUAL, AnswerByte.LAST);
        final long bus = shared.region.busAddress(shared.free);
        final long outside = shared.region.busAddress(0) + shared.region.length();
        driver.add(new long[]{bus, outside, bus + 128}, new int[]{8, 8, 1}, 2, 1, 0);
        driver.publish();
        // Header, data, status.
        for (int i = 0; i < 3; i++)
        {
            assertFalse(device.poll(request));
            assertTrue(memory.isAsked());
            assertTrue(device.enableKicks());
            memory.answer();
        }
        assertTrue(device.poll(request));
        assertEquals(
            "element is outside the shared memory: address=0x" + Long.toHexString(outside) + ", length=8",
            request.fault());
        memory.written.clear();
        assertTrue(device.holds(bus + 128, 1), "the answer byte");
        assertFalse(device.holds(bus, 128), "nothing else of it is looked at");
        device.complete(request, request.answer(1, 0));
        assertEquals(List.of(bus + 128 + "+1"), memory.written);
        device.publish();
        assertTrue(driver.poll());
        assertEquals(1, driver.written());
        assertEquals(1, shared.bytes(shared.free + 128, 1)[0]);
    }

    private void begin()
    {
        final int length = Rings.memoryLength(features, SIZE, ELEMENTS);
        driver = Rings.driver(features, SIZE, ELEMENTS, shared.dma.allocateCoherent(length, 64));
    }

    private DeviceRing device()
    {
        final RingAreas areas = driver.areas();
        return Rings.device(features, RingAreas.at(areas.format(), SIZE, shared.region, memory,
            areas.descAddress(), areas.driverAddress(), areas.deviceAddress()));
    }

    /** Add a chain whose length in bytes is told by its number. */
    private int add(final Random random, final long number)
    {
        final int bytes = (int)(number % SIZE) + 1;
        final int count = Math.min(bytes, 1 + random.nextInt(ELEMENTS - 1));
        final long[] addresses = new long[count];
        final int[] lengths = new int[count];
        for (int i = 0; i < count; i++)
        {
            addresses[i] = shared.region.busAddress(shared.free + random.nextInt(64) * 64L);
            lengths[i] = i + 1 < count ? 1 : bytes - i;
        }
        if (DriverRing.FULL == driver.add(addresses, lengths, count, 0, number))
        {
            return 0;
        }
        driver.publish();
        return 1;
    }
}
