/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.pool.AddressRules;
import io.bouncedma.pool.Block;
import io.bouncedma.pool.BlockSize;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.BusAddressing;
import io.bouncedma.pool.ClientLimits;
import io.bouncedma.pool.Extent;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.SharedRegion;
import org.agrona.collections.Long2LongHashMap;

import java.util.List;

/**
 * A bounce pool as it is shipped, with its default settings and one client, in a region of one extent.
 */
public final class PoolPolicy implements MappingPolicy, AutoCloseable
{
    /** Pools have sizes of whole pages of so many bytes. */
    public static final int STEP = Extent.ALIGNMENT;

    private static final int NO_HANDLE = -1;
    private static final float LOAD_FACTOR = 0.55f;
    private static final int INITIAL_CAPACITY = 1024;

    private final int minAlignMask;
    private final SharedRegion region;
    private final BouncePool pool;
    private final PoolClient<Block> client;
    private final Long2LongHashMap handles = new Long2LongHashMap(INITIAL_CAPACITY, LOAD_FACTOR, NO_HANDLE);
    private final Long2LongHashMap sizes = new Long2LongHashMap(INITIAL_CAPACITY, LOAD_FACTOR, NO_HANDLE);
    private long usedBytes;

    /**
     * Make a pool.
     *
     * @param length       bytes, a multiple of {@link #STEP}, at most 1 GiB.
     * @param minAlignMask the device's, as {@link AddressRules#minAlignMask()}.
     * @throws IllegalArgumentException        if a number is out of its range.
     * @throws io.bouncedma.os.ErrnoException if there is no memory.
     */
    public PoolPolicy(final long length, final int minAlignMask)
    {
        this.minAlignMask = minAlignMask;
        // The first page stays outside the pool: bus address 0 must name nothing.
        final long regionLength = STEP + length;
        try (Fd memory = Memfd.create("bounce-dma-lab", regionLength))
        {
            region = SharedRegion.map("lab", memory, List.of(new Extent(0, STEP, regionLength)),
                BusAddressing.offset());
        }
        pool = new BouncePool("lab", region, STEP, Math.toIntExact(length));
        client = pool.open("trace", ClientLimits.NONE, AddressRules.withMinAlignMask(minAlignMask));
    }

    @Override
    public String name()
    {
        return "bounce-dma";
    }

    @Override
    public long length()
    {
        return pool.length();
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

    @Override
    public long map(final int bytes, final int pageOffset)
    {
        final int lead = pageOffset & minAlignMask & BlockSize.MINIMUM - 1;
        final long handle = client.allocate(lead + bytes, minAlignMask, pageOffset);
        if (handle < 0)
        {
            return REFUSED;
        }
        final long address = client.indexOf(handle) + (long)lead;
        final int size = BlockSize.of(lead + bytes);
        handles.put(address, handle);
        sizes.put(address, size);
        usedBytes += size;
        return address;
    }

    @Override
    public void unmap(final long address)
    {
        client.free(handles.remove(address));
        usedBytes -= sizes.remove(address);
    }

    @Override
    public long usedBytes()
    {
        return usedBytes;
    }

    @Override
    public long largestFreeRun()
    {
        return pool.statistics().largestRun();
    }

    @Override
    public void usage(final int[] buckets)
    {
        pool.usage(buckets);
    }

    /**
     * Give the memory back.
     *
     * @throws IllegalStateException if mappings are live.
     */
    @Override
    public void close()
    {
        client.close();
        pool.close();
        region.close();
    }
}
