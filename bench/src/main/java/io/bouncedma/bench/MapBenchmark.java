/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.pool.PoolSet;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
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

import java.util.concurrent.TimeUnit;

/**
 * Mapping and unmapping a hot private buffer, against a raw copy of it into the same memory: the copy is the physical
 * bound, what is above it is the price of the pool and of the bookkeeping.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 100, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class MapBenchmark
{
    /** Of an array that G1 gives regions of its own, so that its header lies at the beginning of one. */
    private static final int OWN_REGIONS = 1 << 25;
    /**
     * Where its first whole cache line begins. A page that is copied to another place takes up to five times as long:
     * there a store lies on two pages. Where an array of its own lies is chance, another one for each benchmark.
     */
    private static final int FIRST = BitUtil.CACHE_LINE_LENGTH - (int)BufferUtil.ARRAY_BASE_OFFSET;

    /** Bytes of the buffer. */
    @Param({"64", "4096", "65536", "262144"})
    private int length;

    private BenchWindow window;
    private DmaDevice dma;
    private byte[] buffer;

    /**
     * Created by JMH.
     */
    public MapBenchmark()
    {
    }

    /**
     * Make a region with a pool, and a private buffer that begins with a cache line.
     */
    @Setup
    public void open()
    {
        window = new BenchWindow();
        dma = new DmaDevice("bench", PoolSet.of(window.pool));
        buffer = new byte[OWN_REGIONS];
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
     * The bound: copy the buffer into shared memory.
     */
    @Benchmark
    public void copy()
    {
        window.raw.putBytes(0, buffer, FIRST, length);
    }

    /**
     * The bound of what comes back: copy as many bytes out of shared memory into the buffer.
     */
    @Benchmark
    public void copyBack()
    {
        window.raw.getBytes(0, buffer, FIRST, length);
    }

    /**
     * Map the buffer for a device to read, and unmap it.
     *
     * @return what goes into the descriptor.
     */
    @Benchmark
    public long toDevice()
    {
        final long mapping = dma.map(buffer, FIRST, length, Direction.TO_DEVICE);
        final long address = dma.busAddress(mapping);
        dma.unmap(mapping);
        return address;
    }

    /**
     * Map the buffer for a device to write, and unmap it as wholly written: zeros go in, bytes come back.
     *
     * @return what goes into the descriptor.
     */
    @Benchmark
    public long fromDevice()
    {
        final long mapping = dma.map(buffer, FIRST, length, Direction.FROM_DEVICE);
        final long address = dma.busAddress(mapping);
        dma.unmap(mapping);
        return address;
    }
}
