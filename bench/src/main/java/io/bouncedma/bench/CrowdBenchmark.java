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
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * The same work on one pool by few threads and by many, in turn, so that what the machine does besides hits all alike.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 5)
@Fork(1)
public class CrowdBenchmark
{
    /** What kind of threads. */
    @Param
    private ThreadKind kind;

    /** What they do. */
    @Param
    private SharedWork work;

    /** How many pairs of calls all threads make together. */
    @Param("16000000")
    private int pairs;

    /**
     * Created by JMH.
     */
    public CrowdBenchmark()
    {
    }

    /**
     * Do the work once with each number of threads.
     *
     * @param counters are told how long each took.
     * @throws InterruptedException if somebody wants this to end.
     */
    @Benchmark
    public void crowds(final CrowdCounters counters) throws InterruptedException
    {
        for (final int threads : Crowds.THREADS)
        {
            counters.set(threads, pairs, new Crowd(kind, work).run(threads, pairs));
        }
    }
}
