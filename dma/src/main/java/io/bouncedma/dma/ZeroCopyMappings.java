/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.handles.HandleTags;
import org.agrona.collections.Long2LongHashMap;

import java.util.Arrays;

/**
 * Mappings of buffers that lie in a pool already: nothing is copied, so all there is to them is a place. They are rare
 * and cheap, a lock does.
 * <p>
 * A buffer that lies in a pool and is bounced all the same has a place here, too, a <em>pin</em>: its memory must not
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
    /** By index; a place is used again and again, and has the length 0 meanwhile. */
    private Place[] places = new Place[0];
    private int[] generations = new int[0];
    /** The indices that are free, as a stack. */
    private int[] free = new int[0];
    private int freeCount;
    /** By the handle of the bounced mapping, whose record has no room for what is so rare. */
    private final Long2LongHashMap pinned = new Long2LongHashMap(0);
    private volatile int pins;
    private long maps;
    private boolean closed;

    /**
     * What is known about one mapping or pin.
     */
    static final class Place
    {
        private long busAddress;
        private long address;
        /** 0 if nothing is mapped. */
        private int length;
        private Direction direction;

        long busAddress()
        {
            return busAddress;
        }

        int length()
        {
            return length;
        }

        Direction direction()
        {
            return direction;
        }

        private boolean isPin()
        {
            return 0 == busAddress;
        }
    }

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
            if (index >= 0 && index <= binding.segment().byteSize() - length)
            {
                final BouncePool pool = binding.client().pool();
                final long bus = pool.busAddress(index);
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
     * Have a pin end with a bounced mapping.
     */
    synchronized void keepPin(final long mapping, final long pin)
    {
        pinned.put(mapping, pin);
    }

    /** Whether a bounced mapping has a pin. Takes no lock unless there are pins. */
    boolean hasPin(final long mapping)
    {
        return pins > 0 && 0 != pinOf(mapping);
    }

    /** End the pin of a bounced mapping. */
    synchronized void dropPin(final long mapping)
    {
        remove(pinned.remove(mapping));
    }

    private synchronized long pinOf(final long mapping)
    {
        return pinned.get(mapping);
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
     * @return its place, or null if the handle is free or stale.
     */
    synchronized Place find(final long handle)
    {
        final int index = (int)handle & INDEX_MASK;
        final int generation = (int)(handle >>> GENERATION_SHIFT) & GENERATION_MASK;
        return isOwn(handle) && index < places.length && generation == generations[index] &&
            places[index].length > 0 ? places[index] : null;
    }

    synchronized boolean remove(final long handle)
    {
        final Place place = find(handle);
        if (null == place)
        {
            return false;
        }
        final int index = (int)handle & INDEX_MASK;
        pins -= place.isPin() ? 1 : 0;
        place.length = 0;
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
        for (final Place place : places)
        {
            final long start = place.address - address;
            if (place.length > 0 && start < length && start > -place.length)
            {
                throw new IllegalStateException("memory is mapped " + (place.isPin() ? "and bounced" : "in place") +
                    ": bus=0x" + Long.toHexString(busAddress) + ", length=" + length + ", mappedOffset=" + start +
                    ", mappedLength=" + place.length + ", direction=" + place.direction);
            }
        }
    }

    /**
     * Close the device, unless something is mapped: nothing can be mapped in place meanwhile. A second call does
     * nothing.
     *
     * @param others closes what else there is to a device.
     * @throws IllegalStateException if something is mapped, or the others can not be closed; the device stays open
     *                               then.
     */
    synchronized void close(final Runnable others)
    {
        if (live() > 0)
        {
            throw new IllegalStateException("mappings in place are live: mappings=" + live());
        }
        others.run();
        closed = true;
        HandleTags.OF_PROCESS.release(this, tag);
    }

    synchronized int live()
    {
        return places.length - freeCount - pins;
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
        final Place place = places[index];
        place.busAddress = busAddress;
        place.address = address;
        place.length = length;
        place.direction = direction;
        return (long)tag << HandleTags.SHIFT | (long)generations[index] << GENERATION_SHIFT | index;
    }

    private void grow()
    {
        final int old = places.length;
        final int count = Math.max(8, 2 * old);
        if (count > INDEX_MASK)
        {
            throw new IllegalStateException("too many mappings in place: maximum=" + old);
        }
        places = Arrays.copyOf(places, count);
        generations = Arrays.copyOf(generations, count);
        free = new int[count];
        for (int index = count - 1; index >= old; index--)
        {
            places[index] = new Place();
            free[freeCount++] = index;
        }
    }
}
