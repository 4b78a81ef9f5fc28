/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * An end that dies in the middle of a batch, and another one that goes on from a snapshot of before: what was not
 * published is as if it had not been, wherever in the ring it was.
 */
final class ResumedRingTest
{
    private static final int SIZE = 8;

    private final TestRegion shared = TestRegion.ofOffsets(1 << 16);
    private final DescriptorChain chain = new DescriptorChain();
    private Features features = Features.MANDATORY;
    private DriverRing driver;
    private DeviceRing device;

    @AfterEach
    void close()
    {
        if (null != driver)
        {
            driver.close();
        }
        shared.close();
    }

    @ParameterizedTest(name = "{0} after {1} chains")
    @CsvSource({"SPLIT, 0", "SPLIT, 5", "SPLIT, 7", "PACKED, 0", "PACKED, 5", "PACKED, 6", "PACKED, 7", "PACKED, 13"})
    void shouldNotShowWhatAnotherDriverAdded(final RingFormat format, final int before)
    {
        open(format, before);
        add(1, 100);
        driver.publish();
        final RingSnapshot snapshot = driver.snapshot();
        add(2, 101);
        add(1, 102);
        final DriverRing next = Rings.resumeDriver(features, driver.areas(), snapshot);
        next.add(new long[]{0x9000}, new int[]{32}, 1, 0, 103);
        next.publish();
        assertTrue(device.poll(chain));
        device.complete(chain, 0);
        assertTrue(device.poll(chain));
        assertEquals(32, chain.readable());
        device.complete(chain, 0);
        assertFalse(device.poll(chain));
        device.publish();
        assertTrue(next.poll());
        assertEquals(100, next.token());
        assertTrue(next.poll());
        assertEquals(103, next.token());
        // Nor is what was taken back used.
        assertFalse(next.poll());
        assertEquals(SIZE, next.freeDescriptors());
    }

    @ParameterizedTest(name = "{0} after {1} chains")
    @CsvSource({"SPLIT, 0", "SPLIT, 5", "SPLIT, 7", "PACKED, 0", "PACKED, 5", "PACKED, 6", "PACKED, 7", "PACKED, 13"})
    void shouldNotShowWhatAnotherDeviceUsed(final RingFormat format, final int before)
    {
        open(format, before);
        final DescriptorChain[] taken = new DescriptorChain[3];
        for (int i = 0; i < taken.length; i++)
        {
            add(1, i);
            driver.publish();
            taken[i] = new DescriptorChain();
            assertTrue(device.poll(taken[i]));
        }
        final RingSnapshot snapshot = device.snapshot();
        device.complete(taken[1], 0);
        device.complete(taken[2], 0);
        device = Rings.resumeDevice(features, driver.areas(), snapshot);
        for (int i = 0; i < taken.length; i++)
        {
            assertTrue(device.poll(chain));
            device.complete(chain, 0);
            device.publish();
            assertTrue(driver.poll());
            assertEquals(i, driver.token());
            assertFalse(driver.poll());
        }
        assertFalse(device.poll(chain));
    }

    /** Hidden flags are written before those that hide them, and all at once with the rest of the entry. */
    @ParameterizedTest(name = "after {0} chains")
    @CsvSource({"0", "6"})
    void shouldHideBatchOfPackedDeviceBehindItsFirstFlags(final int before)
    {
        open(RingFormat.PACKED, before);
        for (int i = 0; i < 3; i++)
        {
            driver.add(new long[]{0x8000}, new int[]{16}, 0, 1, i);
        }
        driver.publish();
        for (int i = 0; i < 3; i++)
        {
            assertTrue(device.poll(chain));
            device.complete(chain, i + 1);
            assertFalse(driver.poll());
        }
        device.publish();
        for (int i = 0; i < 3; i++)
        {
            assertTrue(driver.poll());
            assertEquals(i, driver.token());
            assertEquals(i + 1, driver.written());
        }
    }

    private void open(final RingFormat format, final int chainsBefore)
    {
        features = RingFormat.PACKED == format ? features.with(FeatureBits.RING_PACKED) : features;
        driver = Rings.driver(features, SIZE, 0, shared.dma.allocateCoherent(format.totalLength(SIZE), 64));
        device = Rings.device(features, driver.areas());
        for (int i = 0; i < chainsBefore; i++)
        {
            add(1, i);
            driver.publish();
            assertTrue(device.poll(chain));
            device.complete(chain, 0);
            device.publish();
            assertTrue(driver.poll());
        }
    }

    private void add(final int elements, final long token)
    {
        final long[] addresses = new long[elements];
        final int[] lengths = new int[elements];
        Arrays.fill(addresses, 0x8000);
        Arrays.fill(lengths, 16);
        assertTrue(driver.add(addresses, lengths, elements, 0, token) >= 0);
    }
}
