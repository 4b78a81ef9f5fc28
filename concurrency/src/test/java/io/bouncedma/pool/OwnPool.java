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
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A pool of one page for one state of a test alone, to be closed in it, beside those of the other states.
 */
final class OwnPool
{
    static final int PAGE = Extent.ALIGNMENT;

    private static final int PAGES = 1 << 15;
    private static final Window WINDOW = window();
    private static final AtomicInteger NEXT = new AtomicInteger();

    final long offset;
    final BouncePool pool;

    /**
     * Make a pool. The page behind it is free, for it to grow.
     */
    OwnPool()
    {
        long at = 0;
        BouncePool opened = null;
        while (null == opened)
        {
            final int number = NEXT.getAndIncrement();
            at = PAGE * (1L + 2 * (number % PAGES));
            opened = open(at, number);
        }
        offset = at;
        pool = opened;
    }

    /**
     * Whether a block of the whole page can be had, so that nothing of it is lost or in anybody's hands.
     */
    boolean isWhole()
    {
        final PoolClient client = pool.open("whole");
        final long all = client.allocate(PAGE);
        if (all > 0)
        {
            client.free(all);
        }
        client.close();
        return all > 0;
    }

    private static Window window()
    {
        final long length = PAGE * (1L + 2 * PAGES);
        try (Fd memory = Memfd.create("own-pools", length))
        {
            return MemfdWindow.map("own-pools", memory, List.of(new Extent(0, 0x1000_0000L, length)),
                BusAddressing.offset());
        }
    }

    /** Of states that are made and never run the pools stay: their pages are passed over. */
    private static BouncePool open(final long at, final int number)
    {
        try
        {
            return new BouncePool("own" + number, WINDOW, at, PAGE);
        }
        catch (final IllegalArgumentException | IllegalStateException e)
        {
            return null;
        }
    }
}
