/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.monitor;

import java.util.Map;

/**
 * One of the things that a process counts: what a number in a {@link CountersFile} means.
 *
 * @param id     type of its counters in the file, of all metrics that are shown in one file a different one. Those of
 *               pools are 1 to 99; 100 to 199 are taken by rings.
 * @param title  for people, for example {@code used bytes}.
 * @param family that it is exported in; null if it is shown to people alone, because it follows from others.
 * @param fixed  labels that tell it from others of the family.
 */
public record Metric(int id, String title, MetricFamily family, Map<String, String> fixed)
{
    /**
     * Check the number.
     *
     * @throws IllegalArgumentException if it is not positive.
     */
    public Metric
    {
        if (id < 1)
        {
            throw new IllegalArgumentException("no number of a metric: id=" + id + ", title=" + title);
        }
        fixed = Map.copyOf(fixed);
    }

    /**
     * One that is alone in its family, or told from the others by its subject.
     *
     * @param id     as there.
     * @param title  as there.
     * @param family as there.
     */
    public Metric(final int id, final String title, final MetricFamily family)
    {
        this(id, title, family, Map.of());
    }

    /**
     * Whether it has a rate.
     *
     * @return false for a gauge, and for what is shown to people alone.
     */
    public boolean isCounter()
    {
        return null != family && MetricFamily.Kind.COUNTER == family.kind();
    }
}
