/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

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
 * A shared region of two halves: the first, without its first page, is a pool, the second is for the test's own use.
 */
final class TestRegion implements AutoCloseable
{
    static final long PADDR = 0x4000_0000L;

    final Window region;
    final BouncePool pool;
    final DmaDevice dma;
    /** Offset of the half that is not pool. */
    final int free;

    private TestRegion(final List<Extent> extents, final BusAddressing addressing)
    {
        final long length = extents.stream().mapToLong(Extent::length).sum();
        free = (int)(length / 2);
        try (Fd memory = Memfd.create("test-region", length))
        {
            region = MemfdWindow.map("test", memory, extents, addressing);
        }
        pool = new BouncePool("test", region, Extent.ALIGNMENT, free - Extent.ALIGNMENT);
        final PoolSet pools = new PoolSet();
        pools.register(pool);
        dma = new DmaDevice("test", pools);
    }

    /**
     * One extent, addressed by offset.
     */
    static TestRegion ofOffsets(final int length)
    {
        return of(length, BusAddressing.offset());
    }

    /**
     * One extent.
     */
    static TestRegion of(final int length, final BusAddressing addressing)
    {
        return new TestRegion(List.of(new Extent(0, PADDR, length)), addressing);
    }

    /**
     * Pages that follow each other in paddr as in a shuffled pack: page i of the region is at the given place.
     */
    static TestRegion ofPages(final int... places)
    {
        final Extent[] extents = new Extent[places.length];
        for (int i = 0; i < places.length; i++)
        {
            extents[i] = new Extent(
                (long)i * Extent.ALIGNMENT, PADDR + (long)places[i] * Extent.ALIGNMENT, Extent.ALIGNMENT);
        }
        return new TestRegion(List.of(extents), BusAddressing.identity());
    }

    MemorySegment memory()
    {
        return region.memory(0, region.length());
    }

    byte[] bytes(final long offset, final int length)
    {
        return region.memory(offset, length).toArray(ValueLayout.JAVA_BYTE);
    }

    void put(final long offset, final byte[] bytes)
    {
        MemorySegment.copy(bytes, 0, region.memory(offset, bytes.length), ValueLayout.JAVA_BYTE, 0, bytes.length);
    }

    @Override
    public void close()
    {
        dma.close();
        pool.close();
        region.close();
    }
}
