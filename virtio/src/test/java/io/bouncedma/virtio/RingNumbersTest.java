/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Arguments whose sums or products are beyond an int.
 */
final class RingNumbersTest
{
    private static final int SIZE = 8;

    private final TestRegion shared = TestRegion.ofOffsets(1 << 16);
    private Features features = Features.MANDATORY;

    @AfterEach
    void close()
    {
        shared.close();
    }

    @ParameterizedTest
    @EnumSource(RingFormat.class)
    void shouldRefuseNumbersOfElementsWhoseSumIsTooLarge(final RingFormat format)
    {
        features = RingFormat.PACKED == format ? features.with(FeatureBits.RING_PACKED) : features;
        final DriverRing driver =
            Rings.driver(features, SIZE, 0, shared.dma.allocateCoherent(format.totalLength(SIZE), 64));
        for (final int writable : new int[]{Integer.MAX_VALUE, Integer.MAX_VALUE - SIZE, 2, 1 + SIZE})
        {
            assertThrows(IllegalArgumentException.class,
                () -> driver.add(new long[0], new int[0], Integer.MAX_VALUE, writable, 0));
        }
        assertEquals(0, driver.inFlight());
        driver.close();
    }

    @Test
    void shouldRefuseTablesThatAreTooLong()
    {
        features = features.with(FeatureBits.INDIRECT_DESC);
        assertEquals(852_096 + (32_768 * 4093 << 4), Rings.memoryLength(features, 32_768, 4093));
        for (final int elements : new int[]{4095, 4096, 1 << 20, Integer.MAX_VALUE})
        {
            final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> Rings.memoryLength(features, 32_768, elements));
            assertTrue(e.getMessage().startsWith("tables are too long: size=32768, elements=" + elements));
            try (CoherentBuffer memory = shared.dma.allocateCoherent(64, 64))
            {
                assertThrows(IllegalArgumentException.class,
                    () -> Rings.driver(features, 32_768, elements, memory));
            }
        }
    }
}
