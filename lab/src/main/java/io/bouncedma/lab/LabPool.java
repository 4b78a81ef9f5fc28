/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.pool.AddressRules;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.ClientLimits;
import io.bouncedma.pool.PoolClient;

import java.util.List;

/**
 * A bounce pool as it is shipped, with its default settings, in a window of one extent of its own. Several
 * {@link PoolPolicy policies} may share it.
 */
public final class LabPool implements AutoCloseable
{
    /** Pools have sizes of whole pages of so many bytes. */
    public static final int STEP = Extent.ALIGNMENT;

    private final Window window;
    private final BouncePool pool;

    /**
     * Make a pool.
     *
     * @param length bytes, a positive multiple of {@link #STEP}, at most {@link BouncePool#MAX_LENGTH}.
     * @throws IllegalArgumentException       if it is not.
     * @throws io.bouncedma.os.ErrnoException if there is no memory.
     */
    public LabPool(final long length)
    {
        if (length <= 0 || length > BouncePool.MAX_LENGTH || 0 != length % STEP)
        {
            throw new IllegalArgumentException("a pool needs a positive multiple of " + STEP + " bytes, at most " +
                BouncePool.MAX_LENGTH + ": length=" + length);
        }
        // The first page stays outside the pool: bus address 0 must name nothing.
        final long regionLength = STEP + length;
        try (Fd memory = Memfd.create("bounce-dma-lab", regionLength))
        {
            window = MemfdWindow.map("lab", memory, List.of(new Extent(0, STEP, regionLength)),
                BusAddressing.offset());
        }
        pool = carve(window, length);
    }

    /**
     * The pool itself, for its figures.
     *
     * @return open until this is closed.
     */
    public BouncePool pool()
    {
        return pool;
    }

    /**
     * Give the memory back.
     *
     * @throws IllegalStateException if mappings are live.
     */
    @Override
    public void close()
    {
        pool.close();
        window.close();
    }

    /**
     * Give the memory back although mappings are live: nobody looks at them any more.
     */
    void abandon()
    {
        pool.abandon();
        window.close();
    }

    private static BouncePool carve(final Window window, final long length)
    {
        try
        {
            return new BouncePool("lab", window, STEP, length);
        }
        catch (final RuntimeException e)
        {
            window.close();
            throw e;
        }
    }

    PoolClient open(final String client, final int minAlignMask)
    {
        return pool.open(client, ClientLimits.NONE, AddressRules.withMinAlignMask(minAlignMask));
    }
}
