/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import org.openjdk.jmh.results.RunResult;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a pool yields to ever more threads at once, beside what it yields to two.
 */
public final class Crowds
{
    /** The least that many threads may have together, as a share of what two have. */
    public static final double LIMIT = 0.8;

    /** How many threads. */
    static final List<Integer> THREADS = List.of(1, 2, 16, 64, 256);

    private static final int BASE = 2;
    private static final double PICOS = 1000;

    private final CountingRuns runs = new CountingRuns(CrowdBenchmark.class);

    /**
     * Has not run.
     */
    public Crowds()
    {
    }

    /**
     * Run one round: five times each.
     *
     * @param pairs of calls that all threads make together each time.
     * @throws IllegalStateException if JMH can not run, for example because another run has its lock.
     */
    public void round(final int pairs)
    {
        runs.run("pairs", Integer.toString(pairs));
    }

    /**
     * What JMH measured, for its own result formats.
     *
     * @return one for each kind of threads, work and round.
     */
    public Collection<RunResult> results()
    {
        return runs.results();
    }

    /**
     * What was found.
     *
     * @return one row for each kind of threads, work and number of threads.
     */
    public List<Row> rows()
    {
        return Arrays.stream(SharedWork.values())
            .flatMap(work -> Arrays.stream(ThreadKind.values()).flatMap(kind -> rows(kind, work)))
            .toList();
    }

    private Stream<Row> rows(final ThreadKind kind, final SharedWork work)
    {
        final double clock = median("clock", BASE, kind, work);
        final double cpu = median("cpu", BASE, kind, work);
        return THREADS.stream().map(threads ->
        {
            final double nanos = median("clock", threads, kind, work);
            final double cpuNanos = median("cpu", threads, kind, work);
            return new Row(kind, work, threads, nanos, cpuNanos, clock / nanos, cpu / cpuNanos);
        });
    }

    private double median(final String counter, final int threads, final ThreadKind kind, final SharedWork work)
    {
        final double[] picos = runs.counted(counter + threads, kind.name(), work.name());
        return picos[picos.length / 2] / PICOS;
    }

    /**
     * One number of threads.
     *
     * @param kind       of them.
     * @param work       that they do.
     * @param threads    how many.
     * @param clockNanos that a pair of calls took by the clock, for all threads together: the median.
     * @param cpuNanos   the same, of the process's processor time.
     * @param throughput by the clock, as a share of what two threads have. A machine that is busy with other things
     *                   gives many threads more of its time than two.
     * @param perCpu     the same, of processor time: this does not depend on what the machine does besides, and does
     *                   not tell if threads wait while cores are idle.
     */
    public record Row(
        ThreadKind kind,
        SharedWork work,
        int threads,
        double clockNanos,
        double cpuNanos,
        double throughput,
        double perCpu)
    {
        /**
         * What counts.
         *
         * @return the lesser of both shares.
         */
        public double share()
        {
            return Math.min(throughput, perCpu);
        }

        /**
         * Whether there is a limit.
         *
         * @return true for the largest number of threads.
         */
        public boolean isLimited()
        {
            return THREADS.getLast() == threads;
        }

        /**
         * Whether the limit is kept.
         *
         * @return true, too, if there is none.
         */
        public boolean isGood()
        {
            return !isLimited() || share() >= LIMIT;
        }
    }
}
