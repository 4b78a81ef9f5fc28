/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads what {@code bench trace --json} printed.
 */
final class TraceResult
{
    /** Fields of a trace that say what was replayed, and where. */
    private static final List<String> INPUTS = List.of("digest", "rows", "pool_bytes", "original_bytes",
        "min_align_mask", "min_align_mask_by_device");

    private TraceResult()
    {
    }

    static BenchResult of(final Path file, final JsonFile json)
    {
        if (!json.has(BenchTraceJson.KIND) || !BenchTraceJson.TRACE.equals(json.get(BenchTraceJson.KIND).text()))
        {
            throw json.no("list of JMH or object of bench trace");
        }
        final Map<String, Object> inputs = new LinkedHashMap<>();
        inputs.put("rounds", json.get("rounds").any());
        inputs.put("machine", json.get("machine").any());
        inputs.put("jvm", json.get("jvm").any());
        final int rounds = (int)json.get("rounds").number();
        final Map<String, BenchSeries> series = new LinkedHashMap<>();
        for (final JsonFile trace : json.get("traces").list())
        {
            add(trace, rounds, series);
        }
        return new BenchResult(file, "bench trace", inputs, series);
    }

    private static void add(final JsonFile trace, final int rounds, final Map<String, BenchSeries> series)
    {
        final String name = trace.get(BenchTraceJson.TRACE).text();
        final Map<String, Object> inputs = new LinkedHashMap<>();
        INPUTS.forEach(input -> inputs.put(input, trace.get(input).any()));
        series.put(name + ": map and unmap", new BenchSeries(BenchSeries.Kind.COST, "copies", inputs,
            numbers(trace, "ratios", rounds)));
        series.put(name + ": longest call", new BenchSeries(BenchSeries.Kind.COST, "ns", inputs,
            numbers(trace, "longest_nanos", rounds)));
        series.put(name + ": heap of a row", new BenchSeries(BenchSeries.Kind.HEAP, "B", inputs,
            numbers(trace, "heap_bytes_per_row", rounds)));
        series.put(name + ": bare copy of a row", new BenchSeries(BenchSeries.Kind.BOUND, "ns", inputs,
            numbers(trace, "copy_nanos_per_row", rounds)));
    }

    private static double[] numbers(final JsonFile trace, final String name, final int rounds)
    {
        final double[] numbers = trace.get(name).numbers();
        if (rounds != numbers.length)
        {
            throw trace.get(name).no("number for each of " + rounds + " rounds");
        }
        return numbers;
    }
}
