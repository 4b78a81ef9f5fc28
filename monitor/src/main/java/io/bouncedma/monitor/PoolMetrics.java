/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.monitor;

import io.bouncedma.pool.Refusal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a {@link PoolMonitor} tells of pools, their clients and the sizes of their blocks. All that reads or explains a
 * counters file does so by this table.
 */
public final class PoolMetrics
{
    static final Metric LENGTH = pool(1, "bytes", "size", "Bytes that the pool hands out in all.");
    static final Metric USED = pool(2, "used bytes", "used", "Bytes in blocks now.");
    static final Metric HOT = pool(3, "hot bytes", "hot",
        "Bytes that clients freed last and get back first; they are free as soon as anybody needs them.");
    static final Metric FREE = pool(4, "free bytes", "free", "Bytes neither used nor hot.");
    static final Metric HIGH_WATER = pool(5, "high-water bytes", "high_water", "The most bytes used at one time.");
    static final Metric LARGEST_RUN = pool(6, "largest free run bytes", "largest_free_run",
        "The most bytes free behind each other, hot ones not counted.");
    static final Metric FRAGMENTATION = new Metric(7, "fragmentation per mille", new MetricFamily(
        "bounce_dma_pool_fragmentation_ratio", MetricFamily.Kind.GAUGE, MetricFamily.Unit.RATIO,
        "How far the free bytes are from one run: 0 if they are one, towards 1 the more they are scattered.",
        List.of("pool")));
    static final Metric METADATA = pool(8, "metadata bytes", "metadata",
        "Private memory that the allocator needs for the pool and its clients' blocks.");

    static final Metric CLIENT_USED = client(20, "used bytes", "used", "Bytes in the client's blocks now.");
    static final Metric CLIENT_HOT = client(21, "hot bytes", "hot",
        "Bytes that the client freed last and gets back first.");
    static final Metric CLIENT_HIGH_WATER = client(22, "high-water bytes", "high_water",
        "The most bytes that the client used at one time.");
    static final Metric CLIENT_QUOTA = client(23, "quota bytes", "quota",
        "The most bytes that the client may hold; +Inf for no quota.");
    static final Metric CLIENT_RESERVE = client(24, "reserve bytes", "reserve",
        "Bytes that nobody else gets.");
    static final Metric CLIENT_ALLOCATIONS = new Metric(25, "allocations", clientCounter(
        "allocations", MetricFamily.Unit.NONE, "Blocks that the client took."));
    static final Metric CLIENT_FREES = new Metric(26, "frees", clientCounter(
        "frees", MetricFamily.Unit.NONE, "Blocks that the client gave back."));
    private static final MetricFamily BOUNCED = clientCounter("bounced_bytes", MetricFamily.Unit.BYTES,
        "Bytes copied into or out of blocks that are given back by now.");
    static final Metric CLIENT_TO_DEVICE =
        new Metric(27, "bounced to device bytes", BOUNCED, Map.of("direction", "to_device"));
    static final Metric CLIENT_FROM_DEVICE =
        new Metric(28, "bounced from device bytes", BOUNCED, Map.of("direction", "from_device"));
    static final List<Metric> CLIENT_REFUSALS = refusals(30, clientCounter(
        "refusals", MetricFamily.Unit.NONE, "Requests of the client that the pool refused."));

    static final Metric CLASS_HELD = size(50, "held bytes", "held",
        "Bytes in the client's blocks from this size to below the double, hot ones included.");
    static final Metric CLASS_HIGH_WATER = size(51, "high-water bytes", "high_water",
        "The most bytes that were held in such blocks at one time.");
    static final Metric CLASS_ALLOCATIONS = new Metric(52, "allocations", sizeCounter(
        "allocations", "Such blocks that the client took."));
    static final List<Metric> CLASS_REFUSALS = refusals(60, sizeCounter(
        "refusals", "Requests for such blocks that the pool refused."));

    private PoolMetrics()
    {
    }

    /**
     * The table.
     *
     * @return each metric, those of a family behind each other.
     */
    public static List<Metric> all()
    {
        final List<Metric> all = new ArrayList<>(List.of(
            LENGTH, USED, HOT, FREE, HIGH_WATER, LARGEST_RUN, FRAGMENTATION, METADATA,
            CLIENT_USED, CLIENT_HOT, CLIENT_HIGH_WATER, CLIENT_QUOTA, CLIENT_RESERVE, CLIENT_ALLOCATIONS, CLIENT_FREES,
            CLIENT_TO_DEVICE, CLIENT_FROM_DEVICE));
        all.addAll(CLIENT_REFUSALS);
        all.addAll(List.of(CLASS_HELD, CLASS_HIGH_WATER, CLASS_ALLOCATIONS));
        all.addAll(CLASS_REFUSALS);
        return all;
    }

    private static Metric pool(final int id, final String title, final String name, final String help)
    {
        return new Metric(id, title, bytes("pool_" + name, help, List.of("pool")));
    }

    private static Metric client(final int id, final String title, final String name, final String help)
    {
        return new Metric(id, title, bytes("client_" + name, help, List.of("pool", "client")));
    }

    private static Metric size(final int id, final String title, final String name, final String help)
    {
        return new Metric(id, title, bytes("blocks_" + name, help, List.of("pool", "client", "smallest")));
    }

    private static MetricFamily bytes(final String name, final String help, final List<String> labels)
    {
        return new MetricFamily("bounce_dma_" + name + "_bytes", MetricFamily.Kind.GAUGE, MetricFamily.Unit.BYTES,
            help, labels);
    }

    private static MetricFamily clientCounter(final String name, final MetricFamily.Unit unit, final String help)
    {
        return new MetricFamily("bounce_dma_client_" + name, MetricFamily.Kind.COUNTER, unit, help,
            List.of("pool", "client"));
    }

    private static MetricFamily sizeCounter(final String name, final String help)
    {
        return new MetricFamily("bounce_dma_blocks_" + name, MetricFamily.Kind.COUNTER, MetricFamily.Unit.NONE, help,
            List.of("pool", "client", "smallest"));
    }

    private static List<Metric> refusals(final int id, final MetricFamily family)
    {
        return Arrays.stream(Refusal.Reason.values()).map((reason) -> new Metric(id + reason.ordinal(),
            "refused " + reason, family, Map.of("reason", reason.name().toLowerCase(Locale.ROOT)))).toList();
    }
}
