/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.nio.file.Path;
import java.util.Map;

/**
 * What a run of the benchmarks measured, from a file.
 *
 * @param file   that it is from.
 * @param kind   of run, for people: runs of different ones can not be compared.
 * @param inputs what was set for all figures.
 * @param series by the name of each figure, in the order of the report.
 */
record BenchResult(Path file, String kind, Map<String, Object> inputs, Map<String, BenchSeries> series)
{
    private static final String OPTION = "--compare";

    /**
     * Read what {@code bench --json} or {@code bench trace --json} printed.
     *
     * @param file to read.
     * @throws UsageException if it is no such result, saying where.
     */
    static BenchResult read(final Path file)
    {
        final JsonFile json = JsonFile.read(OPTION, file);
        final BenchResult result = json.isList() ? JmhResult.of(file, json) : TraceResult.of(file, json);
        if (result.series.isEmpty())
        {
            throw new UsageException(OPTION + " " + file + " has no figure; give a file that bench --json printed");
        }
        return result;
    }
}
