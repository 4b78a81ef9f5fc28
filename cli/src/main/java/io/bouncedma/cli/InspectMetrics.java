/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.monitor.Metric;
import io.bouncedma.monitor.MetricFamily;
import io.bouncedma.monitor.PoolMetrics;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What the commands count of rings, and all that a counters file of theirs can have: the table by which
 * {@code bounce-dma inspect} knows a counter's kind, exports it and is documented (docs/metrics.md).
 */
final class InspectMetrics
{
    static final Metric ADDED;
    static final Metric TAKEN;
    static final Metric BATCHES = new Metric(103, "published batches",
        counter("batches", "How often chains were published to the other side."));
    static final Metric COMPLETED = new Metric(104, "completed chains",
        counter("completed_chains", "Chains that the driver got back, or the device gave back."));
    static final Metric IN_FLIGHT = new Metric(105, "in flight chains",
        gauge("in_flight_chains", "Chains on their way now."));
    static final Metric KICKS;
    static final Metric INTERRUPTS;
    /** Published less sent, which are exported: read a moment apart, so that it may go back by one. */
    static final Metric SUPPRESSED_KICKS = new Metric(108, "kicks suppressed", null);
    static final Metric SUPPRESSED_INTERRUPTS = new Metric(109, "interrupts suppressed", null);
    static final Metric FREE = new Metric(110, "free descriptors",
        gauge("free_descriptors", "Descriptors that the driver can add now."));
    static final Metric OVERCLAIMS = new Metric(111, "overclaims",
        counter("overclaims", "How often the device claimed to have written more than a chain had room for."));
    static final Metric MALFORMED = new Metric(112, "malformed chains",
        counter("malformed_chains", "Chains that the device found malformed."));

    private static final Map<Integer, Metric> BY_ID;

    static
    {
        final MetricFamily started =
            counter("started_chains", "Chains that the driver added, or the device took.");
        ADDED = new Metric(101, "added chains", started);
        TAKEN = new Metric(102, "taken chains", started);
        final MetricFamily sent = counter("notifications",
            "Notifications that the other side wanted: kicks of a driver, interrupts of a device.");
        KICKS = new Metric(106, "kicks sent", sent);
        INTERRUPTS = new Metric(107, "interrupts sent", sent);
        BY_ID = all().stream().collect(Collectors.toUnmodifiableMap(Metric::id, Function.identity()));
    }

    private InspectMetrics()
    {
    }

    /**
     * The table.
     *
     * @return each metric, those of a family behind each other.
     */
    static List<Metric> all()
    {
        final List<Metric> all = new ArrayList<>(PoolMetrics.all());
        Collections.addAll(all, ADDED, TAKEN, BATCHES, COMPLETED, IN_FLIGHT, KICKS, INTERRUPTS, SUPPRESSED_KICKS,
            SUPPRESSED_INTERRUPTS, FREE, OVERCLAIMS, MALFORMED);
        return all;
    }

    /**
     * What a counter counts.
     *
     * @param id that its file says.
     * @return null if it is none of these: somebody who uses the library counts it.
     */
    static Metric of(final int id)
    {
        return BY_ID.get(id);
    }

    private static MetricFamily counter(final String name, final String help)
    {
        return family(name, MetricFamily.Kind.COUNTER, help);
    }

    private static MetricFamily gauge(final String name, final String help)
    {
        return family(name, MetricFamily.Kind.GAUGE, help);
    }

    private static MetricFamily family(final String name, final MetricFamily.Kind kind, final String help)
    {
        return new MetricFamily("bounce_dma_ring_" + name, kind, MetricFamily.Unit.NONE, help,
            List.of("device", "queue", "role"));
    }
}
