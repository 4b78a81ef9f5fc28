/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.agrona.collections.LongArrayList;

import java.util.BitSet;
import java.util.SplittableRandom;

/**
 * What all synthetic workloads share: the random numbers, a clock, how many maps are left to make and how many bytes
 * may still be live. Holds the bounds against mistakes of a workload.
 */
final class WorkloadRecorder
{
    /** Microseconds between two events, at most. */
    private static final int MAX_PAUSE = 20;
    /** Small buffers come from slabs, whose objects lie at multiples of this. */
    private static final int SLAB_ALIGNMENT = 16;

    private final SplittableRandom random;
    private final Trace.Builder builder;
    /** By mapping. */
    private final LongArrayList handles = new LongArrayList();
    private final BitSet live = new BitSet();
    private final long limit;
    private int left;
    private long liveBytes;
    private long clock;

    WorkloadRecorder(final String name, final long seed, final int maps, final long limit)
    {
        random = new SplittableRandom(seed);
        builder = new Trace.Builder(name);
        this.limit = limit;
        left = maps;
    }

    SplittableRandom random()
    {
        return random;
    }

    /**
     * How many maps are still to be made.
     */
    int left()
    {
        return left;
    }

    long limit()
    {
        return limit;
    }

    long liveBytes()
    {
        return liveBytes;
    }

    /**
     * Whether a mapping of so many bytes may be made now.
     */
    boolean fits(final int bytes)
    {
        return left > 0 && liveBytes + bytes <= limit;
    }

    int map(final int bytes, final TraceDirection direction, final int pageOffset)
    {
        if (!fits(bytes))
        {
            throw new IllegalStateException("workload exceeds its bounds: bytes=" + bytes + ", liveBytes=" + liveBytes +
                ", limit=" + limit + ", left=" + left);
        }
        left--;
        liveBytes += bytes;
        final long handle = builder.map(now(), bytes, direction, pageOffset);
        final int mapping = (int)handle;
        if (mapping == handles.size())
        {
            handles.addLong(handle);
        }
        handles.setLong(mapping, handle);
        live.set(mapping);
        return mapping;
    }

    void unmap(final int mapping)
    {
        live.clear(mapping);
        liveBytes -= bytes(mapping);
        builder.unmap(now(), handles.getLong(mapping));
    }

    int bytes(final int mapping)
    {
        return builder.bytes(handles.getLong(mapping));
    }

    /**
     * Where a buffer of so many bytes may begin in its page: pages begin at their start.
     */
    int pageOffset(final int bytes)
    {
        return bytes >= Trace.PAGE_SIZE ? 0 : random.nextInt(Trace.PAGE_SIZE / SLAB_ALIGNMENT) * SLAB_ALIGNMENT;
    }

    TraceDirection direction()
    {
        return random.nextBoolean() ? TraceDirection.TO_DEVICE : TraceDirection.FROM_DEVICE;
    }

    /**
     * Unmap what is left, in the order in which it was mapped.
     */
    Trace finish()
    {
        live.stream().mapToLong(handles::getLong).sorted().forEach(handle -> builder.unmap(now(), handle));
        return builder.build();
    }

    private long now()
    {
        clock += random.nextInt(1, MAX_PAUSE + 1);
        return clock;
    }
}
