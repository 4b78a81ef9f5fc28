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

import java.util.List;

/**
 * The one pool of a JVM, which all states of a test share: a block that is handed out twice may be another state's.
 * Whoever has a block writes a stamp of its own all over it.
 */
public final class StressPool
{
    /** The bytes of the pool. */
    public static final int LENGTH = 1 << 24;
    /** The pool, in a region of two extents. */
    public static final BouncePool POOL = open();

    private StressPool()
    {
    }

    /**
     * Write a stamp into a block.
     *
     * @param client that has the block.
     * @param block  handle.
     * @param length bytes of it.
     */
    static void stamp(final PoolClient client, final long block, final int length)
    {
        final int index = client.indexOf(block);
        for (int at = 0; at < length; at += Long.BYTES)
        {
            POOL.view().putLong(index + at, block + at);
        }
    }

    /**
     * Whether a block has the stamp still, so that nobody else got any of it.
     *
     * @param client that has the block.
     * @param block  handle.
     * @param length bytes of it.
     * @return true if so.
     */
    static boolean isIntact(final PoolClient client, final long block, final int length)
    {
        final int index = client.indexOf(block);
        boolean intact = client.has(block);
        for (int at = 0; at < length; at += Long.BYTES)
        {
            intact &= POOL.view().getLong(index + at) == block + at;
        }
        return intact;
    }

    private static BouncePool open()
    {
        final int half = Extent.ALIGNMENT + LENGTH / 2;
        try (Fd memory = Memfd.create("stress-window", Extent.ALIGNMENT + LENGTH))
        {
            final Window region = MemfdWindow.map("window", memory, List.of(
                new Extent(0, 0x9000_0000L, half), new Extent(half, 0x1000_0000L, LENGTH / 2)),
                BusAddressing.offset());
            return new BouncePool("stress", region, Extent.ALIGNMENT, LENGTH);
        }
    }
}
