/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.dma.DmaDevice;
import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.transport.vhostuser.SharedMemory;

import java.util.List;

/**
 * A front-end's memory: one region, all of it a pool.
 */
final class SharedPool implements AutoCloseable
{
    private static final long BUS_BASE = 0x1_0000_0000L;

    final DmaDevice dma;
    private final Fd file;
    private final Window region;
    private final BouncePool pool;

    SharedPool(final int length)
    {
        file = Memfd.create("peers-pool", length);
        region = MemfdWindow.map("peers", file, List.of(new Extent(0, 0x4000_0000L, length)),
            BusAddressing.basePlusOffset(BUS_BASE));
        pool = new BouncePool("peers", region, 0, length);
        dma = new DmaDevice("peers", PoolSet.of(pool));
    }

    SharedMemory shared()
    {
        return new SharedMemory(region, file);
    }

    @Override
    public void close()
    {
        dma.close();
        pool.close();
        region.close();
        file.close();
    }
}
