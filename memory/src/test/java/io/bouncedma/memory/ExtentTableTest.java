/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Which extents there can be, each limit from both sides, and which of them make a table.
 */
class ExtentTableTest
{
    private static final long PAGE = Extent.ALIGNMENT;
    private static final long LAST_PAGE = Long.MAX_VALUE - PAGE + 1;

    @Test
    void shouldTakeTheLeastAndTheMostOfEachNumber()
    {
        assertEquals(new Extent(0, 0, PAGE), new Extent(0, 0, PAGE));
        // The end may be the greatest number that there is a multiple of pages of.
        assertEquals(LAST_PAGE, new Extent(LAST_PAGE - PAGE, LAST_PAGE - PAGE, PAGE).paddr() + PAGE);
        assertEquals(LAST_PAGE, new Extent(0, 0, LAST_PAGE).length());
    }

    @Test
    void shouldRefuseNumbersOutOfTheirRangesOrNoMultiples()
    {
        for (final long[] numbers : new long[][]
        {
            {-PAGE, 0, PAGE}, {0, -PAGE, PAGE}, {0, 0, -PAGE}, {0, 0, 0},
            {8, 0, PAGE}, {0, PAGE / 2, PAGE}, {0, 0, PAGE + 1}, {1, 0, 2 * PAGE + 1}, {1, 2, PAGE},
            {LAST_PAGE, 0, PAGE}, {0, LAST_PAGE, PAGE}, {PAGE, 0, LAST_PAGE}, {0, PAGE, LAST_PAGE},
        })
        {
            final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> new Extent(numbers[0], numbers[1], numbers[2]));
            assertTrue(e.getMessage().contains("offset=" + numbers[0] + ", paddr=0x" + Long.toHexString(numbers[1]) +
                ", length=" + numbers[2]), e.getMessage());
        }
    }

    @Test
    void shouldKeepExtentsInTheOrderOfOffsets()
    {
        final Extent low = new Extent(0, 5 * PAGE, PAGE);
        final Extent high = new Extent(PAGE, PAGE, 4 * PAGE);
        final ExtentTable table = new ExtentTable(List.of(high, low));
        assertEquals(List.of(low, high), table.extents());
        assertEquals(5 * PAGE, table.length());
        assertThrows(UnsupportedOperationException.class, () -> table.extents().clear());
    }

    @Test
    void shouldRefuseGapsOverlapsAndNothingAtAll()
    {
        assertThrows(IllegalArgumentException.class, () -> new ExtentTable(List.of()));
        refused("expectedOffset=" + PAGE, new Extent(0, 0, PAGE), new Extent(2 * PAGE, 8 * PAGE, PAGE));
        refused("expectedOffset=" + 2 * PAGE, new Extent(0, 0, 2 * PAGE), new Extent(PAGE, 8 * PAGE, PAGE));
        refused("expectedOffset=0", new Extent(PAGE, 0, PAGE));
        // The last page of the one is the first of the other.
        refused("overlap in paddr", new Extent(0, 8 * PAGE, 2 * PAGE), new Extent(2 * PAGE, 9 * PAGE, PAGE));
        refused("overlap in paddr", new Extent(0, 8 * PAGE, PAGE), new Extent(PAGE, 7 * PAGE, 2 * PAGE));
        // Of three, the two that overlap are named, not the one beside them.
        refused("paddr=" + 4 * PAGE, new Extent(0, 0, PAGE), new Extent(PAGE, 4 * PAGE, 2 * PAGE),
            new Extent(3 * PAGE, 5 * PAGE, PAGE));
    }

    private static void refused(final String part, final Extent... extents)
    {
        final IllegalArgumentException e =
            assertThrows(IllegalArgumentException.class, () -> new ExtentTable(List.of(extents)));
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
