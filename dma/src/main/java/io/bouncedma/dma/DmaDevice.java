/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.Owner;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.pool.Refusal;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * What one device may reach: private buffers are mapped for it by bouncing them through its pools.
 * <p>
 * A mapping is a handle. Its bus address goes into a descriptor; the handle stays private. Lengths, directions and
 * original buffers are kept here, never read back from shared memory. The device sees the bytes of the buffer that it
 * was given and no others: the remainder of the block is cleared on map.
 * <p>
 * Thread-safe, except that the caller must not sync and unmap one mapping at the same time. Mapping returns a negative
 * {@link Refusal.Reason#code()} when no pool has room; misuse throws and changes nothing.
 */
public final class DmaDevice implements AutoCloseable
{
    /**
     * Copies are made in pieces of this many bytes: the JVM can not stop for a safepoint within one.
     */
    private static final int COPY_CHUNK = 1 << 20;

    private static final AtomicInteger NEXT_ID = new AtomicInteger();

    private final Owner owner;
    private final PoolSet pools;
    private final MappingTable mappings;
    private final LongAdder maps = new LongAdder();
    private final LongAdder unmaps = new LongAdder();
    private final LongAdder refusals = new LongAdder();
    private final LongAdder bytesToDevice = new LongAdder();
    private final LongAdder bytesFromDevice = new LongAdder();

    /**
     * Create a device's view of the pools.
     *
     * @param name  of the device, for messages and as owner of what it holds.
     * @param pools to allocate from, in their order.
     */
    public DmaDevice(final String name, final PoolSet pools)
    {
        owner = new Owner(name);
        this.pools = pools;
        mappings = new MappingTable(name, 1 + NEXT_ID.getAndIncrement() % (MappingTable.MAX_DEVICES - 1));
    }

    /**
     * Map a part of a heap array.
     *
     * @param buffer    private; it must not be used by the caller until it is unmapped or synced.
     * @param offset    of the first byte.
     * @param length    bytes, greater than zero.
     * @param direction who writes.
     * @return a handle greater than zero, or the negative code of a {@link Refusal.Reason}.
     * @throws IndexOutOfBoundsException if the array has no such part.
     * @throws IllegalArgumentException  if the length is not positive.
     */
    public long map(final byte[] buffer, final int offset, final int length, final Direction direction)
    {
        requirePart(offset, length, buffer.length);
        final MappingRecord record = mappings.take();
        record.original.wrap(buffer, offset, length);
        return map(record, length, direction);
    }

    /**
     * Map a part of a byte buffer, direct or on the heap. Position and limit are neither used nor changed.
     *
     * @param buffer    as {@link #map(byte[], int, int, Direction)}; writable unless the direction is
     *                  {@link Direction#TO_DEVICE}.
     * @param offset    of the first byte.
     * @param length    bytes, greater than zero.
     * @param direction who writes.
     * @return as {@link #map(byte[], int, int, Direction)}.
     * @throws IllegalArgumentException if the buffer is read-only and the device would write it.
     */
    public long map(final ByteBuffer buffer, final int offset, final int length, final Direction direction)
    {
        requirePart(offset, length, buffer.capacity());
        requireWritable(!buffer.isReadOnly(), buffer, direction);
        final MappingRecord record = mappings.take();
        record.original.wrap(buffer, offset, length);
        return map(record, length, direction);
    }

    /**
     * Map a part of an Agrona buffer.
     *
     * @param buffer    as {@link #map(byte[], int, int, Direction)}; a {@link MutableDirectBuffer} unless the
     *                  direction is {@link Direction#TO_DEVICE}.
     * @param offset    of the first byte.
     * @param length    bytes, greater than zero.
     * @param direction who writes.
     * @return as {@link #map(byte[], int, int, Direction)}.
     * @throws IllegalArgumentException if the buffer is not mutable and the device would write it.
     */
    public long map(final DirectBuffer buffer, final int offset, final int length, final Direction direction)
    {
        requirePart(offset, length, buffer.capacity());
        requireWritable(buffer instanceof MutableDirectBuffer, buffer, direction);
        final MappingRecord record = mappings.take();
        record.original.wrap(buffer, offset, length);
        return map(record, length, direction);
    }

    /**
     * The name of a mapping in a descriptor.
     *
     * @param mapping a live handle.
     * @return the bus address of its first byte.
     * @throws IllegalStateException if the handle is foreign, free or stale.
     */
    public long busAddress(final long mapping)
    {
        final MappingRecord record = mappings.find(mapping);
        return record.pool.busAddress(record.block);
    }

    /**
     * How long a mapping is.
     *
     * @param mapping a live handle.
     * @return bytes.
     * @throws IllegalStateException if the handle is foreign, free or stale.
     */
    public int length(final long mapping)
    {
        return mappings.find(mapping).length;
    }

    /**
     * Let the caller see what the device wrote so far; the mapping stays. Does nothing if the device only reads.
     *
     * @param mapping a live handle.
     * @param offset  of the first byte, counted in the mapping.
     * @param length  bytes.
     * @throws IllegalStateException     if the handle is foreign, free or stale.
     * @throws IndexOutOfBoundsException if the mapping has no such part.
     */
    public void syncForCpu(final long mapping, final int offset, final int length)
    {
        final MappingRecord record = mappings.find(mapping);
        requireInside(offset, length, record);
        if (record.direction.isFromDevice())
        {
            copyFromPool(record, offset, length);
        }
    }

    /**
     * Let the device see what the caller wrote since the mapping was made; the mapping stays. Does nothing if the
     * device only writes.
     *
     * @param mapping a live handle.
     * @param offset  of the first byte, counted in the mapping.
     * @param length  bytes.
     * @throws IllegalStateException     if the handle is foreign, free or stale.
     * @throws IndexOutOfBoundsException if the mapping has no such part.
     */
    public void syncForDevice(final long mapping, final int offset, final int length)
    {
        final MappingRecord record = mappings.find(mapping);
        requireInside(offset, length, record);
        if (record.direction.isToDevice())
        {
            copyToPool(record, offset, length);
        }
    }

    /**
     * End a mapping and copy all of it back if the device may have written it.
     *
     * @param mapping a live handle.
     * @throws IllegalStateException if the handle is foreign, free or stale; nothing changes then.
     */
    public void unmap(final long mapping)
    {
        unmap(mapping, Integer.MAX_VALUE);
    }

    /**
     * End a mapping and copy back what the device says it wrote, never more than was mapped.
     *
     * @param mapping a live handle.
     * @param written bytes from the start of the mapping; a larger number than the mapping's length, which a hostile
     *                device may claim, counts as that length.
     * @throws IllegalStateException    if the handle is foreign, free or stale; nothing changes then.
     * @throws IllegalArgumentException if the number is negative.
     */
    public void unmap(final long mapping, final int written)
    {
        if (written < 0)
        {
            throw new IllegalArgumentException("written must not be negative: written=" + written);
        }
        final MappingRecord record = mappings.retire(mapping);
        if (record.direction.isFromDevice())
        {
            copyFromPool(record, 0, Math.min(written, record.length));
        }
        record.pool.free(record.block, owner);
        mappings.give(record);
        unmaps.increment();
    }

    /**
     * Take zeroed memory that both sides use in place.
     *
     * @param length    bytes, greater than zero.
     * @param alignment of its bus address, a power of two up to 4096.
     * @return the buffer, to be closed by the caller, or null if no pool has room: {@link #explain} tells why.
     * @throws IllegalArgumentException if a number is out of its range.
     */
    public CoherentBuffer allocateCoherent(final int length, final int alignment)
    {
        final List<BouncePool> candidates = pools.pools();
        for (int i = 0; i < candidates.size(); i++)
        {
            final BouncePool pool = candidates.get(i);
            final long block = pool.allocate(length, alignment, owner);
            if (block >= 0)
            {
                return new CoherentBuffer(pool, block, owner, length);
            }
        }
        refusals.increment();
        return null;
    }

    /**
     * Tell why the pools refuse a length now, one pool a line. Slow: for messages.
     *
     * @param length bytes that were asked for.
     * @return for example {@code EXHAUSTED: pool=demo, asked=65536, free=2048, ...}.
     */
    public String explain(final int length)
    {
        final StringBuilder text = new StringBuilder();
        for (final BouncePool pool : pools.pools())
        {
            text.append(text.isEmpty() ? "" : System.lineSeparator()).append(pool.explain(length));
        }
        return text.isEmpty() ? "no pool is registered" : text.toString();
    }

    /**
     * What this device has bounced so far.
     *
     * @return figures that grow; exact once no other thread maps.
     */
    public DmaStatistics statistics()
    {
        return new DmaStatistics(
            maps.sum(), unmaps.sum(), refusals.sum(), bytesToDevice.sum(), bytesFromDevice.sum());
    }

    /**
     * Check that nothing is mapped any more.
     *
     * @throws IllegalStateException if mappings are live: end them first, after the device is reset.
     */
    @Override
    public void close()
    {
        final int live = mappings.live();
        if (live > 0)
        {
            throw new IllegalStateException("device has live mappings: device=" + owner + ", mappings=" + live);
        }
    }

    private long map(final MappingRecord record, final int length, final Direction direction)
    {
        boolean mapped = false;
        try
        {
            long result = Refusal.Reason.EXHAUSTED.code();
            final List<BouncePool> candidates = pools.pools();
            for (int i = 0; i < candidates.size() && !mapped; i++)
            {
                final BouncePool pool = candidates.get(i);
                result = pool.allocate(length, 1, owner);
                if (result >= 0)
                {
                    record.pool = pool;
                    record.block = result;
                    record.length = length;
                    record.direction = direction;
                    fill(record);
                    result = mappings.publish(record);
                    mapped = true;
                }
            }
            (mapped ? maps : refusals).increment();
            return result;
        }
        finally
        {
            if (!mapped)
            {
                mappings.give(record);
            }
        }
    }

    /**
     * After this the block holds the caller's bytes or zeros, and nothing of any mapping before.
     *
     * @param record of the mapping.
     */
    private void fill(final MappingRecord record)
    {
        final int start = record.pool.indexOf(record.block);
        final int own = record.direction.isToDevice() ? record.length : 0;
        copyToPool(record, 0, own);
        record.pool.view().setMemory(start + own, BouncePool.blockSize(record.length) - own, (byte)0);
    }

    private void copyToPool(final MappingRecord record, final int offset, final int length)
    {
        copy(record.original, offset, record.pool.view(), record.pool.indexOf(record.block) + offset, length);
        bytesToDevice.add(length);
    }

    private void copyFromPool(final MappingRecord record, final int offset, final int length)
    {
        copy(record.pool.view(), record.pool.indexOf(record.block) + offset, record.original, offset, length);
        bytesFromDevice.add(length);
    }

    private static void copy(
        final UnsafeBuffer from, final int fromIndex, final UnsafeBuffer to, final int toIndex, final int length)
    {
        int done = 0;
        while (done < length)
        {
            final int chunk = Math.min(COPY_CHUNK, length - done);
            to.putBytes(toIndex + done, from, fromIndex + done, chunk);
            done += chunk;
        }
    }

    private static void requirePart(final int offset, final int length, final int capacity)
    {
        if (length <= 0)
        {
            throw new IllegalArgumentException("length must be positive: length=" + length);
        }
        if (offset < 0 || offset > capacity - length)
        {
            throw new IndexOutOfBoundsException("part is outside the buffer: offset=" + offset + ", length=" + length +
                ", capacity=" + capacity);
        }
    }

    private static void requireInside(final int offset, final int length, final MappingRecord record)
    {
        if (offset < 0 || length < 0 || offset > record.length - length)
        {
            throw new IndexOutOfBoundsException("part is outside the mapping: offset=" + offset + ", length=" +
                length + ", mapped=" + record.length);
        }
    }

    private static void requireWritable(final boolean writable, final Object buffer, final Direction direction)
    {
        if (!writable && direction.isFromDevice())
        {
            throw new IllegalArgumentException(
                "buffer can not be written by a device: direction=" + direction + ", buffer=" + buffer);
        }
    }
}
