/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.monitor.Metric;
import io.bouncedma.monitor.MetricFamily;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The page about metrics has a row for each family, which says what the code says, and no other.
 */
final class MetricsDocTest
{
    private static final Path PAGE = Path.of(System.getProperty("project.root"), "docs", "metrics.md");

    @Test
    void shouldExplainEachFamilyAsItIs() throws IOException
    {
        final Map<MetricFamily, List<Metric>> families = new LinkedHashMap<>();
        for (final Metric metric : InspectMetrics.all())
        {
            if (null != metric.family())
            {
                families.computeIfAbsent(metric.family(), (family) -> new ArrayList<>()).add(metric);
            }
        }
        final List<String> expected = new ArrayList<>();
        families.forEach((family, metrics) -> expected.add(row(family, metrics)));
        expected.add(row(MetricsText.PROCESSES, List.of()));
        final List<String> rows = Files.readAllLines(PAGE).stream()
            .filter((line) -> line.startsWith("| `bounce_dma_")).toList();
        assertEquals(String.join("\n", expected), String.join("\n", rows.subList(0, rows.size() - 2)));
        assertTrue(rows.get(rows.size() - 2).startsWith(
            "| `" + MetricsText.PROCESS + "` | info | | `command` | " + MetricsText.PROCESS_HELP), rows::toString);
        assertTrue(rows.getLast().startsWith(
            "| `" + MetricsText.OTHER + "` | unknown | | `name` | " + MetricsText.OTHER_HELP), rows::toString);
    }

    @Test
    void shouldNameWhatIsShownToPeopleAlone() throws IOException
    {
        final String text = Files.readString(PAGE);
        for (final Metric metric : InspectMetrics.all())
        {
            assertTrue(text.contains("`" + metric.title() + "`"), metric::title);
        }
    }

    private static String row(final MetricFamily family, final List<Metric> metrics)
    {
        final Map<String, TreeSet<String>> fixed = new LinkedHashMap<>();
        metrics.forEach((metric) -> metric.fixed().forEach(
            (label, value) -> fixed.computeIfAbsent(label, (name) -> new TreeSet<>()).add(value)));
        final String labels = Stream.concat(family.labels().stream().map((label) -> "`" + label + "`"),
            fixed.entrySet().stream().map((label) -> "`" + label.getKey() + "` " + label.getValue().stream()
                .map((value) -> "`" + value + "`").collect(Collectors.joining("/")))).collect(Collectors.joining(", "));
        final String titles = metrics.stream().map((metric) -> "`" + metric.title() + "`")
            .collect(Collectors.joining(", "));
        return Stream.of("| `" + family.name() + "`", family.kind().toString().toLowerCase(Locale.ROOT),
            family.unit().suffix(), labels, family.help(), titles)
            .collect(Collectors.joining(" | ")).replace("|  |", "| |").replace("|  |", "| |") +
            (titles.isEmpty() ? "|" : " |");
    }
}
