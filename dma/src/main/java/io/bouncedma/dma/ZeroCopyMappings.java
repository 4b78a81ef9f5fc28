/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import java.util.ArrayList;
import java.util.List;

/**
 * Mappings of buffers that lie in a pool already: nothing is copied, so all there is to them is a record. They are rare
 * and cheap, a lock does.
 */
final class ZeroCopyMappings
{
    private static final int GENERATION_MASK = (1 << 20) - 1;

    private final List<MappingRecord> records = new ArrayList<>();
    private final List<Integer> generations = new ArrayList<>();
    private final List<Integer> free = new ArrayList<>();

    /**
     * Note a mapping.
     *
     * @return as a pool's block handle: generation in the upper, index in the lower 32 bits.
     */
    synchronized long add(final long busAddress, final int length, final Direction direction)
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
        return (long)generations.get(index) << 32 | index;
    }

    /**
     * Look a mapping up.
     *
     * @return its record, or null if the handle is free or stale.
     */
    synchronized MappingRecord find(final long handle)
    {
        final int index = (int)handle;
        return index < records.size() && handle >>> 32 == generations.get(index) ? records.get(index) : null;
    }

    synchronized boolean remove(final long handle)
    {
        if (null == find(handle))
        {
            return false;
        }
        final int index = (int)handle;
        records.set(index, null);
        generations.set(index, generations.get(index) + 1 & GENERATION_MASK);
        free.add(index);
        return true;
    }

    synchronized int live()
    {
        return records.size() - free.size();
    }
}
