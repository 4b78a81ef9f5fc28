/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import org.openjdk.jmh.results.RunResult;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * The longest of a million calls of each kind in each scenario, each round in a JVM of its own.
 */
public final class Tails
{
    /** The most that any call may be charged with, in nanoseconds. */
    public static final long LIMIT_NANOS = 100_000;

    private final CountingRuns runs = new CountingRuns(TailBenchmark.class);

    /**
     * Has not run.
     */
    public Tails()
    {
    }

    /**
     * Run one round.
     *
     * @param calls of each kind in each scenario; a million is what the limit is for.
     * @throws IllegalStateException if JMH can not run, for example because another run has its lock.
     */
    public void round(final int calls)
    {
        runs.run("calls", Integer.toString(calls));
    }

    /**
     * What JMH measured, for its own result formats.
     *
     * @return one for each scenario and round.
     */
    public Collection<RunResult> results()
    {
        return runs.results();
    }

    /**
     * What was found.
     *
     * @return one row for each kind of call in each scenario.
     */
    public List<Row> rows()
    {
        return Arrays.stream(TailScenario.values())
            .flatMap(scenario -> Arrays.stream(TailCall.values()).map(call -> row(scenario, call)))
            .toList();
    }

    private Row row(final TailScenario scenario, final TailCall call)
    {
        final String name = call.name().toLowerCase(Locale.ROOT);
        final double[] clock = runs.counted(name + "ByClock", scenario.name());
        return new Row(scenario, call, runs.counted(name + "Longest", scenario.name()), clock[clock.length - 1],
            sum(runs.counted(name + "Excused", scenario.name())), sum(runs.counted(name + "Waited", scenario.name())));
    }

    private static long sum(final double[] values)
    {
        return Math.round(Arrays.stream(values).sum());
    }

    /**
     * The longest calls of one kind in one scenario.
     *
     * @param scenario what else went on.
     * @param call     the kind.
     * @param longest  the most that a call was charged with in each round, in nanoseconds, lowest first.
     * @param byClock  the longest call of all rounds, whoever it was that held it up, in nanoseconds.
     * @param excused  calls of all rounds that took long by the clock and are not charged with that.
     * @param waited   calls of all rounds that took long and waited for another thread.
     */
    public record Row(
        TailScenario scenario, TailCall call, double[] longest, double byClock, long excused, long waited)
    {
        /**
         * The longest call of the median round.
         *
         * @return nanoseconds.
         */
        public double medianNanos()
        {
            return longest[longest.length / 2];
        }

        /**
         * Whether there is a limit.
         *
         * @return false if this is about no call at all.
         */
        public boolean isLimited()
        {
            return TailCall.NOTHING != call;
        }

        /**
         * Whether the limit is kept.
         *
         * @return true, too, if there is none.
         */
        public boolean isGood()
        {
            return !isLimited() || medianNanos() <= LIMIT_NANOS;
        }
    }
}
