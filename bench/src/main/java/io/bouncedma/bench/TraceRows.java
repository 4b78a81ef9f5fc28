/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.dma.Direction;
import io.bouncedma.lab.Trace;
import io.bouncedma.lab.TraceDirection;

import java.util.Arrays;

/**
 * The rows of a trace as a replay reads them: 16 bytes each, one after the other, so that reading them costs both sides
 * the same little. Coherent memory is left out, as nobody copies it.
 */
final class TraceRows
{
    /** The most bytes for originals. */
    static final int MAX_MEMORY = 1 << 30;

    private static final Direction[] DIRECTIONS = Direction.values();
    private static final int DIRECTION_SHIFT = 32;
    private static final int DIRECTION_MASK = 3;
    private static final int DEVICE_SHIFT = 40;
    private static final int DEVICE_MASK = 0xffff;

    /* map u1 (the sign) | device u16 at 40 | direction u2 at 32 | mapping u32 */
    private final long[] whats;
    /* original's first byte u32 | length u32 */
    private final long[] places;
    private final int size;
    private final int left;
    private final int memory;
    private final long bytesToDevice;
    private final long bytesFromDevice;

    /**
     * Give each mapping of a trace a place for its original.
     *
     * @param trace       to read.
     * @param leastMemory bytes that the originals are spread over; doubled until all that live have a place.
     * @throws IllegalArgumentException if they have none in {@link #MAX_MEMORY}.
     */
    TraceRows(final Trace trace, final int leastMemory)
    {
        long[] found = null;
        int length = leastMemory;
        while (null == found && length > 0 && length <= MAX_MEMORY)
        {
            found = places(trace, new Originals(length));
            length <<= null == found ? 1 : 0;
        }
        if (null == found)
        {
            throw new IllegalArgumentException("the originals of trace " + trace.name() + " do not fit into 1 GiB: " +
                trace.peakLiveMappings() + " live at a time, which have " + trace.peakLiveBytes() + " bytes");
        }
        memory = length;
        places = found;
        whats = new long[trace.size()];
        int count = 0;
        long to = 0;
        long from = 0;
        for (int i = 0; i < trace.size(); i++)
        {
            if (TraceDirection.COHERENT != trace.direction(i))
            {
                final Direction direction = DIRECTIONS[trace.direction(i).ordinal()];
                to += trace.isMap(i) && direction.isToDevice() ? trace.bytes(i) : 0;
                from += !trace.isMap(i) && direction.isFromDevice() ? trace.bytes(i) : 0;
                places[count] = places[i];
                whats[count++] = (trace.isMap(i) ? Long.MIN_VALUE : 0) | (long)trace.device(i) << DEVICE_SHIFT |
                    (long)direction.ordinal() << DIRECTION_SHIFT | trace.mapping(i);
            }
        }
        size = count;
        left = trace.size() - count;
        bytesToDevice = to;
        bytesFromDevice = from;
    }

    private static long[] places(final Trace trace, final Originals originals)
    {
        final long[] found = new long[trace.size()];
        final int[] live = new int[trace.peakLiveMappings()];
        Arrays.fill(live, -1);
        for (int i = 0; i < trace.size(); i++)
        {
            if (TraceDirection.COHERENT == trace.direction(i))
            {
                continue;
            }
            final int mapping = trace.mapping(i);
            if (trace.isMap(i))
            {
                live[mapping] = originals.take(trace.bytes(i), trace.pageOffset(i));
                if (live[mapping] < 0)
                {
                    return null;
                }
            }
            else
            {
                originals.free(live[mapping], trace.bytes(i));
            }
            found[i] = (long)live[mapping] << Integer.SIZE | trace.bytes(i);
        }
        return found;
    }

    int size()
    {
        return size;
    }

    /** How many rows of coherent memory were left out. */
    int left()
    {
        return left;
    }

    /** Bytes that the originals are spread over. */
    int memory()
    {
        return memory;
    }

    /** Bytes that a replay copies into the pool. */
    long bytesToDevice()
    {
        return bytesToDevice;
    }

    /** Bytes that a replay copies out of the pool: what is never unmapped is never copied out. */
    long bytesFromDevice()
    {
        return bytesFromDevice;
    }

    boolean isMap(final int i)
    {
        return whats[i] < 0;
    }

    int mapping(final int i)
    {
        return (int)whats[i];
    }

    Direction direction(final int i)
    {
        return DIRECTIONS[(int)(whats[i] >> DIRECTION_SHIFT) & DIRECTION_MASK];
    }

    int device(final int i)
    {
        return (int)(whats[i] >> DEVICE_SHIFT) & DEVICE_MASK;
    }

    int original(final int i)
    {
        return (int)(places[i] >> Integer.SIZE);
    }

    int length(final int i)
    {
        return (int)places[i];
    }
}
