/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.lab.Trace;
import io.bouncedma.pool.PoolClient;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Taking blocks and giving them back in the order and of the sizes in which drivers of a Linux guest mapped and
 * unmapped: nothing is copied and nothing recorded. A copy of 4 KiB is the measure, {@link AllocateBenchmark#copy()}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 100, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class TraceAllocateBenchmark
{
    private static final int LENGTH_SHIFT = 32;
    private static final int OFFSET_SHIFT = 20;
    private static final int OFFSET_MASK = 0xfff;
    private static final int MAPPING_MASK = 0xfffff;

    /** Whose order. */
    @Param
    private ShippedTrace trace;

    private BenchWindow window;
    private PoolClient client;
    private long[] blocks;
    /* By row: length u32 (0 if it is given back) | page offset u12 at 20 | mapping u20. */
    private long[] rows;
    private int mask;
    private int next;

    /**
     * Created by JMH.
     */
    public TraceAllocateBenchmark()
    {
    }

    /**
     * Make a pool, and read the trace.
     */
    @Setup
    public void open()
    {
        window = new BenchWindow();
        client = window.pool.open("bench");
        final BenchTrace read = ShippedTrace.readAll().get(trace.ordinal());
        // One driver each: its devices ask for the same.
        mask = read.masks().of(read.trace().devices().getFirst());
        blocks = new long[read.trace().peakLiveMappings()];
        Arrays.fill(blocks, -1);
        rows = rows(read.trace());
        next = 0;
    }

    /**
     * Each mapping is ended, those that are left by rows of their own: so two rows are one pair on average.
     */
    private static long[] rows(final Trace trace)
    {
        final long[] rows = new long[2 * trace.size()];
        final boolean[] live = new boolean[trace.peakLiveMappings()];
        int count = 0;
        for (int i = 0; i < trace.size(); i++)
        {
            final int mapping = trace.mapping(i);
            live[mapping] = trace.isMap(i);
            rows[count++] = (trace.isMap(i) ? (long)trace.bytes(i) << LENGTH_SHIFT : 0) |
                (long)trace.pageOffset(i) << OFFSET_SHIFT | mapping;
        }
        for (int i = 0; i < live.length; i++)
        {
            if (live[i])
            {
                rows[count++] = i;
            }
        }
        return Arrays.copyOf(rows, count);
    }

    /**
     * Give everything back.
     */
    @TearDown
    public void close()
    {
        for (final long block : blocks)
        {
            if (block >= 0)
            {
                client.free(block);
            }
        }
        client.close();
        window.close();
    }

    /**
     * Do the next two rows.
     */
    @Benchmark
    public void pair()
    {
        row();
        row();
    }

    private void row()
    {
        final long row = rows[next];
        next = rows.length - 1 == next ? 0 : next + 1;
        final int mapping = (int)row & MAPPING_MASK;
        final int length = (int)(row >>> LENGTH_SHIFT);
        if (length > 0)
        {
            blocks[mapping] = client.allocate(length, mask, row >>> OFFSET_SHIFT & OFFSET_MASK);
        }
        else
        {
            client.free(blocks[mapping]);
            blocks[mapping] = -1;
        }
    }
}
