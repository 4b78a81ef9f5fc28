/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.FreeSpace;
import io.bouncedma.lab.Lifetimes;
import io.bouncedma.lab.LiveBands;
import io.bouncedma.lab.RefusedMapping;
import io.bouncedma.lab.ReplaySeries;
import io.bouncedma.lab.Trace;
import io.bouncedma.lab.recording.Recording;
import io.bouncedma.os.Printable;
import io.bouncedma.pool.Refusal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;

/**
 * What a report shows, as the data that its pictures are drawn from.
 *
 * @param origin    when and how it was made.
 * @param trace     that was replayed.
 * @param imported  the recording that it is of, or null.
 * @param guest     that the trace is of.
 * @param lifetimes of the trace's mappings.
 * @param runs      one for each policy.
 * @param sizings   one for each policy, or none.
 */
record StressReport(
    ReportOrigin origin,
    Trace trace,
    Recording imported,
    StressGuest guest,
    Lifetimes lifetimes,
    List<StressRun> runs,
    List<StressSizing> sizings)
{
    /** One character for each level of the heat map. */
    private static final String LEVELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    /**
     * The data for the script of the page.
     */
    Map<String, Object> data()
    {
        final ReplaySeries series = runs.getFirst().series();
        final Map<String, Object> data = new LinkedHashMap<>();
        data.put("peak_live", trace.peakLiveBytes());
        data.put("buckets", series.buckets());
        data.put("events", longs(series.points(), i -> series.lastEvent(i) + 1));
        data.put("micros", longs(series.points(), i -> trace.timeMicros(series.lastEvent(i))));
        data.put("bands", bands(series.points()));
        data.put("policies", runs.stream().map(this::policy).toList());
        data.put("smallest", sizings.stream().map(StressSizing::common).map(StressReport::smallest).toList());
        return data;
    }

    /**
     * The search of a policy, or null if there was none.
     */
    StressSearch search(final StressPolicy policy)
    {
        return sizings.stream().map(StressSizing::common).filter(search -> search.policy() == policy).findFirst()
            .orElse(null);
    }

    private List<Map<String, Object>> bands(final int points)
    {
        final List<Map<String, Object>> stacks = new ArrayList<>();
        final ReportDevices devices = new ReportDevices(trace);
        stacks.add(stack("Transient and long-lived", List.of("long-lived", "transient"), List.of("long", "transient"),
            LiveBands.of(trace, points, 2, i -> lifetimes.isLongLived(i) ? 0 : 1), points));
        if (devices.areSeveral())
        {
            final List<String> names = devices.bands();
            stacks.add(stack("Live bytes of each device", names,
                IntStream.range(0, names.size()).mapToObj(i -> "band" + i).toList(), devices.overTime(points), points));
        }
        return stacks;
    }

    private static Map<String, Object> stack(
        final String title,
        final List<String> names,
        final List<String> styles,
        final LiveBands bands,
        final int points)
    {
        final Map<String, Object> data = new LinkedHashMap<>();
        data.put("title", title);
        data.put("names", names);
        data.put("styles", styles);
        data.put("bytes", IntStream.range(0, names.size())
            .mapToObj(band -> longs(points, i -> bands.bytes(band, i))).toList());
        return data;
    }

    private Map<String, Object> policy(final StressRun run)
    {
        final ReplaySeries series = run.series();
        final FreeSpace free = series.atPeak();
        final int points = series.points();
        final Map<String, Object> data = new LinkedHashMap<>();
        data.put("name", run.policy().label());
        data.put("pool", run.result().poolBytes());
        data.put("refused", run.result().refusals());
        data.put("live", longs(points, series::liveBytes));
        data.put("used", longs(points, series::usedBytes));
        data.put("largest", longs(points, series::largestFreeRun));
        data.put("free", free.bytes());
        data.put("runs", longs(FreeSpace.CLASSES, free::runs));
        final Map<String, Object> refusals = new LinkedHashMap<>();
        for (final Refusal.Reason reason : StressFigures.REASONS)
        {
            refusals.put(StressFigures.key(reason), longs(points, i -> series.refusals(reason, i)));
        }
        data.put("refusals", refusals);
        data.put("first", IntStream.range(0, points).filter(i -> null != series.firstRefusal(i))
            .mapToObj(i -> refused(i, series.firstRefusal(i))).toList());
        data.put("heat", heat(series));
        return data;
    }

    private Map<String, Object> refused(final int point, final RefusedMapping refusal)
    {
        final Map<String, Object> data = new LinkedHashMap<>();
        data.put("at", point);
        data.put("event", refusal.event() + 1);
        data.put("reason", StressFigures.key(refusal.reason()));
        data.put("device", Printable.of(trace.devices().get(trace.device(refusal.event()))));
        data.put("bytes", trace.bytes(refusal.event()));
        return data;
    }

    private static Map<String, Object> smallest(final StressSearch search)
    {
        final Map<String, Object> data = new LinkedHashMap<>();
        data.put("name", search.policy().label());
        data.put("bytes", null == search.found() ? null : search.found().poolBytes());
        data.put("part", null == search.found() ? null : search.found().efficiency());
        return data;
    }

    private static String heat(final ReplaySeries series)
    {
        final StringBuilder text = new StringBuilder(series.points() * series.buckets());
        for (int i = 0; i < series.points(); i++)
        {
            for (int bucket = 0; bucket < series.buckets(); bucket++)
            {
                text.append(LEVELS.charAt(series.heat(i, bucket)));
            }
        }
        return text.toString();
    }

    private static List<Long> longs(final int count, final IntToLongFunction value)
    {
        return IntStream.range(0, count).mapToLong(value).boxed().toList();
    }
}
