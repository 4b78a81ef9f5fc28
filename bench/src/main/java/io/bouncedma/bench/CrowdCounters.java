/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.HashMap;
import java.util.Map;

/**
 * How long a pair of calls took for each number of threads, as JMH reports it: picoseconds by the clock, and of the
 * process's processor time. JMH's counters are whole numbers.
 */
@AuxCounters(AuxCounters.Type.EVENTS)
@State(Scope.Thread)
public class CrowdCounters
{
    private static final long PICOS = 1000;

    private final Map<Integer, Long> clock = new HashMap<>();
    private final Map<Integer, Long> cpu = new HashMap<>();

    /**
     * Created by JMH.
     */
    public CrowdCounters()
    {
    }

    /**
     * Forget the iteration before.
     */
    @Setup(Level.Iteration)
    public void reset()
    {
        clock.clear();
        cpu.clear();
    }

    void set(final int threads, final int pairs, final Crowd.Took took)
    {
        clock.put(threads, took.clockNanos() * PICOS / pairs);
        cpu.put(threads, took.cpuNanos() * PICOS / pairs);
    }

    /**
     * A pair of calls, with 1 threads, by the clock.
     *
     * @return picoseconds, for all threads together.
     */
    public long clock1()
    {
        return clock.get(1);
    }

    /**
     * A pair of calls, with 1 threads, of processor time.
     *
     * @return picoseconds.
     */
    public long cpu1()
    {
        return cpu.get(1);
    }

    /**
     * A pair of calls, with 2 threads, by the clock.
     *
     * @return picoseconds, for all threads together.
     */
    public long clock2()
    {
        return clock.get(2);
    }

    /**
     * A pair of calls, with 2 threads, of processor time.
     *
     * @return picoseconds.
     */
    public long cpu2()
    {
        return cpu.get(2);
    }

    /**
     * A pair of calls, with 16 threads, by the clock.
     *
     * @return picoseconds, for all threads together.
     */
    public long clock16()
    {
        return clock.get(16);
    }

    /**
     * A pair of calls, with 16 threads, of processor time.
     *
     * @return picoseconds.
     */
    public long cpu16()
    {
        return cpu.get(16);
    }

    /**
     * A pair of calls, with 64 threads, by the clock.
     *
     * @return picoseconds, for all threads together.
     */
    public long clock64()
    {
        return clock.get(64);
    }

    /**
     * A pair of calls, with 64 threads, of processor time.
     *
     * @return picoseconds.
     */
    public long cpu64()
    {
        return cpu.get(64);
    }

    /**
     * A pair of calls, with 256 threads, by the clock.
     *
     * @return picoseconds, for all threads together.
     */
    public long clock256()
    {
        return clock.get(256);
    }

    /**
     * A pair of calls, with 256 threads, of processor time.
     *
     * @return picoseconds.
     */
    public long cpu256()
    {
        return cpu.get(256);
    }
}
