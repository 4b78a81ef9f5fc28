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
 * A window of one extent with two pools, {@code a} before {@code b}.
 */
final class TwoPools implements AutoCloseable
{
    static final int LENGTH = 256 * 1024;

    final Window region;
    final BouncePool a;
    final BouncePool b;
    final PoolSet pools;

    TwoPools()
    {
        this(LENGTH);
    }

    TwoPools(final int poolLength)
    {
        final long length = Extent.ALIGNMENT + 2L * poolLength;
        try (Fd memory = Memfd.create("two-pools", length))
        {
            region = MemfdWindow.map("window", memory, List.of(new Extent(0, 0x9000_0000L, length)),
                BusAddressing.offset());
        }
        a = new BouncePool("a", region, Extent.ALIGNMENT, poolLength);
        b = new BouncePool("b", region, Extent.ALIGNMENT + poolLength, poolLength);
        pools = PoolSet.of(a, b);
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

    @Override
    public void close()
    {
        a.close();
        b.close();
        region.close();
    }
}
