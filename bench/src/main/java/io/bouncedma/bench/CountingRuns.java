/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Runs of a benchmark that counts something else than the time for an operation, and what it has counted.
 */
final class CountingRuns
{
    private final String benchmark;
    private final List<RunResult> results = new ArrayList<>();

    /**
     * @param benchmark its class.
     */
    CountingRuns(final Class<?> benchmark)
    {
        this.benchmark = benchmark.getSimpleName();
    }

    /**
     * Run it with all its parameters.
     *
     * @param parameter one that has no values of its own.
     * @param value     of that.
     * @throws IllegalStateException if JMH can not run, for example because another run has its lock.
     */
    void run(final String parameter, final String value)
    {
        final OptionsBuilder options = new OptionsBuilder();
        options.include("\\." + benchmark + "\\.").param(parameter, value).verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true);
        try
        {
            results.addAll(new Runner(options.build()).run());
        }
        catch (final RunnerException e)
        {
            throw new IllegalStateException("JMH can not run: " + e.getMessage() + reasons(e), e);
        }
    }

    /** What the benchmark itself has thrown, which JMH keeps two floors down. */
    private static String reasons(final RunnerException thrown)
    {
        final Throwable cause = thrown.getCause();
        return null == cause ? "" : Arrays.stream(cause.getSuppressed()).map(Throwable::toString)
            .collect(Collectors.joining(", ", ": ", ""));
    }

    Collection<RunResult> results()
    {
        return List.copyOf(results);
    }

    /**
     * What was counted in each iteration of each run with certain parameters.
     *
     * @param counter its name.
     * @param values  of the parameters, in any order.
     * @return lowest first.
     */
    double[] counted(final String counter, final String... values)
    {
        return results.stream()
            .filter(run -> hasAll(run.getParams(), values))
            .flatMap(run -> run.getBenchmarkResults().stream())
            .map(result -> result.getIterationResults())
            .flatMap(Collection<IterationResult>::stream)
            .mapToDouble(iteration -> iteration.getSecondaryResults().get(counter).getScore())
            .sorted()
            .toArray();
    }

    private static boolean hasAll(final BenchmarkParams params, final String... values)
    {
        return params.getParamsKeys().stream().map(params::getParam).toList().containsAll(Arrays.asList(values));
    }
}
