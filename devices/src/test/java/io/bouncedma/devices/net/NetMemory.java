/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.dma.DmaDevice;
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
 * The shared memory of one VM with a pool in it.
 */
final class NetMemory implements AutoCloseable
{
    final Window region;
    final BouncePool pool;
    final DmaDevice dma;

    NetMemory(final int poolLength)
    {
        try (Fd memory = Memfd.create("net", Extent.ALIGNMENT + poolLength))
        {
            region = MemfdWindow.map("net", memory,
                List.of(new Extent(0, 0x4000_0000L, Extent.ALIGNMENT + poolLength)), BusAddressing.offset());
        }
        pool = new BouncePool("net", region, Extent.ALIGNMENT, poolLength);
        dma = new DmaDevice("net", PoolSet.of(pool));
    }

    @Override
    public void close()
    {
        dma.close();
        pool.close();
        region.close();
    }
}
