/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What is no extent, and extents that make no window.
 */
class ExtentTableTest
{
    private static final int PAGE = Extent.ALIGNMENT;

    @ParameterizedTest
    @CsvSource({
        "-0x1000, 0, 0x1000", "0, -0x1000, 0x1000", "0, 0, -0x1000", "0, 0, 0",
        "1, 0, 0x1000", "0, 0x800, 0x1000", "0, 0, 0x1fff",
        "0x7ffffffffffff000, 0, 0x1000", "0, 0x7fffffffffffe000, 0x2000"})
    void shouldRefuseWhatIsNoExtent(final String offset, final String paddr, final String length)
    {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
            () -> new Extent(Long.decode(offset), Long.decode(paddr), Long.decode(length)));
        assertTrue(e.getMessage().contains("length=" + Long.decode(length)), e.getMessage());
    }

    @Test
    void shouldTakeExtentsInAnyOrderWithoutAGapBetweenThem()
    {
        final Extent first = new Extent(0, 5 * PAGE, 2 * PAGE);
        final Extent second = new Extent(2 * PAGE, 4 * PAGE, PAGE);
        final Extent third = new Extent(3 * PAGE, 7 * PAGE, PAGE);
        final ExtentTable table = new ExtentTable(List.of(third, first, second));
        assertEquals(List.of(first, second, third), table.extents());
        assertEquals(4 * PAGE, table.length());
    }

    @Test
    void shouldRefuseExtentsThatContradictEachOther()
    {
        requireRefused("at least one extent");
        requireRefused("expectedOffset=0", new Extent(PAGE, 0, PAGE));
        requireRefused("expectedOffset=4096", new Extent(0, 0, PAGE), new Extent(2 * PAGE, PAGE, PAGE));
        requireRefused("expectedOffset=8192", new Extent(0, 0, 2 * PAGE), new Extent(PAGE, 4 * PAGE, PAGE));
        requireRefused("overlap in paddr", new Extent(0, 0, 2 * PAGE), new Extent(2 * PAGE, PAGE, PAGE));
        requireRefused("overlap in paddr", new Extent(0, PAGE, PAGE), new Extent(PAGE, PAGE, PAGE));
    }

    private static void requireRefused(final String reason, final Extent... extents)
    {
        final IllegalArgumentException e =
            assertThrows(IllegalArgumentException.class, () -> new ExtentTable(List.of(extents)));
        assertTrue(e.getMessage().contains(reason), e.getMessage());
    }
}
