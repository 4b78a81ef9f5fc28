/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.monitor;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that a {@link CountersFile} shows, read at one time. Texts have no control characters, whoever wrote them.
 *
 * @param pid          of the process.
 * @param isAlive      whether that very process runs, and no later one with its number.
 * @param command      that it was started with, as far as is known.
 * @param publications how often the process has brought the file up to date, 0 before the first time.
 * @param publishedNs  when it last did, in nanoseconds of a clock of its own: only differences mean something.
 * @param entries      the counters, in the order in which they were made, but that a new one takes the place of one
 *                     that is gone; those of one publication, or of two if one happens meanwhile.
 * @param pictures     of the pools, in the order in which they were registered; none before the first is drawn.
 */
public record CountersSnapshot(
    long pid,
    boolean isAlive,
    String command,
    long publications,
    long publishedNs,
    List<Entry> entries,
    List<Picture> pictures)
{
    /**
     * A counter.
     *
     * @param metric {@linkplain Metric#id() number} of what it counts; any number if somebody else made the file.
     * @param label  for people: headings and at last a title, with ": " between.
     * @param values of the metric's labels.
     * @param value  of the counter.
     */
    public record Entry(int metric, String label, List<String> values, long value)
    {
    }

    /**
     * How full each part of a pool is.
     *
     * @param pool   the pool's name.
     * @param length bytes that the pool spans.
     * @param shares of {@link CountersFile#PICTURE_PARTS} equal parts, 0 for empty to 1 for full.
     */
    public record Picture(String pool, long length, List<Double> shares)
    {
    }

    /**
     * The counters by their labels.
     *
     * @return in their order.
     */
    public Map<String, Long> counters()
    {
        final Map<String, Long> counters = new LinkedHashMap<>();
        entries.forEach((entry) -> counters.put(entry.label(), entry.value()));
        return counters;
    }
}
