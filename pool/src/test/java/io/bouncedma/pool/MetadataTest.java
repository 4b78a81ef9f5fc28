/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class MetadataTest
{
    private static final int LENGTH = 1 << 26;
    private static final int BLOCK = 4096;
    private static final double LIMIT = 0.015;

    /** swiotlb has 24 bytes for each slot of 2 KiB, 1.2 %, whether it is used or not. */
    @Test
    void shouldNeedLittlePrivateMemoryEvenWhenFullOfPages()
    {
        final long[] blocks = new long[LENGTH / BLOCK];
        try (Fd memory = Memfd.create("metadata", BLOCK + LENGTH);
            Window region = MemfdWindow.map("window", memory,
                List.of(new Extent(0, 0x1000_0000L, BLOCK + LENGTH)), BusAddressing.offset());
            BouncePool pool = new BouncePool("pool", region, BLOCK, LENGTH);
            PoolClient client = pool.open("client"))
        {
            for (int i = 0; i < blocks.length; i++)
            {
                blocks[i] = client.allocate(BLOCK);
            }
            final PoolStatistics figures = pool.statistics();
            assertEquals(0, figures.free());
            assertEquals(LENGTH, figures.highWater());
            assertTrue(figures.metadataBytes() <= LIMIT * LENGTH, () -> figures.metadataBytes() + " bytes");
            for (final long block : blocks)
            {
                client.free(block);
            }
            pool.core().reclaim();
            assertEquals(LENGTH, pool.statistics().largestRun());
        }
    }
}
