/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.BouncePool;

import java.lang.foreign.MemorySegment;

/**
 * What is asked of every buffer that a caller hands in, and of every length.
 */
final class Checks
{
    private Checks()
    {
    }

    static void requireLength(final int length)
    {
        if (length <= 0)
        {
            throw new IllegalArgumentException("length must be positive: length=" + length);
        }
    }

    static void requireCoherent(final int length, final int alignment)
    {
        if (length <= 0 || length > BouncePool.MAX_BLOCK || alignment <= 0 || 0 != (alignment & alignment - 1))
        {
            throw new IllegalArgumentException("need 1 to " + BouncePool.MAX_BLOCK +
                " bytes and a power of two: length=" + length + ", alignment=" + alignment);
        }
    }

    static void requirePart(final int offset, final int length, final int capacity)
    {
        requireLength(length);
        if (offset < 0 || offset > capacity - length)
        {
            throw new IndexOutOfBoundsException("part is outside the buffer: offset=" + offset + ", length=" + length +
                ", capacity=" + capacity);
        }
    }

    /**
     * Look at a part of a segment.
     *
     * @throws IllegalStateException if the segment's arena is closed: nothing could ever be copied.
     */
    static int requirePart(final MemorySegment segment, final long offset, final long length)
    {
        if (length <= 0 || length > BouncePool.MAX_BLOCK)
        {
            throw new IllegalArgumentException(
                "length must be 1 to " + BouncePool.MAX_BLOCK + ": length=" + length + ", segment=" + segment);
        }
        if (offset < 0 || offset > segment.byteSize() - length)
        {
            throw new IndexOutOfBoundsException("part is outside the segment: offset=" + offset + ", length=" + length +
                ", byteSize=" + segment.byteSize());
        }
        if (!segment.scope().isAlive())
        {
            throw new IllegalStateException(
                "segment's arena is closed: offset=" + offset + ", length=" + length + ", segment=" + segment);
        }
        return (int)length;
    }

    static void requireMapped(final int offset, final int length, final int mapped)
    {
        if (offset < 0 || length < 0 || offset > mapped - length)
        {
            throw new IndexOutOfBoundsException(
                "part is outside the mapping: offset=" + offset + ", length=" + length + ", mapped=" + mapped);
        }
    }

    static void requireNotEmpty(final int entries, final Object of)
    {
        if (0 == entries)
        {
            throw new IllegalArgumentException("nothing is to be mapped: " + of);
        }
    }

    static void requireWritten(final long written)
    {
        if (written < 0)
        {
            throw new IllegalArgumentException("written must not be negative: written=" + written);
        }
    }

    static void requireWritable(final boolean writable, final Object buffer, final Direction direction)
    {
        if (!writable && direction.isFromDevice())
        {
            throw new IllegalArgumentException(
                "buffer can not be written by a device: direction=" + direction + ", buffer=" + buffer);
        }
    }
}
