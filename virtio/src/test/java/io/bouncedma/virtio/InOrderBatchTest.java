/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.memory.OrderedMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A device that with IN_ORDER writes one used entry for several chains (virtio 1.4, sections 2.7.9 and 2.8.8), which
 * the device role here does not do.
 */
class InOrderBatchTest
{
    private static final int SIZE = 4;
    private static final int LENGTH = 16;
    private static final int CHAINS = 3;

    private final TestRegion shared = TestRegion.ofOffsets(1 << 16);

    @AfterEach
    void close()
    {
        shared.close();
    }

    @ParameterizedTest
    @EnumSource
    void shouldSnapshotOnlyBetweenBatches(final RingFormat format)
    {
        final Features features = features(format);
        final CoherentBuffer buffer = shared.dma.allocateCoherent(format.totalLength(SIZE), 64);
        try (DriverRing driver = Rings.driver(features, SIZE, 0, buffer))
        {
            addAll(driver);
            useAll(driver.areas(), format, new OrderedMemory(buffer.memory()));
            for (int i = 0; i < CHAINS; i++)
            {
                assertTrue(driver.poll());
                assertEquals(i, driver.token());
                if (i < CHAINS - 1)
                {
                    assertThrows(IllegalStateException.class, driver::snapshot);
                }
            }
            final RingSnapshot snapshot = driver.snapshot();
            final DriverRing other = Rings.resumeDriver(features, driver.areas(), snapshot);
            assertEquals(snapshot, other.snapshot());
            assertFalse(other.poll());
        }
    }

    @Test
    void shouldNotSleepInTheMiddleOfABatch()
    {
        final CoherentBuffer buffer = shared.dma.allocateCoherent(RingFormat.SPLIT.totalLength(SIZE), 64);
        try (DriverRing driver = Rings.driver(features(RingFormat.SPLIT), SIZE, 0, buffer))
        {
            addAll(driver);
            useAll(driver.areas(), RingFormat.SPLIT, new OrderedMemory(buffer.memory()));
            driver.poll();
            assertFalse(driver.enableInterrupts());
            driver.poll();
            driver.poll();
            assertTrue(driver.enableInterrupts());
        }
    }

    private void addAll(final DriverRing driver)
    {
        final long[] address = {shared.region.busAddress(shared.free)};
        for (int i = 0; i < CHAINS; i++)
        {
            driver.add(address, new int[]{LENGTH}, 0, 1, i);
        }
        driver.publish();
    }

    /** One entry in the first place, with the id of the last chain. */
    private static void useAll(final RingAreas areas, final RingFormat format, final OrderedMemory memory)
    {
        if (RingFormat.SPLIT == format)
        {
            final long at = format.deviceOffset(SIZE) + SplitRingLayout.usedEntryOffset(0);
            memory.store32(at, CHAINS - 1);
            memory.store32(at + SplitRingLayout.USED_LEN_OFFSET, LENGTH);
            memory.storeRelease16(format.deviceOffset(SIZE) + SplitRingLayout.AREA_IDX_OFFSET, CHAINS);
        }
        else
        {
            memory.store16(PackedRingLayout.ID_OFFSET,
                areas.desc().load16(SplitRingLayout.descOffset(CHAINS - 1) + PackedRingLayout.ID_OFFSET));
            memory.store32(SplitRingLayout.LEN_OFFSET, LENGTH);
            memory.storeRelease16(PackedRingLayout.FLAGS_OFFSET, PackedRingLayout.used(true));
        }
    }

    private static Features features(final RingFormat format)
    {
        final Features features = Features.MANDATORY.with(FeatureBits.IN_ORDER);
        return RingFormat.PACKED == format ? features.with(FeatureBits.RING_PACKED) : features;
    }
}
