/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;

import java.util.List;

/**
 * A window with one pool, a device that bounces through it, and the device's own view of the window.
 */
final class TestPool implements AutoCloseable
{
    static final int POOL_LENGTH = 64 * 1024;

    final Window region;
    final BouncePool pool;
    final PoolSet pools;
    final DmaDevice dma;

    TestPool()
    {
        final int first = Extent.ALIGNMENT + POOL_LENGTH / 2;
        try (Fd memory = Memfd.create("test-window", Extent.ALIGNMENT + POOL_LENGTH))
        {
            region = MemfdWindow.map("window", memory, List.of(
                new Extent(0, 0x9000_0000L, first), new Extent(first, 0x1000_0000L, POOL_LENGTH / 2)),
                BusAddressing.area(0xffff));
        }
        pool = new BouncePool("pool", region, Extent.ALIGNMENT, POOL_LENGTH);
        pools = PoolSet.of(pool);
        dma = new DmaDevice("device", pools);
    }

    byte[] deviceReads(final long busAddress, final int length)
    {
        final byte[] bytes = new byte[length];
        region.view(region.offsetOf(busAddress), length).getBytes(0, bytes);
        return bytes;
    }

    void deviceWrites(final long busAddress, final byte[] bytes)
    {
        region.view(region.offsetOf(busAddress), bytes.length).putBytes(0, bytes);
    }

    void spoil()
    {
        region.view(0, (int)region.length()).setMemory(0, (int)region.length(), (byte)0x5a);
    }

    @Override
    public void close()
    {
        dma.close();
        pool.close();
        region.close();
    }
}
