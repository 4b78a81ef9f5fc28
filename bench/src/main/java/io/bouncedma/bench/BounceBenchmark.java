/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.BusAddressing;
import io.bouncedma.pool.Extent;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.pool.SharedRegion;
import org.agrona.concurrent.UnsafeBuffer;
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

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Mapping and unmapping a hot private buffer for a device to read, against a raw copy of it into the same memory: the
 * copy is the physical bound, what is above it is the price of the pool and of the bookkeeping.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(2)
public class BounceBenchmark
{
    private static final int POOL_LENGTH = 1 << 26;
    /** Bytes 0 to 4095 of the region are not in the pool: the raw copy goes there, and bus address 0 stays unused. */
    private static final int POOL_OFFSET = 1 << 18;

    /** Bytes of the buffer. */
    @Param({"64", "4096", "65536", "262144"})
    private int length;

    private SharedRegion region;
    private BouncePool pool;
    private DmaDevice dma;
    private byte[] buffer;
    private UnsafeBuffer raw;

    /**
     * Created by JMH.
     */
    public BounceBenchmark()
    {
    }

    /**
     * Make a region with a pool, and a private buffer.
     */
    @Setup
    public void open()
    {
        final long regionLength = POOL_OFFSET + POOL_LENGTH;
        try (Fd memory = Memfd.create("bounce-dma-bench", regionLength))
        {
            region = SharedRegion.map("bench", memory,
                List.of(new Extent(0, 0x1000_0000, regionLength)), BusAddressing.offset());
        }
        pool = new BouncePool("bench", region, POOL_OFFSET, POOL_LENGTH);
        dma = new DmaDevice("bench", PoolSet.of(pool));
        buffer = new byte[length];
        raw = region.view(0, POOL_OFFSET);
    }

    /**
     * Give everything back.
     */
    @TearDown
    public void close()
    {
        dma.close();
        pool.close();
        region.close();
    }

    /**
     * The bound: copy the buffer into shared memory.
     */
    @Benchmark
    public void copy()
    {
        raw.putBytes(0, buffer, 0, length);
    }

    /**
     * Map the buffer for a device to read, and unmap it.
     *
     * @return what goes into the descriptor.
     */
    @Benchmark
    public long mapUnmap()
    {
        final long mapping = dma.map(buffer, 0, length, Direction.TO_DEVICE);
        final long address = dma.busAddress(mapping);
        dma.unmap(mapping);
        return address;
    }
}
