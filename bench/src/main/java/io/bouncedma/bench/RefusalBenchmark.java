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
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * Being refused by a pool of 64 MiB that is full of 4 KiB blocks.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 100, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class RefusalBenchmark
{
    private static final int BLOCK = 4096;

    private BenchWindow window;
    private PoolClient client;
    private long[] blocks;

    /**
     * Created by JMH.
     */
    public RefusalBenchmark()
    {
    }

    /**
     * Fill the pool.
     */
    @Setup
    public void open()
    {
        window = new BenchWindow();
        client = window.pool.open("bench");
        blocks = new long[BenchWindow.POOL_LENGTH / BLOCK];
        for (int i = 0; i < blocks.length; i++)
        {
            blocks[i] = client.allocate(BLOCK);
        }
    }

    /**
     * Give everything back.
     */
    @TearDown
    public void close()
    {
        for (final long block : blocks)
        {
            client.free(block);
        }
        client.close();
        window.close();
    }

    /**
     * Ask for one block more.
     *
     * @return the code of the reason.
     */
    @Benchmark
    public long refusal()
    {
        return client.allocate(BLOCK);
    }
}
