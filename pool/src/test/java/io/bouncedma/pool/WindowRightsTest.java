/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.FileWindow;
import io.bouncedma.memory.Rights;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Pools in windows that may not be written all over.
 */
class WindowRightsTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final List<Extent> EXTENTS = List.of(new Extent(0, 0x4000_0000L, 4L * PAGE));
    private static final BusAddressing GRANTS = BusAddressing.grants(7);

    @Test
    void shouldNameTheWindowThatMayOnlyBeRead()
    {
        try (Fd file = Memfd.create("window", 4L * PAGE);
            Window window = FileWindow.map("state table", file, 0, EXTENTS, Rights.READ_ONLY, GRANTS))
        {
            final IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> new BouncePool("pool", window, PAGE, PAGE));
            assertTrue(e.getMessage().contains("name=state table") && e.getMessage().contains("READ_ONLY"),
                e.getMessage());
            assertThrows(IndexOutOfBoundsException.class, () -> new BouncePool("pool", window, 4L * PAGE, PAGE));
        }
    }

    @Test
    void shouldCarveAPoolOutOfItsOwnOutputOnly()
    {
        try (Fd file = Memfd.create("window", 4L * PAGE);
            Window window = FileWindow.mapOwnOutput("sections", file, 0, EXTENTS, 2L * PAGE, 2L * PAGE, GRANTS))
        {
            final IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> new BouncePool("pool", window, PAGE, 2 * PAGE));
            assertTrue(e.getMessage().contains("name=sections"), e.getMessage());
            try (BouncePool pool = new BouncePool("pool", window, 2L * PAGE, 2 * PAGE))
            {
                // Bit 63, the reference of the window's third page, and the place in it.
                assertEquals(0x8000_0000_0000_9004L, pool.busAddress(4));
                assertTrue(pool.contains(0x8000_0000_0000_9004L, 2 * PAGE - 4));
            }
        }
    }
}
