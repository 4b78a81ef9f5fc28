/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RingStatisticsTest
{
    private static final int SIZE = 8;

    private final TestRegion shared = TestRegion.ofOffsets(1 << 20);
    private final DescriptorChain chain = new DescriptorChain();
    private final long[] addresses = {
        shared.region.busAddress(shared.free), shared.region.busAddress(shared.free + 64)};
    private final int[] lengths = {64, 64};
    private DriverRing driver;
    private DeviceRing device;
    private Features features;

    @AfterEach
    void close()
    {
        driver.close();
        shared.close();
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource
    void shouldTellWhatEachRoleDid(final RingFormat format)
    {
        open(format);
        final Features used = features.and(Features.RING);
        assertEquals(
            new RingStatistics(RingStatistics.Role.DRIVER, format, SIZE, used, 0, 0, SIZE, 0, 0, 0, 0),
            driver.statistics());
        device.disableKicks();
        addTwo();
        addTwo();
        assertFalse(driver.publish());
        assertFalse(driver.publish(), "nothing new");
        assertTrue(device.poll(chain));
        assertEquals(
            new RingStatistics(RingStatistics.Role.DEVICE, format, SIZE, used, 1, 0, 0, 0, 0, 0, 0),
            device.statistics());
        device.complete(chain, 64);
        assertTrue(device.publish());
        assertTrue(driver.poll());
        assertEquals(
            new RingStatistics(RingStatistics.Role.DRIVER, format, SIZE, used, 2, 1, 6, 1, 0, 0, 0),
            driver.statistics());
        assertEquals(1, driver.statistics().suppressed());
        assertEquals(1, driver.statistics().inFlight());
        assertEquals(
            new RingStatistics(RingStatistics.Role.DEVICE, format, SIZE, used, 1, 1, 0, 1, 1, 0, 0),
            device.statistics());
        assertEquals(0, device.statistics().suppressed());
        assertEquals(0, device.statistics().inFlight());
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource
    void shouldCountKicksThatWereWanted(final RingFormat format)
    {
        open(format);
        addTwo();
        assertTrue(driver.publish());
        device.disableKicks();
        addTwo();
        assertFalse(driver.publish());
        assertEquals(2, driver.statistics().batches());
        assertEquals(1, driver.statistics().notifications());
        assertEquals(1, driver.statistics().suppressed());
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource
    void shouldCountMalformedChains(final RingFormat format)
    {
        open(format);
        addresses[1] = Long.MAX_VALUE;
        addTwo();
        driver.publish();
        assertTrue(device.poll(chain));
        assertEquals(1, device.statistics().faults());
        assertEquals(1, device.statistics().inFlight());
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource
    void shouldBeginAtTheChainsInFlightAfterARestart(final RingFormat format)
    {
        open(format);
        addTwo();
        addTwo();
        driver.publish();
        assertTrue(device.poll(chain));
        driver = Rings.resumeDriver(features, driver.areas(), driver.snapshot());
        assertEquals(2, driver.statistics().inFlight());
        assertEquals(SIZE - 4, driver.statistics().freeDescriptors());
        assertEquals(1, Rings.resumeDevice(features, device.areas(), device.snapshot()).statistics().inFlight());
    }

    private void open(final RingFormat format)
    {
        features = Features.MANDATORY;
        features = RingFormat.PACKED == format ? features.with(FeatureBits.RING_PACKED) : features;
        driver = Rings.driver(features, SIZE, 0,
            shared.dma.allocateCoherent(Rings.memoryLength(features, SIZE, 0), 64));
        device = Rings.device(features, driver.areas());
    }

    private void addTwo()
    {
        assertTrue(driver.add(addresses, lengths, 1, 1, 0) >= 0);
    }
}
