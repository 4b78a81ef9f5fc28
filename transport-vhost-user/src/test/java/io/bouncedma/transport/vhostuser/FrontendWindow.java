/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

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
 * A region that is all pool, to be shared.
 */
final class FrontendWindow implements AutoCloseable
{
    static final long BUS_BASE = 0x7_0000_0000L;
    static final int LENGTH = 1 << 20;

    final DmaDevice dma;
    final Window region;
    private final Fd file;
    private final BouncePool pool;

    FrontendWindow()
    {
        this(BusAddressing.basePlusOffset(BUS_BASE), List.of(new Extent(0, 0x4000_0000L, LENGTH)));
    }

    FrontendWindow(final BusAddressing addressing, final List<Extent> extents)
    {
        final int length = (int)extents.stream().mapToLong(Extent::length).sum();
        file = Memfd.create("frontend-window", length);
        region = MemfdWindow.map("window", file, extents, addressing);
        pool = new BouncePool("window", region, 0, length);
        dma = new DmaDevice("window", PoolSet.of(pool));
    }

    SharedMemory shared()
    {
        return new SharedMemory(region, file);
    }

    /** After a back-end that did not give its memory back. */
    void abandon()
    {
        pool.abandon();
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
