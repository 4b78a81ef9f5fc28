/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.HandleTags;

import java.util.Arrays;

/**
 * Mappings of buffers that lie in a pool already: nothing is copied, so all there is to them is a record. They are rare
 * and cheap, a lock does.
 * <p>
 * A buffer that lies in a pool and is bounced all the same has a record here, too, a <em>pin</em>: its memory must not
 * be given back while a copy of it is due. A pin is no mapping: its handle stays inside, and it has no bus address.
 * <pre>
 * handle:  0ddddddd dddddddd dd | gggggg gggggggg gggggg | ii iiiiiiii iiiiiiii iiiiiiii
 *          device               | generation             | index
 * </pre>
 */
final class ZeroCopyMappings
{
    private static final int GENERATION_SHIFT = 26;
    private static final int GENERATION_MASK = (1 << 20) - 1;
    private static final int INDEX_MASK = (1 << GENERATION_SHIFT) - 1;

    private final int tag = HandleTags.OF_PROCESS.take(this);
    /** By index; a record is used again and again, and has the length 0 meanwhile. */
    private MappingRecord[] records = new MappingRecord[0];
    private int[] generations = new int[0];
    /** The indices that are free, as a stack. */
    private int[] free = new int[0];
    private int freeCount;
    private int pins;
    private long maps;
    private boolean closed;

    /**
     * Where a device sees memory outside the heap if it lies in one extent of one of its pools, where it can address
     * it.
     *
     * @return the bus address of its first byte, or 0, which names no byte, if it does not.
     */
    static long busAddress(final PoolBinding[] bindings, final long address, final int length)
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
                    return bus;
                }
            }
        }
        return 0;
    }

    /**
     * Map what has a bus address.
     *
     * @param address of its first byte in this process.
     * @return its handle.
     * @throws IllegalStateException if the device is closed.
     */
    synchronized long add(final long busAddress, final long address, final int length, final Direction direction)
    {
        final long handle = note(busAddress, address, length, direction);
        maps++;
        return handle;
    }

    /**
     * Pin what is bounced although it lies in a pool.
     *
     * @param address of its first byte in this process.
     * @return a handle for {@link #remove}.
     * @throws IllegalStateException if the device is closed.
     */
    synchronized long pin(final long address, final int length, final Direction direction)
    {
        final long handle = note(0, address, length, direction);
        pins++;
        return handle;
    }

    /**
     * Whether a handle is one of these, live or not.
     */
    boolean isOwn(final long handle)
    {
        return tag == handle >>> HandleTags.SHIFT;
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
        return isOwn(handle) && index < records.length && generation == generations[index] &&
            records[index].length() > 0 ? records[index] : null;
    }

    synchronized boolean remove(final long handle)
    {
        final MappingRecord record = find(handle);
        if (null == record)
        {
            return false;
        }
        final int index = (int)handle & INDEX_MASK;
        pins -= isPin(record) ? 1 : 0;
        record.end();
        generations[index] = generations[index] + 1 & GENERATION_MASK;
        free[freeCount++] = index;
        return true;
    }

    /**
     * Look for mappings of a part of a pool, in place or bounced.
     *
     * @param busAddress of its first byte, for the message.
     * @param address    of its first byte in this process.
     * @throws IllegalStateException if there is one.
     */
    synchronized void requireNone(final long busAddress, final long address, final int length)
    {
        for (final MappingRecord record : records)
        {
            final long start = record.originalAddress() - address;
            if (record.length() > 0 && start < length && start > -record.length())
            {
                throw new IllegalStateException("memory is mapped " + (isPin(record) ? "and bounced" : "in place") +
                    ": bus=0x" + Long.toHexString(busAddress) + ", length=" + length + ", mappedOffset=" + start +
                    ", mappedLength=" + record.length() + ", direction=" + record.direction());
            }
        }
    }

    /**
     * Let another device have this one's handles; a second call does nothing.
     *
     * @throws IllegalStateException if something is mapped.
     */
    synchronized void close()
    {
        if (live() > 0)
        {
            throw new IllegalStateException("mappings in place are live: mappings=" + live());
        }
        closed = true;
        HandleTags.OF_PROCESS.release(this, tag);
    }

    synchronized int live()
    {
        return records.length - freeCount - pins;
    }

    synchronized long maps()
    {
        return maps;
    }

    synchronized long unmaps()
    {
        return maps - live();
    }

    private long note(final long busAddress, final long address, final int length, final Direction direction)
    {
        if (closed)
        {
            throw new IllegalStateException("device is closed: bus=0x" + Long.toHexString(busAddress));
        }
        if (0 == freeCount)
        {
            grow();
        }
        final int index = free[--freeCount];
        records[index].set(0, busAddress, null, null, address, length, direction);
        return (long)tag << HandleTags.SHIFT | (long)generations[index] << GENERATION_SHIFT | index;
    }

    private static boolean isPin(final MappingRecord record)
    {
        return 0 == record.busAddress();
    }

    private void grow()
    {
        final int old = records.length;
        final int count = Math.max(8, 2 * old);
        if (count > INDEX_MASK)
        {
            throw new IllegalStateException("too many mappings in place: maximum=" + old);
        }
        records = Arrays.copyOf(records, count);
        generations = Arrays.copyOf(generations, count);
        free = new int[count];
        for (int index = count - 1; index >= old; index--)
        {
            records[index] = new MappingRecord();
            free[freeCount++] = index;
        }
    }
}
