/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.transport.vhostuser.SharedMemory;

import java.util.List;

/**
 * What a front-end shares with a vhost-user back-end: one window, all of it a pool. Everything else of the process
 * stays its own.
 */
final class SharedPool implements AutoCloseable
{
    /** Anything but where the process has the memory, so that nobody takes the one for the other; never zero. */
    private static final long BUS_BASE = 0x1_0000_0000L;
    private static final long PADDR = 0x4000_0000L;

    private final Fd file;
    private final Window window;
    private final BouncePool pool;

    SharedPool(final String name, final long length)
    {
        file = Memfd.create("bounce-dma-" + name, length);
        try
        {
            window = MemfdWindow.map(
                name, file, List.of(new Extent(0, PADDR, length)), BusAddressing.basePlusOffset(BUS_BASE));
        }
        catch (final RuntimeException e)
        {
            file.close();
            throw e;
        }
        pool = new BouncePool(name, window, 0, length);
    }

    SharedMemory shared()
    {
        return new SharedMemory(window, file);
    }

    BouncePool pool()
    {
        return pool;
    }

    /** Give it back, also what a device that failed still holds and nobody will ever free. */
    @Override
    public void close()
    {
        pool.abandon();
        window.close();
        file.close();
    }
}
