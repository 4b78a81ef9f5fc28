/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.ExtentTable;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A pool in a window of one extent whose addressing, brought by its user, is not one line on the bus.
 */
class OwnAddressingTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int PAGES = 8;

    /** Pairs of pages from the last to the first, from 2<sup>63</sup> on. */
    private static final BusAddressing PAIRS_BACKWARDS = new BusAddressing()
    {
        private static final int PAIR = 2 * PAGE;

        @Override
        public long toBus(final ExtentTable extents, final long offset)
        {
            return offset < 0 || offset >= extents.length() ? ExtentTable.NOT_FOUND :
                Long.MIN_VALUE + mirror(extents, offset);
        }

        @Override
        public long toOffset(final ExtentTable extents, final long bus)
        {
            final long at = bus - Long.MIN_VALUE;
            return at < 0 || at >= extents.length() ? ExtentTable.NOT_FOUND : mirror(extents, at);
        }

        @Override
        public long run(final ExtentTable extents, final long bus)
        {
            return ExtentTable.NOT_FOUND == toOffset(extents, bus) ? 0 : PAIR - (bus & PAIR - 1);
        }

        /** The other way is the same way. */
        private long mirror(final ExtentTable extents, final long at)
        {
            return (extents.length() / PAIR - 1 - at / PAIR) * PAIR + at % PAIR;
        }
    };

    @Test
    void shouldHandOutBlocksInOneRunOfTheBus()
    {
        try (Fd file = Memfd.create("window", PAGES * PAGE);
            Window window = MemfdWindow.map("window", file, List.of(new Extent(0, 0, PAGES * PAGE)), PAIRS_BACKWARDS);
            BouncePool pool = new BouncePool("pool", window, PAGE, (PAGES - 1) * PAGE);
            PoolClient client = pool.open("device"))
        {
            assertEquals(Refusal.Reason.TOO_LARGE.code(), client.allocate(3 * PAGE));
            final long[] blocks = new long[PAGES / 2];
            for (int i = 0; i < blocks.length; i++)
            {
                // The pool has one page of the first pair, and all of the others.
                final int size = 0 == i ? PAGE : 2 * PAGE;
                blocks[i] = client.allocate(size);
                assertTrue(blocks[i] > 0, "refused");
                final long bus = client.busAddress(blocks[i]);
                final long offset = PAGE + client.indexOf(blocks[i]);
                assertEquals(window.busAddress(offset), bus);
                assertEquals(window.busAddress(offset + size - 1), bus + size - 1);
            }
            assertEquals((PAGES - 1) * PAGE, pool.usedBytes());
            for (final long block : blocks)
            {
                client.free(block);
            }
        }
    }
}
