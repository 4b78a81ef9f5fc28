/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.dma.DmaDevice;
import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.os.TestLimits;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.virtio.PeerMonitor;
import io.bouncedma.virtio.Waiting;
import org.agrona.concurrent.IdleStrategy;

import java.util.List;

/**
 * A window with a pool, for a front-end, and a way to wait that has something else run meanwhile.
 */
final class BlkBench implements AutoCloseable
{
    private static final int POOL_LENGTH = 512 * 1024;
    private static final int LIMIT_MS = TestLimits.millis(60_000);

    final Window region;
    final BouncePool pool;
    final DmaDevice dma;

    BlkBench()
    {
        try (Fd memory = Memfd.create("test-window", Extent.ALIGNMENT + POOL_LENGTH))
        {
            region = MemfdWindow.map("window", memory,
                List.of(new Extent(0, 0x4000_0000L, Extent.ALIGNMENT + POOL_LENGTH)), BusAddressing.offset());
        }
        pool = new BouncePool("pool", region, Extent.ALIGNMENT, POOL_LENGTH);
        dma = new DmaDevice("blk", PoolSet.of(pool));
    }

    /** Wait by running something. */
    static Waiting running(final Runnable work)
    {
        return running(work, LIMIT_MS);
    }

    /** Wait by running something, at most so long. */
    static Waiting running(final Runnable work, final long limitMs)
    {
        return new Waiting(new IdleStrategy()
        {
            @Override
            public void idle(final int workCount)
            {
                work.run();
            }

            @Override
            public void idle()
            {
                work.run();
            }

            @Override
            public void reset()
            {
            }
        }, PeerMonitor.ALWAYS_PRESENT, limitMs);
    }

    @Override
    public void close()
    {
        final long used = pool.usedBytes();
        dma.close();
        pool.close();
        region.close();
        if (0 != used)
        {
            throw new AssertionError("front-end left something in the pool: usedBytes=" + used);
        }
    }
}
