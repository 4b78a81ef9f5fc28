/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.pool.PoolClient;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The benchmarks, each beside its bound.
 * <p>
 * On a machine that others use, too, what runs a minute later runs at another speed. So the suite runs in rounds, each
 * with every figure and its bound, and the medians over all rounds are compared.
 */
public final class Suite
{
    /** What JMH calls the bytes that an operation allocates on the Java heap, among the secondary metrics. */
    public static final String HEAP = "gc.alloc.rate.norm";

    private static final double NO_LIMIT = Double.NaN;
    private static final String MAP = "MapBenchmark.toDevice";
    private static final String UNMAP = "MapBenchmark.fromDevice";
    private static final String COPY = "MapBenchmark.copy";
    private static final String COPY_BACK = "MapBenchmark.copyBack";
    private static final String PAGE = "AllocateBenchmark.copy";

    private static final String ONE = "RingBenchmark.one";
    private static final String THREE = "RingBenchmark.three";
    private static final String PING_PONG = "RingThreadsBenchmark.pingPong";
    private static final String STREAM_ONE = "RingThreadsBenchmark.streamOne";
    private static final String STREAM_THREE = "RingThreadsBenchmark.streamThree";
    private static final String PROCESSES_STREAM = "RingProcessesBenchmark.streamThree";

    private static final List<Figure> FIGURES = List.of(
        new Figure("map + unmap to device, 64 B", MAP, "length=64", COPY, 8),
        new Figure("map + unmap to device, 4 KiB", MAP, "length=4096", COPY, 2),
        new Figure("map + unmap to device, 64 KiB", MAP, "length=65536", COPY, 1.1),
        new Figure("map + unmap to device, 256 KiB", MAP, "length=262144", COPY, 1.05),
        new Figure("map + unmap from device, 64 B", UNMAP, "length=64", COPY_BACK, 6),
        new Figure("map + unmap from device, 4 KiB", UNMAP, "length=4096", COPY_BACK, 2.3),
        batch("32 maps at once to device, 4 KiB", "TO_DEVICE"),
        batch("32 maps at once from device, 4 KiB", "FROM_DEVICE"),
        new Figure("allocate + free 4 KiB, hot", "AllocateBenchmark.hot", "length=4096", PAGE, 0.6),
        new Figure("allocate + free 4..68 KiB, cold", "AllocateBenchmark.cold", "length=4096", PAGE, 1.4),
        trace("allocate + free over blk trace", ShippedTrace.BLK),
        trace("allocate + free over file trace", ShippedTrace.FILES),
        trace("allocate + free over net trace", ShippedTrace.NET),
        trace("allocate + free over NVMe trace", ShippedTrace.NVME),
        new Figure("two threads, one pool (bound: two)", "SharedPoolBenchmark.onePool", null,
            "SharedPoolBenchmark.ownPools", 1 / 0.9),
        ring("ring round trip, 1 element, split", ONE, "split"),
        ring("ring round trip, 1 element, packed", ONE, "packed"),
        ring("ring round trip, split, event-idx", ONE, "split,event-idx"),
        ring("ring round trip, packed, event-idx", ONE, "packed,event-idx"),
        ring("ring round trip, 3, split", THREE, "split"),
        ring("ring round trip, 3, packed", THREE, "packed"),
        ring("ring round trip, 3, split, table", THREE, "split,indirect"),
        ring("ring round trip, 3, packed, table", THREE, "packed,indirect"),
        ring("two threads round trip, 1, split", PING_PONG, "split"),
        ring("two threads round trip, 1, packed", PING_PONG, "packed"),
        ring("two threads kept full, 1, split", STREAM_ONE, "split"),
        ring("two threads kept full, 1, packed", STREAM_ONE, "packed"),
        ring("two threads kept full, 3, split", STREAM_THREE, "split"),
        ring("two threads kept full, 3, packed", STREAM_THREE, "packed"),
        ring("two processes kept full, 3, split", PROCESSES_STREAM, "split"),
        ring("two processes kept full, 3, packed", PROCESSES_STREAM, "packed"),
        new Figure("refusal by a full 64 MiB pool", "RefusalBenchmark.refusal", null, null, 1000));

    private static Figure batch(final String title, final String direction)
    {
        return new Figure(title, "BatchBenchmark.batch", "length=4096;direction=" + direction, "BatchBenchmark.single",
            0.85);
    }

    private static Figure trace(final String title, final ShippedTrace trace)
    {
        return new Figure(title, "TraceAllocateBenchmark.pair", "trace=" + trace, PAGE, 0.8);
    }

    private static Figure ring(final String title, final String benchmark, final String ring)
    {
        final int method = benchmark.indexOf('.') + 1;
        // The memory between two processes is the same as between two threads.
        final String bounds = benchmark.substring(0, method).replace("Processes", "Threads");
        return new Figure(title, benchmark, "ring=" + ring, bounds + "raw" +
            Character.toUpperCase(benchmark.charAt(method)) + benchmark.substring(method + 1), NO_LIMIT);
    }

    private final List<RunResult> results = new ArrayList<>();

    /**
     * A suite that has not run.
     */
    public Suite()
    {
    }

    /**
     * The figures.
     *
     * @param filter part of a title or of a benchmark's name, case does not matter; empty for all.
     * @return in the order of the report.
     */
    public static List<Figure> figures(final String filter)
    {
        final String part = filter.toLowerCase(Locale.ROOT);
        return FIGURES.stream()
            .filter(figure -> (figure.title() + " " + figure.benchmark()).toLowerCase(Locale.ROOT)
                .contains(part))
            .toList();
    }

