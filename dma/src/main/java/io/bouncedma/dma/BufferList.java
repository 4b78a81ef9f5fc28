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
 * Parts of private buffers that are mapped together. Keeps them alive until it is cleared.
 *
 * @param <L> the kind of list.
 */
abstract class BufferList<L extends BufferList<L>>
{
    private static final int INITIAL_CAPACITY = 16;

    /** See {@link PrivateMemory}. */
    private Object[] sources = new Object[INITIAL_CAPACITY];
    private long[] addresses = new long[INITIAL_CAPACITY];
    private int[] lengths = new int[INITIAL_CAPACITY];
    private boolean isReadOnly;
    private int entries;
    private long length;

    /** This, as what it is. */
    abstract L self();

    /**
     * Look before the entries change.
     *
     * @throws IllegalStateException if they are mapped.
     */
    abstract void requireUnmapped();

    /**
     * Add a part of a heap array.
     *
     * @param buffer private; not to be used by the caller while it is mapped.
     * @param offset of the first byte.
     * @param bytes  how many, greater than zero.
     * @return this.
     * @throws IndexOutOfBoundsException if the array has no such part.
     * @throws IllegalArgumentException  if the number is not positive.
     * @throws IllegalStateException     if something of this is mapped.
     */
    public final L add(final byte[] buffer, final int offset, final int bytes)
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
    public final L add(final ByteBuffer buffer, final int offset, final int bytes)
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
    public final L add(final DirectBuffer buffer, final int offset, final int bytes)
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
     * @throws IllegalStateException     if something of this is mapped, or the segment's arena is closed.
     */
    public final L add(final MemorySegment segment, final long offset, final long bytes)
    {
        final int some = Checks.requirePart(segment, offset, bytes);
        return add(segment, segment.address() + offset, some, segment.isReadOnly());
    }

    /**
     * Forget the entries.
     *
     * @throws IllegalStateException if something of this is mapped.
     */
    public final void clear()
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
     * @return 0 after {@link #clear()}.
     */
    public final int entries()
    {
        return entries;
    }

    /**
     * The sum of all entries.
     *
     * @return bytes.
     */
    public final long length()
    {
        return length;
    }

    final void requireWritable(final Direction direction)
    {
        if (isReadOnly && direction.isFromDevice())
        {
            throw new IllegalArgumentException("an entry can not be written by a device: direction=" + direction);
        }
    }

    /** What an entry is in, see {@link PrivateMemory}. */
    final Object source(final int entry)
    {
        return sources[entry];
    }

    /** Where an entry begins there. */
    final long address(final int entry)
    {
        return addresses[entry];
    }

    final int entryLength(final int entry)
    {
        return lengths[entry];
    }

    /** How long the entries are; not to be written. */
    final int[] lengths()
    {
        return lengths;
    }

    /** Whose low bits a minimum alignment preserves. */
    final long entryLow(final int entry)
    {
        return PrivateMemory.low(sources[entry], addresses[entry]);
    }

    private L add(final Object source, final long address, final int bytes, final boolean readOnly)
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
        return self();
    }
}
