/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.Refusal;
import org.agrona.DirectBuffer;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * One mapping at a time of a device, for try-with-resources; the long handles of {@link DmaDevice} are for those who
 * have many.
 * <pre>
 * try (Mapping mapping = new Mapping(dma))
 * {
 *     if (mapping.map(frame, 0, frame.length, Direction.FROM_DEVICE) &lt; 0) ... // no room: a Refusal.Reason's code
 *     queue.add(mapping.busAddress(), mapping.length());
 *     mapping.unmap(queue.awaitUsed());
 * }
 * </pre>
 * It may be used for one mapping after the other, and allocates nothing then. Used by one thread at a time.
 */
public final class Mapping implements AutoCloseable
{
    private final DmaDevice device;
    /** A handle, the code of a refusal, or 0. */
    private long mapping;

    /**
     * Make one of which nothing is mapped yet.
     *
     * @param device for which to map.
     */
    public Mapping(final DmaDevice device)
    {
        this.device = device;
    }

    /**
     * Map a part of a heap array.
     *
     * @param buffer    as {@link DmaDevice#map(byte[], int, int, Direction)}.
     * @param offset    as there.
     * @param length    as there.
     * @param direction as there.
     * @return greater than zero, or the negative code of a {@link Refusal.Reason}: then nothing is mapped.
     * @throws IllegalStateException if something is mapped already, and as there.
     */
    public long map(final byte[] buffer, final int offset, final int length, final Direction direction)
    {
        requireNone();
        mapping = device.map(buffer, offset, length, direction);
        return mapping;
    }

    /**
     * Map a part of a byte buffer.
     *
     * @param buffer    as {@link DmaDevice#map(ByteBuffer, int, int, Direction)}.
     * @param offset    as there.
     * @param length    as there.
     * @param direction as there.
     * @return as {@link #map(byte[], int, int, Direction)}.
     */
    public long map(final ByteBuffer buffer, final int offset, final int length, final Direction direction)
    {
        requireNone();
        mapping = device.map(buffer, offset, length, direction);
        return mapping;
    }

    /**
     * Map a part of an Agrona buffer.
     *
     * @param buffer    as {@link DmaDevice#map(DirectBuffer, int, int, Direction)}.
     * @param offset    as there.
     * @param length    as there.
     * @param direction as there.
     * @return as {@link #map(byte[], int, int, Direction)}.
     */
    public long map(final DirectBuffer buffer, final int offset, final int length, final Direction direction)
    {
        requireNone();
        mapping = device.map(buffer, offset, length, direction);
        return mapping;
    }

    /**
     * Map a part of a memory segment.
     *
     * @param segment   as {@link DmaDevice#map(MemorySegment, long, long, Direction)}.
     * @param offset    as there.
     * @param length    as there.
     * @param direction as there.
     * @return as {@link #map(byte[], int, int, Direction)}.
     */
    public long map(final MemorySegment segment, final long offset, final long length, final Direction direction)
    {
        requireNone();
        mapping = device.map(segment, offset, length, direction);
        return mapping;
    }

    /**
     * Map a part of a memory segment, and wait for space if no pool has room.
     *
     * @param segment      as {@link DmaDevice#map(MemorySegment, long, long, Direction, long)}.
     * @param offset       as there.
     * @param length       as there.
     * @param direction    as there.
     * @param timeoutNanos as there.
     * @return as {@link #map(byte[], int, int, Direction)}.
     */
    public long map(
        final MemorySegment segment,
        final long offset,
        final long length,
        final Direction direction,
        final long timeoutNanos)
    {
        requireNone();
        mapping = device.map(segment, offset, length, direction, timeoutNanos);
        return mapping;
    }

    /**
     * Whether something is mapped.
     *
     * @return false before a map, after a refusal, an unmap or a close.
     */
    public boolean isMapped()
    {
        return mapping > 0;
    }

    /**
     * The name of the mapping in a descriptor.
     *
     * @return the bus address of its first byte.
     * @throws IllegalStateException if nothing is mapped, which names the refusal if there was one.
     */
    public long busAddress()
    {
        return device.busAddress(handle());
    }

    /**
     * How long the mapping is.
     *
     * @return bytes.
     * @throws IllegalStateException as {@link #busAddress()}.
     */
    public int length()
    {
        return device.length(handle());
    }

    /**
     * Let the caller see what the device wrote so far.
     *
     * @param offset as {@link DmaDevice#syncForCpu(long, int, int)}.
     * @param length as there.
     * @throws IllegalStateException as {@link #busAddress()} and there.
     */
    public void syncForCpu(final int offset, final int length)
    {
        device.syncForCpu(handle(), offset, length);
    }

    /**
     * Let the device see what the caller wrote since.
     *
     * @param offset as {@link DmaDevice#syncForDevice(long, int, int)}.
     * @param length as there.
     * @throws IllegalStateException as {@link #busAddress()} and there.
     */
    public void syncForDevice(final int offset, final int length)
    {
        device.syncForDevice(handle(), offset, length);
    }

    /**
     * End the mapping and copy back what the device says it wrote.
     *
     * @param written as {@link DmaDevice#unmap(long, int)}.
     * @throws IllegalStateException    as {@link #busAddress()} and there: nothing is mapped then.
     * @throws IllegalArgumentException if the number is negative.
     */
    public void unmap(final int written)
    {
        Checks.requireWritten(written);
        final long ended = handle();
        mapping = 0;
        device.unmap(ended, written);
    }

    /**
     * End the mapping, if there is one, as {@link DmaDevice#unmap(long)} does: all of it is copied back if the device
     * may have written it. Who knows how much the device wrote calls {@link #unmap(int)} before. The device must not
     * use it any more by then. A second call does nothing, and the next map may follow.
     */
    @Override
    public void close()
    {
        final long ended = mapping;
        mapping = 0;
        if (ended > 0)
        {
            device.unmap(ended);
        }
    }

    @Override
    public String toString()
    {
        return "Mapping{device=" + device.name() + ", handle=" +
            (mapping < 0 ? Refusal.Reason.of(mapping).toString() : "0x" + Long.toHexString(mapping)) + "}";
    }

    private long handle()
    {
        if (0 == mapping)
        {
            throw new IllegalStateException("nothing is mapped: device=" + device.name());
        }
        return mapping;
    }

    private void requireNone()
    {
        if (mapping > 0)
        {
            throw new IllegalStateException(
                "something is mapped already: device=" + device.name() + ", handle=0x" + Long.toHexString(mapping));
        }
        mapping = 0;
    }
}
