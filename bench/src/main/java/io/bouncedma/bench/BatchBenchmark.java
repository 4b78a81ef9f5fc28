/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.dma.MappingBatch;
import io.bouncedma.pool.PoolSet;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * A queue's 32 buffers, mapped and unmapped by one call each, against as many calls for each buffer: the time of one
 * buffer. The copies are the same.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 100, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class BatchBenchmark
{
    private static final int BUFFERS = 32;

    /** Bytes of each buffer. */
    @Param({"64", "4096"})
    private int length;
    /** Who writes. */
    @Param({"TO_DEVICE", "FROM_DEVICE"})
    private Direction direction;

    private final byte[][] buffers = new byte[BUFFERS][];
    private final long[] mappings = new long[BUFFERS];
    private final long[] addresses = new long[BUFFERS];
    private final MappingBatch batch = new MappingBatch();
    private BenchWindow window;
    private DmaDevice dma;

    /**
     * Created by JMH.
     */
    public BatchBenchmark()
    {
    }

    /**
     * Make a region with a pool, and private buffers.
     */
    @Setup
    public void open()
    {
        window = new BenchWindow();
        dma = new DmaDevice("bench", PoolSet.of(window.pool));
        for (int i = 0; i < BUFFERS; i++)
        {
            buffers[i] = new byte[length];
            batch.add(buffers[i], 0, length);
        }
    }

    /**
     * Give everything back.
     */
    @TearDown
    public void close()
    {
        dma.close();
        window.close();
    }

    /**
     * Map the buffers one by one, and unmap them so.
     *
     * @return what goes into the descriptors.
     */
    @Benchmark
    @OperationsPerInvocation(BUFFERS)
    public long[] single()
    {
        for (int i = 0; i < BUFFERS; i++)
        {
            mappings[i] = dma.map(buffers[i], 0, length, direction);
        }
        for (int i = 0; i < BUFFERS; i++)
        {
            addresses[i] = dma.busAddress(mappings[i]);
        }
        for (int i = 0; i < BUFFERS; i++)
        {
            dma.unmap(mappings[i], length);
        }
        return addresses;
    }

    /**
     * Map and unmap the buffers as a batch.
     *
     * @return what goes into the descriptors.
     */
    @Benchmark
    @OperationsPerInvocation(BUFFERS)
    public long[] batch()
    {
        dma.map(batch, direction);
        for (int i = 0; i < BUFFERS; i++)
        {
            addresses[i] = batch.busAddress(i);
        }
        for (int i = 0; i < BUFFERS; i++)
        {
            batch.written(i, length);
        }
        dma.unmap(batch);
        return addresses;
    }
}
