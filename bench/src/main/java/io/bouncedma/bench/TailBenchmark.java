/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
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
 * The longest of a million calls. {@link CallTimer} says how it is told from what others did to the thread.
 * <p>
 * Two warm-ups of the same shape come before: a hundred small ones, so that what happens once or twice in a million
 * calls, such as a pool that gets full, has happened often enough to be compiled, and one as large. The heap's pages
 * are touched before, and so are the pool's: a first touch is the kernel's work, and none of a program's that runs.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 1)
@Fork(value = 1, jvmArgsAppend = {"--add-exports=java.management/sun.management=ALL-UNNAMED",
    "-Xms384m", "-Xmx384m", "-Xmn256m", "-XX:+AlwaysPreTouch"})
public class TailBenchmark
{
    private static final int SMALL = 64;
    private static final int SMALL_RUNS = 100;

    /** What else goes on. */
    @Param
    private TailScenario scenario;

    /** How many calls of each kind. */
    @Param("1000000")
    private int calls;

    private TailRun run;

    /**
     * Created by JMH.
     */
    public TailBenchmark()
    {
    }

    /**
     * Warm up with small pools.
     *
     * @throws InterruptedException if other threads do not begin or end.
     */
    @Setup(Level.Trial)
    public void warmUp() throws InterruptedException
    {
        final TailCounters tails = new TailCounters();
        tails.reset();
        for (int i = 0; i < SMALL_RUNS; i++)
        {
            final TailRun small = new TailRun(scenario, Math.max(1, calls / SMALL), SMALL);
            small.calls(tails);
            small.end();
        }
    }

    /**
     * Make a new pool, so that each high water mark is a new one.
     *
     * @throws InterruptedException if other threads do not begin.
     */
    @Setup(Level.Iteration)
    public void open() throws InterruptedException
    {
        run = new TailRun(scenario, calls, 1);
    }

    /**
     * Give everything back.
     *
     * @throws InterruptedException if other threads do not end.
     */
    @TearDown(Level.Iteration)
    public void close() throws InterruptedException
    {
        run.end();
    }

    /**
     * Make all the calls.
     *
     * @param tails are told of each.
     */
    @Benchmark
    public void calls(final TailCounters tails)
    {
        run.calls(tails);
    }
}
