/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.pool.BlockSize;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.PoolWalk;
import io.bouncedma.pool.Refusal;
import org.agrona.collections.Long2LongHashMap;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * The devices of a trace as clients of a bounce pool as it is shipped. With a pool of their own, or beside others that
 * share one: then each of these is used by one thread at a time, and what is said of the pool's space is about all of
 * them.
 */
public final class PoolPolicy implements MappingPolicy, AutoCloseable
{
    /** Pools have sizes of whole pages of so many bytes. */
    public static final int STEP = LabPool.STEP;

    private static final int NO_HANDLE = -1;
    private static final float LOAD_FACTOR = 0.55f;
    private static final int INITIAL_CAPACITY = 1024;
    /** A process can have 2,047 clients. With more devices than this, those with the same mask are one. */
    private static final int MAX_CLIENTS = 1024;
    private static final int PAGE_MASK = Trace.PAGE_SIZE - 1;

    private final String name;
    private final int[] masks;
    private final LabPool lab;
    private final boolean isOwner;
    private final BouncePool pool;
    /** Of each device: which of the clients it is. */
    private final int[] clientOf;
    /** Each from its first mapping on. */
    private final List<PoolClient> clients;
    private final Long2LongHashMap handles = new Long2LongHashMap(INITIAL_CAPACITY, LOAD_FACTOR, NO_HANDLE);
    /* device u32 | size of the block u32 */
    private final Long2LongHashMap blocks = new Long2LongHashMap(INITIAL_CAPACITY, LOAD_FACTOR, NO_HANDLE);
    private long usedBytes;

    /**
     * Make a pool with these clients only.
     *
     * @param length  bytes, a multiple of {@link #STEP}, at most 64 GiB.
     * @param masks   of the devices.
     * @param devices that map, as {@link Trace#devices()}.
     * @throws IllegalArgumentException       if the length is out of its range.
     * @throws io.bouncedma.os.ErrnoException if there is no memory.
     */
    public PoolPolicy(final long length, final DeviceMasks masks, final List<String> devices)
    {
        this(new LabPool(length), true, "trace", masks, devices);
    }

    /**
     * Become clients of a pool that others use, too: one for each mask.
     *
     * @param shared  stays open when this is closed.
     * @param name    that all these clients' names begin with.
     * @param masks   of the devices.
     * @param devices that map, as {@link Trace#devices()}.
     */
    public PoolPolicy(
        final LabPool shared, final String name, final DeviceMasks masks, final List<String> devices)
    {
        this(shared, false, name, masks, devices);
    }

    private PoolPolicy(
        final LabPool lab,
        final boolean isOwner,
        final String name,
        final DeviceMasks masks,
        final List<String> devices)
    {
        this.name = name;
        this.masks = masks.of(devices);
        this.lab = lab;
        this.isOwner = isOwner;
        pool = lab.pool();
        clientOf = isOwner && devices.size() <= MAX_CLIENTS ?
            IntStream.range(0, devices.size()).toArray() : byMask(this.masks);
        clients = new ArrayList<>(Collections.nCopies(devices.size(), null));
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
    public boolean servesCoherent()
    {
        return true;
    }

    /**
     * Take a block. Coherent memory begins at a page, as {@code dma_alloc_coherent} promises.
     */
    @Override
    public long map(final int bytes, final TraceDirection direction, final int pageOffset, final int device)
    {
        final boolean isCoherent = TraceDirection.COHERENT == direction;
        final int mask = isCoherent ? PAGE_MASK : masks[device];
        final int low = isCoherent ? 0 : pageOffset;
        // What is kept inside the block must not be asked of its address, too: small blocks begin anywhere.
        final int lead = low & mask & BlockSize.MINIMUM - 1;
        if (bytes > BouncePool.MAX_BLOCK - lead)
        {
            return Refusal.Reason.TOO_LARGE.code();
        }
        final PoolClient client = client(device);
        final long handle = client.allocate(lead + bytes, mask, low - lead);
        if (handle < 0)
        {
            return handle;
        }
        final long address = client.offsetOf(handle) + lead;
        final int size = BlockSize.of(lead + bytes);
        handles.put(address, handle);
        blocks.put(address, (long)device << Integer.SIZE | size);
        usedBytes += size;
        return address;
    }

    @Override
    public void unmap(final long address)
    {
        final long block = blocks.remove(address);
        if (NO_HANDLE == block)
        {
            throw new IllegalStateException("no mapping begins there: address=" + address + "; unmap what map " +
                "returned, once");
        }
        clients.get(clientOf[(int)(block >> Integer.SIZE)]).free(handles.remove(address));
        usedBytes -= (int)block;
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
        Arrays.fill(buckets, 0);
        walk((offset, bytes, isFree) ->
        {
            if (!isFree)
            {
                UsageBuckets.add(buckets, length(), offset, offset + bytes);
            }
        });
    }

    /**
     * Blocks that the pool keeps hot count as used, although a mapping could have them.
     */
    @Override
    public void freeRuns(final LongConsumer sizes)
    {
        walk((offset, bytes, isFree) ->
        {
            if (isFree)
            {
                sizes.accept(bytes);
            }
        });
    }

    /**
     * Give the pool's memory back if it is this one's own, whatever is mapped; otherwise leave the pool.
     *
     * @throws IllegalStateException if mappings are live in a pool that others use, too.
     */
    @Override
    public void close()
    {
        if (isOwner)
        {
            lab.abandon();
            return;
        }
        clients.stream().filter(Objects::nonNull).forEach(PoolClient::close);
    }

    private void walk(final PoolWalk.Visitor visitor)
    {
        try (PoolWalk walk = pool.walk())
        {
            while (walk.next(visitor))
            {
                // The next slice.
            }
        }
    }

    private PoolClient client(final int device)
    {
        final int number = clientOf[device];
        final PoolClient known = clients.get(number);
        if (null != known)
        {
            return known;
        }
        final PoolClient opened = lab.open(name + ' ' + number, masks[device]);
        clients.set(number, opened);
        return opened;
    }

    /**
     * The first device that has the same mask.
     */
    private static int[] byMask(final int[] masks)
    {
        final Map<Integer, Integer> first = new HashMap<>();
        return IntStream.range(0, masks.length)
            .map(device -> first.computeIfAbsent(masks[device], mask -> device)).toArray();
    }
}