    /**
     * Run one round of some figures and their bounds.
     *
     * @param figures to run.
     * @throws IllegalStateException if JMH can not run, for example because another run has its lock.
     */
    public void round(final List<Figure> figures)
    {
        for (final String parameter : figures.stream().map(Suite::parameterOf).distinct().toList())
        {
            final OptionsBuilder options = new OptionsBuilder();
            figures.stream()
                .filter(figure -> parameterOf(figure).equals(parameter))
                .flatMap(figure -> Stream.of(figure.benchmark(), figure.bound()))
                .filter(Objects::nonNull)
                .distinct()
                .forEach(name -> options.include("\\." + name.replace(".", "\\.") + "$"));
            parametersOf(parameter).forEach(options::param);
            options.addProfiler(GCProfiler.class).verbosity(VerboseMode.SILENT).shouldFailOnError(true);
            try
            {
                results.addAll(new Runner(options.build()).run());
            }
            catch (final RunnerException e)
            {
                throw new IllegalStateException("JMH can not run: " + e.getMessage(), e);
            }
        }
    }

    /**
     * The private memory of a pool of 64 MiB that is full of 4 KiB blocks.
     *
     * @return as a share of the pool; 0.015 is the limit.
     */
    public static double metadataShare()
    {
        final int block = 4096;
        final long[] blocks = new long[BenchWindow.POOL_LENGTH / block];
        try (BenchWindow window = new BenchWindow();
            PoolClient client = window.pool.open("metadata"))
        {
            for (int i = 0; i < blocks.length; i++)
            {
                blocks[i] = client.allocate(block);
            }
            final double share = (double)window.pool.statistics().metadataBytes() / BenchWindow.POOL_LENGTH;
            for (final long taken : blocks)
            {
                client.free(taken);
            }
            return share;
        }
    }

    /**
     * What JMH measured, for its own result formats.
     *
     * @return one for each benchmark, parameter and round.
     */
    public Collection<RunResult> results()
    {
        return List.copyOf(results);
    }

    /**
     * The median of all iterations of all rounds.
     *
     * @param benchmark as {@link Figure#benchmark()}.
     * @param parameter as {@link Figure#parameter()}; a benchmark that has no such one ran with any.
     * @return nanoseconds for an operation; not a number if it has not run.
     */
    public double medianNanos(final String benchmark, final String parameter)
    {
        return median(runs(benchmark, parameter));
    }

    private static double median(final List<RunResult> runs)
    {
        final double[] values = runs.stream()
            .flatMap(run -> run.getBenchmarkResults().stream())
            .map(BenchmarkResult::getIterationResults)
            .flatMap(Collection::stream)
            .mapToDouble(iteration -> iteration.getPrimaryResult().getScore())
            .sorted()
            .toArray();
        return 0 == values.length ? Double.NaN : values[values.length / 2];
    }

    /**
     * How far the rounds are apart: in each, the median of a figure over that of its bound, which ran seconds before or
     * after it.
     *
     * @param figure with a bound.
     * @return one ratio for each round, lowest first.
     */
    public double[] ratios(final Figure figure)
    {
        final List<RunResult> own = runs(figure.benchmark(), figure.parameter());
        final List<RunResult> bounds = runs(figure.bound(), figure.parameter());
        // A bound without the parameter runs once a round for each of its values.
        final int each = bounds.size() / own.size();
        return IntStream.range(0, own.size())
            .mapToDouble(round -> median(own.subList(round, round + 1)) /
                median(bounds.subList(round * each, (round + 1) * each)))
            .sorted()
            .toArray();
    }

    /**
     * The bytes that an operation allocates on the Java heap, in the best round: the profiler counts what JMH itself
     * allocates, too, which is most for slow operations.
     *
     * @param benchmark as {@link Figure#benchmark()}.
     * @param parameter as {@link Figure#parameter()}; a benchmark that has no such one ran with any.
     * @return bytes for an operation; not a number if it has not run.
     */
    public double heapBytes(final String benchmark, final String parameter)
    {
        return Arrays.stream(runs(benchmark, parameter).stream()
            .mapToDouble(run -> run.getSecondaryResults().get(HEAP).getScore())
            .toArray()).min().orElse(Double.NaN);
    }

    private List<RunResult> runs(final String benchmark, final String parameter)
    {
        return results.stream()
            .filter(run -> run.getParams().getBenchmark().endsWith("." + benchmark))
            .filter(run -> hasRunWith(run.getParams(), parameter))
            .toList();
    }

    private static String parameterOf(final Figure figure)
    {
        return null == figure.parameter() ? "" : figure.parameter();
    }

    private static boolean hasRunWith(final BenchmarkParams params, final String parameter)
    {
        return parametersOf(parameter).entrySet().stream().allMatch(wanted ->
        {
            final String value = params.getParam(wanted.getKey());
            return null == value || value.equals(wanted.getValue());
        });
    }

    private static Map<String, String> parametersOf(final String parameter)
    {
        return null == parameter || parameter.isEmpty() ? Map.of() : Arrays.stream(parameter.split(";"))
            .map(each -> each.split("=", 2))
            .collect(Collectors.toMap(each -> each[0], each -> each[1]));
    }
}
