/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.pool.PoolClient;
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
 * Taking a block and giving it back, hot and cold, against a raw copy of as many bytes.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 100, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class AllocateBenchmark
{
    private static final int COLD_BLOCKS = 64;

    /** Bytes of the block. */
    @Param("4096")
    private int length;

    private BenchWindow window;
    private PoolClient client;
    private byte[] buffer;
    private long sizes = 1;

    /**
     * Created by JMH.
     */
    public AllocateBenchmark()
    {
    }

    /**
     * Make a region with a pool.
     */
    @Setup
    public void open()
    {
        window = new BenchWindow();
        client = window.pool.open("bench");
        buffer = new byte[length];
    }

    /**
     * Give everything back.
     */
    @TearDown
    public void close()
    {
        client.close();
        window.close();
    }

    /**
     * The bound: copy as many bytes into shared memory.
     */
    @Benchmark
    public void copy()
    {
        window.raw.putBytes(0, buffer, 0, length);
    }

    /**
     * Take a block and give it back, so that the next one is hot.
     */
    @Benchmark
    public void hot()
    {
        client.free(client.allocate(length));
    }

    /**
     * Take blocks of ever other sizes, so that none is hot.
     */
    @Benchmark
    @OperationsPerInvocation(COLD_BLOCKS)
    public void cold()
    {
        for (int i = 0; i < COLD_BLOCKS; i++)
        {
            client.free(client.allocate(length + next()));
        }
    }

    private int next()
    {
        sizes = sizes * 25_214_903_917L + 11;
        return (int)(sizes >>> 40) & 0xffff;
    }
}
