/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.pool.PoolSet;
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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * Two threads that map and unmap 4 KiB: with one pool, and with a pool each. What they lose on one pool is what they
 * wait for each other there.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 100, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
@Threads(2)
public class SharedPoolBenchmark
{
    private static final int LENGTH = 4096;

    /**
     * Created by JMH.
     */
    public SharedPoolBenchmark()
    {
    }

    /** One window and device for all threads. */
    @State(Scope.Benchmark)
    public static class OnePool extends Bounced
    {
        /**
         * Created by JMH.
         */
        public OnePool()
        {
        }
    }

    /** A window and a device for each thread. */
    @State(Scope.Thread)
    public static class OwnPool extends Bounced
    {
        /**
         * Created by JMH.
         */
        public OwnPool()
        {
        }
    }

    /** Each thread's private buffer. */
    @State(Scope.Thread)
    public static class Private
    {
        private final byte[] buffer = new byte[LENGTH];

        /**
         * Created by JMH.
         */
        public Private()
        {
        }
    }

    /** A window with a device. */
    public abstract static class Bounced
    {
        private BenchWindow window;
        private DmaDevice dma;

        /**
         * Created by JMH.
         */
        protected Bounced()
        {
        }

        /**
         * Make a region with a pool.
         */
        @Setup
        public void open()
        {
            window = new BenchWindow();
            dma = new DmaDevice("bench", PoolSet.of(window.pool));
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

        long bounce(final byte[] buffer)
        {
            final long mapping = dma.map(buffer, 0, LENGTH, Direction.TO_DEVICE);
            final long address = dma.busAddress(mapping);
            dma.unmap(mapping);
            return address;
        }
    }

    /**
     * Map and unmap through the pool that the other thread uses, too.
     *
     * @param shared  one for both.
     * @param own     the thread's buffer.
     * @return what goes into the descriptor.
     */
    @Benchmark
    public long onePool(final OnePool shared, final Private own)
    {
        return shared.bounce(own.buffer);
    }

    /**
     * The bound: map and unmap through a pool of the thread's own.
     *
     * @param pool one for each thread.
     * @param own  the thread's buffer.
     * @return what goes into the descriptor.
     */
    @Benchmark
    public long ownPools(final OwnPool pool, final Private own)
    {
        return pool.bounce(own.buffer);
    }
}
