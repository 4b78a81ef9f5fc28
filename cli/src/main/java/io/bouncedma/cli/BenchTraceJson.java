/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.bench.TraceFigures;
import io.bouncedma.bench.TraceRound;
import io.bouncedma.lab.DeviceMasks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/**
 * What {@code bench trace} measured, for programs. Lists have a number for each round, all else is what was set.
 */
final class BenchTraceJson
{
    /** Says what the object is. */
    static final String KIND = "bench";
    static final String TRACE = "trace";
    static final String TRACES = "traces";
    static final String RATIOS = "ratios";
    static final String CALLS = "call_nanos";

    private static final String ROUNDS = "rounds";
    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99};

    private BenchTraceJson()
    {
    }

    static Map<String, Object> of(final List<TraceFigures> figures)
    {
        final Map<String, Object> all = new LinkedHashMap<>();
        all.put(KIND, TRACE);
        all.put("version", BuildVersion.line());
        all.put(ROUNDS, figures.getFirst().rounds().size());
        all.put("machine", MeasuredOn.machine());
        all.put("jvm", MeasuredOn.jvm());
        all.put(TRACES, figures.stream().map(BenchTraceJson::of).toList());
        return all;
    }

    private static Map<String, Object> of(final TraceFigures figures)
    {
        final DeviceMasks masks = figures.of().masks();
        final Map<String, Object> all = new LinkedHashMap<>();
        all.put(TRACE, figures.of().trace().name());
        all.put("digest", figures.of().digest());
        all.put("rows", figures.rows());
        all.put("coherent_rows_left_out", figures.coherentRows());
        all.put("peak_live_bytes", figures.of().trace().peakLiveBytes());
        all.put("bytes_to_device", figures.bytesToDevice());
        all.put("bytes_from_device", figures.bytesFromDevice());
        all.put("pool_bytes", figures.poolBytes());
        all.put("original_bytes", figures.originalBytes());
        all.put("min_align_mask", masks.others());
        all.put("min_align_mask_by_device", masks.byDevice());
        all.put("calls_in_a_round", figures.rounds().getFirst().watched());
        all.put(RATIOS, parts(figures, TraceRound::ratio));
        all.put("bounce_nanos_per_row", parts(figures, round -> round.bounceNanos() / figures.rowsOf(round)));
        all.put("copy_nanos_per_row", parts(figures, round -> round.copyNanos() / figures.rowsOf(round)));
        all.put("heap_bytes_per_row", parts(figures, round -> round.heapBytes() / figures.rowsOf(round)));
        all.put("longest_nanos", numbers(figures, TraceRound::longestNanos));
        all.put("longest_copy_nanos", numbers(figures, TraceRound::longestCopy));
        final Map<String, Object> calls = new LinkedHashMap<>();
        for (final double percentile : PERCENTILES)
        {
            calls.put(label(percentile), List.of(figures.calls().getValueAtPercentile(percentile)));
        }
        all.put(CALLS, calls);
        return all;
    }

    /**
     * Make one result of the rounds that several JVMs ran.
     *
     * @param rounds as {@link #of} wrote them.
     * @throws FailureException if a round has replayed something else.
     */
    static Map<String, Object> join(final List<Object> rounds)
    {
        final List<Map<String, Object>> results = rounds.stream().map(BenchTraceJson::object).toList();
        final Map<String, Object> all = new LinkedHashMap<>(results.getFirst());
        final int count = ((List<?>)all.get(TRACES)).size();
        all.put(ROUNDS, rounds.size());
        all.put(TRACES, IntStream.range(0, count).mapToObj(i -> joinTraces(results.stream()
            .map(result -> object(((List<?>)result.get(TRACES)).get(i))).toList())).toList());
        return all;
    }

    private static Map<String, Object> joinTraces(final List<Map<String, Object>> rounds)
    {
        final Map<String, Object> all = new LinkedHashMap<>();
        rounds.getFirst().forEach((name, value) ->
        {
            final List<Object> values = rounds.stream().map(round -> round.get(name)).toList();
            if (CALLS.equals(name))
            {
                all.put(name, joinTraces(values.stream().map(BenchTraceJson::object).toList()));
            }
            else if (value instanceof List)
            {
                final List<Object> joined = new ArrayList<>();
                values.forEach(each -> joined.addAll((List<?>)each));
                all.put(name, joined);
            }
            else if (values.stream().allMatch(each -> Objects.equals(value, each)))
            {
                all.put(name, value);
            }
            else
            {
                throw new FailureException("the rounds did not measure the same: " + name + " of trace " +
                    rounds.getFirst().get(TRACE) + " was " + values + "; leave the file alone while it is measured");
            }
        });
        return all;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(final Object value)
    {
        return (Map<String, Object>)value;
    }

    private static String label(final double percentile)
    {
        return "p" + (percentile == Math.rint(percentile) ? Long.toString((long)percentile) : percentile);
    }

    private static List<Double> parts(final TraceFigures figures, final ToDoubleFunction<TraceRound> of)
    {
        return figures.rounds().stream().mapToDouble(of).map(Figures::rounded).boxed().toList();
    }

    private static List<Long> numbers(final TraceFigures figures, final ToLongFunction<TraceRound> of)
    {
        return figures.rounds().stream().mapToLong(of).boxed().toList();
    }
}
