/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.bench.Figure;
import io.bouncedma.bench.Suite;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Reads JMH's result format: what {@code bench --json} printed, or JMH itself.
 * <p>
 * Each round of the suite is an entry. A figure is compared by its ratio to its bound in the same round, as the suite
 * shows it, since two runs are never made on the same machine: others use it, too. What is no figure of the suite is
 * compared by its time.
 */
final class JmhResult
{
    /** JMH counts its own few objects among those of a benchmark, and a real one is 16 bytes and more. */
    private static final double NO_HEAP_BYTES = 16;
    private static final String AVERAGE = "avgt";
    private static final List<String> INPUTS = List.of("jmhVersion", "mode", "threads", "forks", "jdkVersion",
        "vmName", "vmVersion", "warmupIterations", "warmupTime", "warmupBatchSize", "measurementIterations",
        "measurementTime", "measurementBatchSize");

    /** Of one benchmark with the same parameters, in the order of the rounds. */
    private static final class Runs
    {
        private final String benchmark;
        private final Map<String, String> params;
        private final Map<String, Object> inputs;
        private final String unit;
        private final List<Double> medians = new ArrayList<>();
        private final List<Double> heap = new ArrayList<>();

        private Runs(
            final String benchmark,
            final Map<String, String> params,
            final Map<String, Object> inputs,
            final String unit)
        {
            this.benchmark = benchmark;
            this.params = params;
            this.inputs = inputs;
            this.unit = unit;
        }

        private boolean isOf(final String name, final String parameter)
        {
            // A bound without a parameter ran with any.
            return benchmark.equals(name) && (null == parameter || Arrays.stream(parameter.split(";"))
                .map(each -> each.split("=", 2))
                .allMatch(each -> each[1].equals(params.getOrDefault(each[0], each[1]))));
        }

        private String title()
        {
            return benchmark + (params.isEmpty() ? "" : " " + params.toString().replaceAll("[{}]", ""));
        }
    }

    private JmhResult()
    {
    }

    static BenchResult of(final Path file, final JsonFile json)
    {
        final Map<String, Runs> all = new LinkedHashMap<>();
        json.list().forEach(entry -> add(entry, all));
        final Map<String, BenchSeries> series = new LinkedHashMap<>();
        final List<Runs> rest = new ArrayList<>(all.values());
        for (final Figure figure : Suite.figures(""))
        {
            final Runs own = find(all, figure.benchmark(), figure.parameter());
            final Runs bound = null == figure.bound() ? null : find(all, figure.bound(), figure.parameter());
            if (null != own && null != bound && bound.medians.size() >= own.medians.size())
            {
                series.put(figure.title(), price(json, own, bound));
                rest.remove(own);
            }
        }
        final List<Runs> bounds = rest.stream().filter(JmhResult::isBound).toList();
        rest.stream().filter(runs -> !bounds.contains(runs)).forEach(runs -> series.put(
            runs.title(), time(runs, BenchSeries.Kind.COST)));
        all.values().stream().filter(runs -> !bounds.contains(runs) && runs.heap.size() == runs.medians.size())
            .forEach(runs -> series.put(runs.title() + ": heap", new BenchSeries(
                BenchSeries.Kind.HEAP, "B", runs.inputs, array(runs.heap))));
        bounds.forEach(runs -> series.put(runs.title(), time(runs, BenchSeries.Kind.BOUND)));
        return new BenchResult(file, "bench", Map.of(), series);
    }

    private static boolean isBound(final Runs runs)
    {
        return Suite.figures("").stream().anyMatch(
            figure -> null != figure.bound() && runs.isOf(figure.bound(), figure.parameter()));
    }

    private static Runs find(final Map<String, Runs> all, final String benchmark, final String parameter)
    {
        return all.values().stream().filter(runs -> runs.isOf(benchmark, parameter)).findFirst().orElse(null);
    }

    private static BenchSeries price(final JsonFile json, final Runs own, final Runs bound)
    {
        final Map<String, Object> inputs = new LinkedHashMap<>(own.inputs);
        bound.inputs.forEach((name, value) -> inputs.put("bound's " + name, value));
        // A bound without the parameter runs once a round for each of its values.
        final int each = bound.medians.size() / own.medians.size();
        final double[] ratios = IntStream.range(0, own.medians.size()).mapToDouble(round ->
        {
            final double of = median(array(bound.medians.subList(round * each, (round + 1) * each)));
            if (of <= 0)
            {
                throw json.no("time above 0 of " + bound.title());
            }
            return own.medians.get(round) / of;
        }).toArray();
        return new BenchSeries(BenchSeries.Kind.COST, "bounds", inputs, ratios);
    }

    private static BenchSeries time(final Runs runs, final BenchSeries.Kind kind)
    {
        return new BenchSeries(kind, runs.unit, runs.inputs, array(runs.medians));
    }

    private static void add(final JsonFile entry, final Map<String, Runs> all)
    {
        final String name = entry.get("benchmark").text();
        final String benchmark = name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1);
        final Map<String, String> params = new TreeMap<>();
        if (entry.has("params") && entry.get("params").any() instanceof final Map<?, ?> given)
        {
            given.forEach((param, value) -> params.put(param.toString(), String.valueOf(value)));
        }
        if (!AVERAGE.equals(entry.get("mode").text()))
        {
            throw entry.get("mode").no(AVERAGE + ", the time of an operation,");
        }
        final Map<String, Object> inputs = new LinkedHashMap<>();
        INPUTS.forEach(input -> inputs.put(input, entry.has(input) ? entry.get(input).any() : null));
        inputs.put("jvmArgs", MeasuredOn.flags(entry.get("jvmArgs").list().stream().map(JsonFile::text).toList()));
        final JsonFile metric = entry.get("primaryMetric");
        final Runs runs = all.computeIfAbsent(
            benchmark + params, key -> new Runs(benchmark, params, inputs, metric.get("scoreUnit").text()));
        if (!runs.inputs.equals(inputs))
        {
            throw entry.no("round with the settings of those before it");
        }
        final double[] values = metric.get("rawData").list().stream()
            .flatMapToDouble(fork -> Arrays.stream(fork.numbers())).toArray();
        if (0 == values.length)
        {
            throw metric.get("rawData").no("number");
        }
        runs.medians.add(median(values));
        final JsonFile others = entry.has("secondaryMetrics") ? entry.get("secondaryMetrics") : entry;
        if (others.has(Suite.HEAP))
        {
            final double heap = others.get(Suite.HEAP).get("score").number();
            runs.heap.add(heap < NO_HEAP_BYTES ? 0 : heap);
        }
    }

    private static double median(final double... values)
    {
        return Spread.of(values).median();
    }

    private static double[] array(final List<Double> values)
    {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
