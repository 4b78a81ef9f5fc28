/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Virtio 1.4, section 2.7: the table of area sizes and alignments.
 */
final class SplitRingLayoutTest
{
    @ParameterizedTest(name = "size {0}")
    @CsvSource({
        // size, 16 * N, 6 + 2 * N, 6 + 8 * N, driver area at, device area at, all
        "    1,     16,     8,     14,     16,     64,     78",
        "    2,     32,    10,     22,     32,     64,     86",
        "    8,    128,    22,     70,    128,    192,    262",
        "  256,   4096,   518,   2054,   4096,   4672,   6726",
        "32768, 524288, 65542, 262150, 524288, 589888, 852038",
    })
    void shouldPlaceAreas(
        final int size,
        final int desc,
        final int driver,
        final int device,
        final int driverOffset,
        final int deviceOffset,
        final int total)
    {
        assertEquals(desc, RingFormat.SPLIT.descLength(size));
        assertEquals(driver, RingFormat.SPLIT.driverLength(size));
        assertEquals(device, RingFormat.SPLIT.deviceLength(size));
        assertEquals(driverOffset, RingFormat.SPLIT.driverOffset(size));
        assertEquals(deviceOffset, RingFormat.SPLIT.deviceOffset(size));
        assertEquals(total, RingFormat.SPLIT.totalLength(size));
    }

    @ParameterizedTest(name = "size {0}")
    @ValueSource(ints = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768})
    void shouldAlignAreasAndKeepThemApart(final int size)
    {
        SplitRingLayout.requireSize(size);

        assertEquals(0, RingFormat.SPLIT.driverOffset(size) % SplitRingLayout.DRIVER_ALIGNMENT);
        assertEquals(0, RingFormat.SPLIT.deviceOffset(size) % SplitRingLayout.DEVICE_ALIGNMENT);
        assertTrue(RingFormat.SPLIT.driverOffset(size) >= RingFormat.SPLIT.descLength(size));
        assertTrue(RingFormat.SPLIT.deviceOffset(size) >=
            RingFormat.SPLIT.driverOffset(size) + RingFormat.SPLIT.driverLength(size));
        // The two sides write different cache lines.
        assertEquals(0, RingFormat.SPLIT.deviceOffset(size) % 64);
        assertEquals(RingFormat.SPLIT.descLength(size), SplitRingLayout.descOffset(size));
        // The event field is what is left behind the last entry.
        assertEquals(RingFormat.SPLIT.driverLength(size) - 2, SplitRingLayout.availEntryOffset(size));
        assertEquals(RingFormat.SPLIT.deviceLength(size) - 2, SplitRingLayout.usedEntryOffset(size));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 3, 5, 6, 7, 255, 257, 32767, 32769, 65536, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void shouldRefuseSizesThatNoSplitRingHas(final int size)
    {
        final IllegalArgumentException e =
            assertThrows(IllegalArgumentException.class, () -> SplitRingLayout.requireSize(size));
        assertEquals("queue size must be a power of two from 1 to 32768: size=" + size, e.getMessage());
    }
}
