/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.monitor.CountersSnapshot;
import io.bouncedma.monitor.Metric;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * How fast the counters of processes grow, from one showing to the next. The time is that between two publications by
 * the process's own clock, as the figures are no newer than that.
 */
final class CounterRates
{
    private static final double NS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private Map<Long, CountersSnapshot> before = Map.of();

    /**
     * What one process did since it was shown before.
     *
     * @param seconds between the publications; null if there was none since.
     * @param byLabel per second, only of what counts up and has not begun anew.
     */
    record Rates(Double seconds, Map<String, Double> byLabel)
    {
        static final Rates NONE = new Rates(null, Map.of());
    }

    /**
     * Compare with what was shown before.
     *
     * @param snapshot of a process.
     * @return what happened since.
     */
    Rates of(final CountersSnapshot snapshot)
    {
        final CountersSnapshot earlier = before.get(snapshot.pid());
        if (null == earlier || snapshot.publications() <= earlier.publications() ||
            snapshot.publishedNs() - earlier.publishedNs() <= 0)
        {
            return Rates.NONE;
        }
        final double seconds = (snapshot.publishedNs() - earlier.publishedNs()) / NS_PER_SECOND;
        final Map<String, Long> from = earlier.counters();
        final Map<String, Double> rates = new LinkedHashMap<>();
        for (final CountersSnapshot.Entry entry : snapshot.entries())
        {
            final Metric metric = InspectMetrics.of(entry.metric());
            final Long first = from.get(entry.label());
            if (null != metric && metric.isCounter() && null != first && 0 <= first && first <= entry.value())
            {
                rates.put(entry.label(), Figures.rounded((entry.value() - first) / seconds));
            }
        }
        return new Rates(Figures.rounded(seconds), rates);
    }

    /**
     * Keep what was shown, to compare the next with. A process that has published nothing since keeps its earlier one's
     * place: it is the same.
     *
     * @param shown all that was.
     */
    void keep(final List<CountersSnapshot> shown)
    {
        before = shown.stream().collect(
            Collectors.toMap(CountersSnapshot::pid, Function.identity(), (first, second) -> first));
    }
}
