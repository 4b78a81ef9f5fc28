/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.HandleTags;
import io.bouncedma.pool.PoolClient;

import java.util.ArrayList;
import java.util.List;

/**
 * Mappings of buffers that lie in a pool already: nothing is copied, so all there is to them is a record. They are rare
 * and cheap, a lock does.
 * <pre>
 * handle:  0ddddddd dddd | 111111 | gggg gggggggg gggggggg | ii iiiiiiii iiiiiiii iiiiiiii
 *          device        |        | generation             | index
 * </pre>
 */
final class ZeroCopyMappings
{
    private static final int DEVICE_SHIFT = PoolClient.USER_SHIFT + PoolClient.USER_BITS;
    private static final int GENERATION_SHIFT = 26;
    private static final int GENERATION_MASK = (1 << 20) - 1;
    private static final int INDEX_MASK = (1 << GENERATION_SHIFT) - 1;
    private static final HandleTags DEVICES = new HandleTags();

    private final long tag = DEVICES.take(this) << DEVICE_SHIFT |
        (long)PoolBindings.ZERO_COPY << PoolClient.USER_SHIFT;
    private final List<MappingRecord> records = new ArrayList<>();
    private final List<Integer> generations = new ArrayList<>();
    private final List<Integer> free = new ArrayList<>();
    private long maps;

    /**
     * Map off-heap memory if it lies in one extent of one of a device's pools, where the device can address it.
     *
     * @return its handle, or 0 if it does not.
     */
    long tryMap(final PoolBinding[] bindings, final long address, final int length, final Direction direction)
    {
        for (final PoolBinding binding : bindings)
        {
            final long index = address - binding.address();
            if (index >= 0 && index <= binding.view().capacity() - length)
            {
                final BouncePool pool = binding.client().pool();
                final long bus = pool.busAddress((int)index);
                if (pool.contains(bus, length) && binding.client().rules().allow(bus, length))
                {
                    return add(bus, length, direction);
                }
            }
        }
        return 0;
    }

    /**
     * Whether a handle is one of these, live or not.
     */
    boolean isOwn(final long handle)
    {
        return tag == (handle & -1L << PoolClient.USER_SHIFT);
    }

    /**
     * Look a mapping up.
     *
     * @return its record, or null if the handle is free or stale.
     */
    synchronized MappingRecord find(final long handle)
    {
        final int index = (int)handle & INDEX_MASK;
        final int generation = (int)(handle >>> GENERATION_SHIFT) & GENERATION_MASK;
        return isOwn(handle) && index < records.size() && generation == generations.get(index) ?
            records.get(index) : null;
    }

    synchronized boolean remove(final long handle)
    {
        if (null == find(handle))
        {
            return false;
        }
        final int index = (int)handle & INDEX_MASK;
        records.set(index, null);
        generations.set(index, generations.get(index) + 1 & GENERATION_MASK);
        free.add(index);
        return true;
    }

    /** Let another device have this one's handles: nothing is mapped any more. */
    void close()
    {
        DEVICES.release(this, tag >>> DEVICE_SHIFT);
    }

    synchronized int live()
    {
        return records.size() - free.size();
    }

    synchronized long maps()
    {
        return maps;
    }

    synchronized long unmaps()
    {
        return maps - live();
    }

    private synchronized long add(final long busAddress, final int length, final Direction direction)
    {
        if (free.isEmpty())
        {
            free.add(records.size());
            records.add(null);
            generations.add(0);
        }
        final int index = free.removeLast();
        final MappingRecord record = new MappingRecord();
        record.set(0, busAddress, null, null, 0, length, direction);
        records.set(index, record);
        maps++;
        return tag | (long)generations.get(index) << GENERATION_SHIFT | index;
    }
}
