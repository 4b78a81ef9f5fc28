/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.pool.AddressRules;
import io.bouncedma.pool.Block;
import io.bouncedma.pool.BlockSize;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.Refusal;
import org.agrona.collections.Long2LongHashMap;

import java.util.function.LongConsumer;

/**
 * One client of a bounce pool as it is shipped. With a pool of its own, or beside others that share one: then each is
 * used by one thread at a time, and what is said of the pool's space is about all of them.
 */
public final class PoolPolicy implements MappingPolicy, AutoCloseable
{
    /** Pools have sizes of whole pages of so many bytes. */
    public static final int STEP = LabPool.STEP;

    private static final int NO_HANDLE = -1;
    private static final long FINE_LENGTH = 64 << 20;
    private static final float LOAD_FACTOR = 0.55f;
    private static final int INITIAL_CAPACITY = 1024;

    private final int minAlignMask;
    private final LabPool ownPool;
    private final BouncePool pool;
    private final PoolClient<Block> client;
    private final Long2LongHashMap handles = new Long2LongHashMap(INITIAL_CAPACITY, LOAD_FACTOR, NO_HANDLE);
    private final Long2LongHashMap sizes = new Long2LongHashMap(INITIAL_CAPACITY, LOAD_FACTOR, NO_HANDLE);
    private long usedBytes;

    /**
     * Make a pool with this client only.
     *
     * @param length       bytes, a multiple of {@link #STEP}, at most 1 GiB.
     * @param minAlignMask the device's, as {@link AddressRules#minAlignMask()}.
     * @throws IllegalArgumentException       if a number is out of its range.
     * @throws io.bouncedma.os.ErrnoException if there is no memory.
     */
    public PoolPolicy(final long length, final int minAlignMask)
    {
        this.minAlignMask = minAlignMask;
        ownPool = new LabPool(length);
        pool = ownPool.pool();
        client = openOrClose(ownPool, minAlignMask);
    }

    /**
     * Become one of several clients of a pool.
     *
     * @param shared       stays open when this is closed.
     * @param name         of the client.
     * @param minAlignMask as in the other constructor.
     * @throws IllegalArgumentException if the mask is out of its range.
     */
    public PoolPolicy(final LabPool shared, final String name, final int minAlignMask)
    {
        this.minAlignMask = minAlignMask;
        ownPool = null;
        pool = shared.pool();
        client = shared.open(name, minAlignMask);
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
        // What is kept inside the block must not be asked of its address, too: small blocks begin anywhere.
        final int lead = pageOffset & minAlignMask & BlockSize.MINIMUM - 1;
        if (bytes > BouncePool.MAX_LENGTH - lead)
        {
            return Refusal.Reason.TOO_LARGE.code();
        }
        final long handle = client.allocate(lead + bytes, minAlignMask, pageOffset - lead);
        if (handle < 0)
        {
            return handle;
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
     * Blocks that the pool keeps hot count as used, although a mapping could have them.
     */
    @Override
    public void freeRuns(final LongConsumer sizes)
    {
        // Every block begins and ends at a multiple of 8; where that would take too many buckets, at one of 64 nearly.
        final int bytesPerBucket = length() > FINE_LENGTH ? BlockSize.MINIMUM : Long.BYTES;
        final int[] used = new int[(int)(length() / bytesPerBucket)];
        pool.usage(used);
        long free = 0;
        for (final int bytes : used)
        {
            free += bytesPerBucket - bytes;
            if (bytes > 0 && free > 0)
            {
                sizes.accept(free);
                free = 0;
            }
        }
        if (free > 0)
        {
            sizes.accept(free);
        }
    }

    /**
     * Leave the pool, and give its memory back if it is this one's own.
     *
     * @throws IllegalStateException if mappings are live.
     */
    @Override
    public void close()
    {
        client.close();
        if (null != ownPool)
        {
            ownPool.close();
        }
    }

    private static PoolClient<Block> openOrClose(final LabPool pool, final int minAlignMask)
    {
        try
        {
            return pool.open("trace", minAlignMask);
        }
        catch (final RuntimeException e)
        {
            pool.close();
            throw e;
        }
    }
}
