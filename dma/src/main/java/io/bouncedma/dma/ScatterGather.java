/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Private buffers that a device is to see as one row of bytes, and the segments of shared memory that they were mapped
 * to: what Linux calls a scatterlist.
 * <pre>
 * entries   | 16 |   4096   |1|48|        a virtio-blk request with its header, status and table
 * segments  |    4112    |1 48|           small entries behind each other share a block
 * </pre>
 * Reusable: add entries, {@link DmaDevice#map(ScatterGather, Direction)}, put the segments into descriptors, {@link
 * DmaDevice#unmap(ScatterGather, long)}, {@link #clear()}. Used by one thread at a time; allocates nothing once it has
 * grown to the longest list.
 */
public final class ScatterGather
{
    private static final int INITIAL_CAPACITY = 16;

    private final int maxSegments;
    /** See {@link PrivateMemory}. */
    private Object[] sources = new Object[INITIAL_CAPACITY];
    private long[] addresses = new long[INITIAL_CAPACITY];
    private int[] lengths = new int[INITIAL_CAPACITY];
    private boolean isReadOnly;
    private int entries;
    private long length;
    private final Segments segments;

    /**
     * Make an empty list.
     *
     * @param maxSegments the most segments that the device takes, from 1; for example the size of its queue less two.
     * @throws IllegalArgumentException if it is less than 1.
     */
    public ScatterGather(final int maxSegments)
    {
        if (maxSegments < 1)
        {
            throw new IllegalArgumentException("need at least one segment: maxSegments=" + maxSegments);
        }
        this.maxSegments = maxSegments;
        segments = new Segments(maxSegments);
    }

    /**
     * Add a part of a heap array.
     *
     * @param buffer private; not to be used by the caller while the list is mapped.
     * @param offset of the first byte.
     * @param bytes  how many, greater than zero.
     * @return this.
     * @throws IndexOutOfBoundsException if the array has no such part.
     * @throws IllegalArgumentException  if the number is not positive.
     * @throws IllegalStateException     if the list is mapped.
     */
    public ScatterGather add(final byte[] buffer, final int offset, final int bytes)
    {
        Checks.requirePart(offset, bytes, buffer.length);
        return add(buffer, BufferUtil.ARRAY_BASE_OFFSET + (long)offset, bytes, false);
    }

    /**
     * Add a part of a byte buffer, direct or on the heap. Position and limit are neither used nor changed.
     *
     * @param buffer as {@link #add(byte[], int, int)}.
     * @param offset of the first byte.
     * @param bytes  how many, greater than zero.
     * @return this.
     */
    public ScatterGather add(final ByteBuffer buffer, final int offset, final int bytes)
    {
        Checks.requirePart(offset, bytes, buffer.capacity());
        if (buffer.isDirect())
        {
            return add(buffer, BufferUtil.address(buffer) + offset, bytes, buffer.isReadOnly());
        }
        final long at = BufferUtil.ARRAY_BASE_OFFSET + BufferUtil.arrayOffset(buffer) + (long)offset;
        return add(BufferUtil.array(buffer), at, bytes, buffer.isReadOnly());
    }

    /**
     * Add a part of an Agrona buffer: of the memory that it is wrapped around now.
     *
     * @param buffer as {@link #add(byte[], int, int)}.
     * @param offset of the first byte.
     * @param bytes  how many, greater than zero.
     * @return this.
     */
    public ScatterGather add(final DirectBuffer buffer, final int offset, final int bytes)
    {
        Checks.requirePart(offset, bytes, buffer.capacity());
        final byte[] array = buffer.byteArray();
        return add(null == array ? PrivateMemory.sourceOf(buffer) : array, buffer.addressOffset() + offset, bytes,
            !PrivateMemory.isWritable(buffer));
    }

    /**
     * Add a part of a memory segment.
     *
     * @param segment as {@link #add(byte[], int, int)}; native, or a part of an array of any kind.
     * @param offset  of the first byte.
     * @param bytes   how many, from 1 to 1 GiB.
     * @return this.
     * @throws IndexOutOfBoundsException if the segment has no such part.
     * @throws IllegalArgumentException  if the number is out of its range.
     * @throws IllegalStateException     if the list is mapped, or the segment's arena is closed.
     */
    public ScatterGather add(final MemorySegment segment, final long offset, final long bytes)
    {
        final int some = Checks.requirePart(segment, offset, bytes);
        final Object source = PrivateMemory.sourceOf(segment);
        return add(source, PrivateMemory.addressIn(source, segment, offset), some, segment.isReadOnly());
    }

    /**
     * Forget the entries.
     *
     * @throws IllegalStateException if the list is mapped.
     */
    public void clear()
    {
        requireUnmapped();
        Arrays.fill(sources, 0, entries, null);
        entries = 0;
        length = 0;
        isReadOnly = false;
    }

    /**
     * How many entries there are.
     *
     * @return 0 for an empty list.
     */
    public int entries()
    {
        return entries;
    }

    /**
     * The sum of all entries.
     *
     * @return bytes.
     */
    public long length()
    {
        return length;
    }

    /**
     * How many segments the list is mapped to.
     *
     * @return 0 while it is not mapped.
     */
    public int segments()
    {
        return segments.count();
    }

    /**
     * The name of a segment in a descriptor.
     *
     * @param segment from 0.
     * @return the bus address of its first byte.
     * @throws IndexOutOfBoundsException if there is no such segment.
     */
    public long busAddress(final int segment)
    {
        return segments.busAddress(segment);
    }

    /**
     * How long a segment is.
     *
     * @param segment from 0.
     * @return bytes.
     * @throws IndexOutOfBoundsException if there is no such segment.
     */
    public int segmentLength(final int segment)
    {
        return segments.length(segment);
    }

    Segments mapped()
    {
        return segments;
    }

    int entryLength(final int entry)
    {
        return lengths[entry];
    }

    /** Whose low bits a minimum alignment preserves. */
    long entryLow(final int entry)
    {
        return PrivateMemory.low(sources[entry], addresses[entry]);
    }

    void requireWritable(final Direction direction)
    {
        if (isReadOnly && direction.isFromDevice())
        {
            throw new IllegalArgumentException("an entry can not be written by a device: direction=" + direction);
        }
    }

    void requireUnmapped()
    {
        if (segments.count() > 0)
        {
            throw new IllegalStateException("list is mapped: segments=" + segments.count() + ", bytes=" + length);
        }
    }

    /** What an entry is in, see {@link PrivateMemory}. */
    Object source(final int entry)
    {
        return sources[entry];
    }

    /** Where an entry begins there. */
    long address(final int entry)
    {
        return addresses[entry];
    }

    private ScatterGather add(final Object source, final long address, final int bytes, final boolean readOnly)
    {
        requireUnmapped();
        if (entries == lengths.length)
        {
            final int grown = 2 * entries;
            sources = Arrays.copyOf(sources, grown);
            addresses = Arrays.copyOf(addresses, grown);
            lengths = Arrays.copyOf(lengths, grown);
        }
        sources[entries] = source;
        addresses[entries] = address;
        lengths[entries] = bytes;
        entries++;
        length += bytes;
        isReadOnly |= readOnly;
        return this;
    }

    @Override
    public String toString()
    {
        return "ScatterGather{entries=" + entries + ", length=" + length + ", segments=" + segments.count() + " of " +
            maxSegments + "}";
    }
}
