/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.dma.DmaStatistics;
import org.HdrHistogram.Histogram;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a benchmark of a block device measured.
 *
 * @param plan          of each load.
 * @param mode          that it was made from.
 * @param ns            nanoseconds from the first submission to the last completion.
 * @param loads         that were run, each with what it measured.
 * @param cpu           time spent.
 * @param bouncedBefore what was bounced up to the start.
 * @param bouncedAfter  what was bounced up to the end.
 * @param kicks         doorbells rung at the back-end.
 */
record BlkBenchReport(
    BlkLoad.Plan plan,
    BlkBenchMode mode,
    long ns,
    List<BlkLoad> loads,
    CpuTime cpu,
    DmaStatistics bouncedBefore,
    DmaStatistics bouncedAfter,
    long kicks)
{
    private static final double NS_PER_SECOND = 1e9;
    private static final double NS_PER_US = 1e3;
    private static final double MB = 1e6;
    private static final double[] PERCENTILES = {50, 90, 99, 99.9};
    private static final String[] LABELS = {"p50", "p90", "p99", "p99.9"};

    void report(final BlkSession session, final Figures to)
    {
        final Histogram latencies = new Histogram(loads.getFirst().latencies().getHighestTrackableValue(),
            loads.getFirst().latencies().getNumberOfSignificantValueDigits());
        long reads = 0;
        long waits = 0;
        for (final BlkLoad load : loads)
        {
            latencies.add(load.latencies());
            reads += load.reads();
            waits += load.waits();
        }
        final long requests = latencies.getTotalCount();
        final double seconds = ns / NS_PER_SECOND;
        to.put("mode", mode.toString());
        to.put("size_bytes", plan.size());
        to.put("depth", plan.depth());
        to.put("queues", loads.size());
        to.put("ring", RingCounters.describe(session.driver().queue(0).ringStatistics()));
        to.put("requests", requests);
        to.put("reads", reads);
        to.put("writes", requests - reads);
        number(to, "seconds", seconds);
        number(to, "iops", requests / seconds);
        number(to, "mb_per_second", requests * (double)plan.size() / seconds / MB);
        latencies(latencies, to);
        to.put("bounces", bouncedAfter.maps() - bouncedBefore.maps());
        to.bytes("bounced_to_device", bouncedAfter.bytesToDevice() - bouncedBefore.bytesToDevice());
        to.bytes("bounced_from_device", bouncedAfter.bytesFromDevice() - bouncedBefore.bytesFromDevice());
        to.put("kicks", kicks);
        to.put("waits_for_room", waits);
        cpu(to, "front_end", cpu.ownNs(), requests);
        cpu(to, "back_end", cpu.peerNs(), requests);
    }

    private static void latencies(final Histogram of, final Figures to)
    {
        final Map<String, Object> all = new LinkedHashMap<>();
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < PERCENTILES.length; i++)
        {
            latency(LABELS[i], of.getValueAtPercentile(PERCENTILES[i]), all, text);
        }
        latency("max", of.getMaxValue(), all, text);
        latency("mean", of.getMean(), all, text);
        to.put("latency_us", all, text.toString());
    }

    private static void latency(
        final String name, final double ns, final Map<String, Object> all, final StringBuilder text)
    {
        all.put(name, Figures.rounded(ns / NS_PER_US));
        text.append(text.isEmpty() ? "" : ", ").append(name).append(' ')
            .append(String.format(Locale.ROOT, "%,.1f", ns / NS_PER_US));
    }

    private static void cpu(final Figures to, final String who, final long cpuNs, final long requests)
    {
        if (cpuNs >= 0)
        {
            number(to, who + "_cpu_seconds", cpuNs / NS_PER_SECOND);
            number(to, who + "_cpu_us_per_request", cpuNs / NS_PER_US / Math.max(1, requests));
        }
    }

    private static void number(final Figures to, final String name, final double value)
    {
        to.put(name, Figures.rounded(value), String.format(Locale.ROOT, "%,.2f", value));
    }
}
