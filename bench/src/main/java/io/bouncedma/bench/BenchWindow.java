/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.pool.BouncePool;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.List;

/**
 * A window with a 64 MiB pool and, outside the pool, room for raw copies to be compared with.
 */
final class BenchWindow implements AutoCloseable
{
    static final int POOL_LENGTH = 1 << 26;
    /** The raw copy goes here, so bus address 0 is in no pool. */
    static final int RAW_LENGTH = 1 << 18;

    /** A few pages more than a power of two: source and target of a copy must not be a multiple of 256 MiB apart. */
    private static final long MORE = RAW_LENGTH + 7L * Extent.ALIGNMENT;

    final Window shared;
    final BouncePool pool;
    final UnsafeBuffer raw;
    final Fd memory;

    BenchWindow()
    {
        this(POOL_LENGTH);
    }

    /**
     * Make one with another pool.
     *
     * @param poolLength bytes, a multiple of 4096, at most {@link TraceBench#MAX_POOL}.
     */
    BenchWindow(final int poolLength)
    {
        memory = Memfd.create("bounce-dma-bench", MORE + poolLength);
        shared = map(memory, poolLength);
        pool = new BouncePool("bench", shared, RAW_LENGTH, poolLength);
        raw = shared.view(0, RAW_LENGTH);
    }

    static Window map(final Fd memory)
    {
        return map(memory, POOL_LENGTH);
    }

    private static Window map(final Fd memory, final int poolLength)
    {
        return MemfdWindow.map(
            "bench", memory, List.of(new Extent(0, 0x1000_0000, MORE + poolLength)), BusAddressing.offset());
    }

    /**
     * The pool's memory, to copy into beside the pool. A byte's index is its bus address less {@link #RAW_LENGTH}.
     */
    UnsafeBuffer poolMemory()
    {
        return shared.view(RAW_LENGTH, (int)pool.length());
    }

    @Override
    public void close()
    {
        pool.close();
        shared.close();
        memory.close();
    }
}
