/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.caif;

import io.bouncedma.dma.DmaDevice;
import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * One end's own memory: a region with a pool, mapped a second time as the other end sees it.
 */
final class CaifMemory implements AutoCloseable
{
    final Window region;
    final Window asPeerSeesIt;
    final BouncePool pool;
    final DmaDevice dma;
    private final boolean ownsRegion;

    private CaifMemory(
        final String name,
        final Window region,
        final Window asPeerSeesIt,
        final boolean ownsRegion,
        final long offset,
        final int length)
    {
        this.region = region;
        this.asPeerSeesIt = asPeerSeesIt;
        this.ownsRegion = ownsRegion;
        pool = new BouncePool(name, region, offset, length);
        dma = new DmaDevice(name, PoolSet.of(pool));
    }

    /**
     * A region of its own, whose bus addresses are those of its bytes.
     */
    static CaifMemory of(final String name, final long paddr, final int poolLength)
    {
        final int length = Extent.ALIGNMENT + poolLength;
        try (Fd memory = Memfd.create(name, length))
        {
            return new CaifMemory(name, map(name, memory, paddr, length), map(name, memory, paddr, length), true,
                Extent.ALIGNMENT, poolLength);
        }
    }

    /**
     * Another pool in the region of this one, which closes it.
     */
    CaifMemory neighbour(final String name, final int poolLength)
    {
        return new CaifMemory(name, region, asPeerSeesIt, false, region.length() - poolLength, poolLength);
    }

    /**
     * A region whose second half has no pool yet, addressed by offset.
     */
    static CaifMemory half(final String name, final int poolLength)
    {
        final int length = Extent.ALIGNMENT + 2 * poolLength;
        try (Fd memory = Memfd.create(name, length))
        {
            final List<Extent> extents = List.of(new Extent(0, CaifPair.HOST_PADDR, length));
            return new CaifMemory(name, MemfdWindow.map(name, memory, extents, BusAddressing.offset()),
                MemfdWindow.map(name, memory, extents, BusAddressing.offset()), true, Extent.ALIGNMENT, poolLength);
        }
    }

    byte[] image()
    {
        return region.memory(0, region.length()).toArray(ValueLayout.JAVA_BYTE);
    }

    MemorySegment at(final long busAddress, final long length)
    {
        return region.memory(region.offsetOf(busAddress), length);
    }

    private static Window map(final String name, final Fd memory, final long paddr, final int length)
    {
        return MemfdWindow.map(name, memory, List.of(new Extent(0, paddr, length)), BusAddressing.identity());
    }

    @Override
    public void close()
    {
        dma.close();
        pool.close();
        if (ownsRegion)
        {
            region.close();
            asPeerSeesIt.close();
        }
    }
}
