/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

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
public final class ScatterGather extends BufferList<ScatterGather>
{
    private final int maxSegments;
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

    @Override
    ScatterGather self()
    {
        return this;
    }

    @Override
    void requireUnmapped()
    {
        if (segments.count() > 0)
        {
            throw new IllegalStateException("list is mapped: segments=" + segments.count() + ", bytes=" + length());
        }
    }

    @Override
    public String toString()
    {
        return "ScatterGather{entries=" + entries() + ", length=" + length() + ", segments=" + segments.count() +
            " of " + maxSegments + "}";
    }
}
