/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Locale;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The figures of {@code Documentation/driver-api/virtio/dmb.rst}, to the digits that it gives.
 */
class DmbTableTest
{
    private static final int PAGE = DmbTable.PAGE;

    @ParameterizedTest
    @CsvSource({
        "1,   256,  true,  6,   256,   287,   1.1",
        "4,   256,  true,  18,  1024,  1127,  4.4",
        "8,   256,  true,  34,  2048,  2247,  8.8",
        "8,   256,  false, 34,  40960, 41159, 160.8",
        "8,   1024, true,  119, 8192,  8476,  33.1",
        "16,  1024, true,  231, 16384, 16940, 66.2",
        "32,  1024, true,  455, 32768, 33868, 132.3",
        "64,  1024, true,  903, 65536, 67724, 264.5",
    })
    void shouldReproduceTheTable(
        final int pairs,
        final int depth,
        final boolean isMergeable,
        final long rings,
        final long receive,
        final long total,
        final String mebibytes)
    {
        final DmbTable.Row row = new DmbTable.Row(pairs, depth, isMergeable);
        assertTrue(DmbTable.ROWS.contains(row));
        final PoolParts parts = row.parts(SizedAllocator.DMB);
        assertEquals(rings * PAGE, parts.coherent());
        assertEquals(receive * PAGE, parts.longLived());
        assertEquals(total * PAGE, parts.total());
        assertEquals(mebibytes, String.format(Locale.ROOT, "%.1f", (double)parts.total() / (1 << 20)));
    }

    @ParameterizedTest
    @CsvSource({"128, 1", "256, 2", "1024, 7", "4096, 27"})
    void shouldReproduceThePagesOfASplitRing(final int depth, final int pages)
    {
        assertEquals(pages, Math.ceilDiv(RingMemory.split(depth), DmbTable.PAGE));
    }

    @Test
    void shouldReproduceWhatOperationsCost()
    {
        final List<OperationCost> costs = OperationCost.published();
        // Header, data, status, table.
        assertEquals(4 * 4096, costs.get(0).taken(SizedAllocator.DMB));
        assertEquals("4.0", factor(costs.get(0)));
        assertEquals(35 * 4096, costs.get(1).taken(SizedAllocator.DMB));
        assertEquals("1.1", factor(costs.get(1)));
        assertEquals(4096, costs.get(2).taken(SizedAllocator.DMB));
        assertEquals("57", String.format(Locale.ROOT, "%.0f", costs.get(2).factor(SizedAllocator.DMB)));
        assertEquals("2.7", factor(costs.get(3)));
        assertEquals(4 * 1024, costs.get(4).taken(SizedAllocator.DMB));
        assertEquals(80 * 1024, costs.get(5).taken(SizedAllocator.DMB));
    }

    @Test
    void shouldCountTheRegionOfADisk()
    {
        // A page at offset 0, a ring of one page, and 128 times a header, 32 pages, a status and a table.
        assertEquals((1 + 1 + 128 * 35) * 4096L, DmbTable.blk(new BlkQueues(1, 128, 128 * 1024, false)));
        // Descriptors in one page, an event structure each in two others.
        assertEquals((1 + 2 * 3 + 2 * 100 * 4) * 4096L, DmbTable.blk(new BlkQueues(2, 100, 4096, true)));
    }

    private static String factor(final OperationCost cost)
    {
        return String.format(Locale.ROOT, "%.1f", cost.factor(SizedAllocator.DMB));
    }
}
