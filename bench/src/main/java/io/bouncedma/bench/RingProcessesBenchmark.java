/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

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

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * {@link RingThreadsBenchmark} with the device role in another process: the same cache lines travel, so the bounds are
 * those of the threads.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 10, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 100, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class RingProcessesBenchmark
{
    /** Features of the ring. */
    @Param({"split", "split,event-idx", "packed", "packed,event-idx", "split,indirect", "packed,indirect"})
    private String ring;

    private BenchRing pair;
    private DeviceProcess device;

    /**
     * Created by JMH.
     */
    public RingProcessesBenchmark()
    {
    }

    /**
     * Make a ring.
     *
     * @throws IOException if there can be no other process.
     */
    @Setup
    public void open() throws IOException
    {
        pair = new BenchRing(ring);
        device = new DeviceProcess(ring, pair);
    }

    /**
     * Give everything back.
     */
    @TearDown
    public void close()
    {
        device.close();
        pair.close();
    }

    /**
     * A chain of one element there and back.
     *
     * @return what the device says it wrote.
     */
    @Benchmark
    public int pingPong()
    {
        pair.add(1);
        pair.await();
        return pair.driver.written();
    }

    /**
     * One more chain of three elements into a ring that is kept full; each is published alone.
     *
     * @return what the device says it wrote.
     */
    @Benchmark
    public int streamThree()
    {
        return pair.stream(BenchRing.ELEMENTS);
    }
}
