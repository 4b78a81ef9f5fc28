/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.FreeSpace;
import io.bouncedma.lab.RefusedMapping;
import io.bouncedma.lab.ReplaySeries;
import io.bouncedma.lab.Trace;
import io.bouncedma.os.Amount;
import io.bouncedma.pool.Refusal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The tables of a report: what its pictures show, for who can not see them or runs no script.
 */
final class ReportTables
{
    private static final int MOST_DEVICES = 40;
    private static final double MICROS = 1e6;

    private final StressReport report;

    ReportTables(final StressReport report)
    {
        this.report = report;
    }

    /**
     * A column for each policy.
     */
    String figures()
    {
        final HtmlTable table = new HtmlTable("Figures of each policy", 1,
            Stream.concat(Stream.of(""), report.runs().stream().map(run -> run.policy().label())).toList());
        row(table, "size of the pool", run -> bytes(run.result().poolBytes()));
        row(table, "mappings refused", run -> Amount.of(run.result().refusals()));
        for (final Refusal.Reason reason : StressFigures.REASONS)
        {
            row(table, "of these " + words(reason),
                run -> Amount.of(run.result().refusalsByReason().getOrDefault(reason, 0L)));
        }
        row(table, "live at most", run -> bytes(run.result().peakLiveBytes()));
        row(table, "used at most", run -> bytes(run.result().peakUsedBytes()));
        row(table, "free at the trace's peak", run -> bytes(free(run).bytes()));
        row(table, "longest free run there", run -> bytes(free(run).largest()));
        row(table, "fragmentation there", run -> Figures.percent(free(run).fragmentation()));
        return table.toString();
    }

    /**
     * A row for each device, those first that hold most; the colours are those of the picture.
     */
    String devices(final ReportDevices devices)
    {
        final List<String> columns =
            new ArrayList<>(List.of("device", "mappings", "live at most", "long-lived at most", "at the peak of all"));
        // Of very many devices none is sized alone.
        final List<StressSizing> sized = report.sizings().stream().filter(StressSizing::hasDevices).toList();
        sized.forEach(sizing -> columns.add("alone in " + sizing.common().policy().label()));
        report.runs().forEach(run -> columns.add("refused by " + run.policy().label()));
        final HtmlTable table = new HtmlTable("Devices", 1, columns);
        final int shown = Math.min(MOST_DEVICES, devices.order().size());
        for (int place = 0; place < shown; place++)
        {
            final int device = devices.order().get(place);
            final List<String> cells = new ArrayList<>(List.of(Amount.of(devices.maps(device)),
                bytes(devices.peak(device)),
                bytes(report.lifetimes().byDevice().get(device).longLivedBytes()),
                bytes(devices.atPeak(device))));
            sized.forEach(sizing -> cells.add(smallest(sizing.alone().get(device))));
            report.runs().forEach(run -> cells.add(Amount.of(run.series().refusalsOf(device))));
            table.row("<span class=\"swatch band" + devices.band(place) + "\"></span>" + name(devices.name(device)),
                cells);
        }
        return table + (shown == devices.order().size() ? "" : "\n<p class=\"read\">" +
            Amount.of(devices.order().size() - shown, "more device") +
            (1 == devices.order().size() - shown ? " is" : " are") + " not shown.</p>");
    }

    /**
     * The pools of some devices, for the policy that they were searched for.
     */
    String groups()
    {
        final StringBuilder out = new StringBuilder();
        report.sizings().stream().filter(sizing -> !sizing.groups().isEmpty()).forEach(sizing ->
        {
            final HtmlTable table = new HtmlTable("Groups of devices", 1, List.of("devices that share a pool",
                "live at most", "smallest " + sizing.common().policy().label() + " pool"));
            sizing.groups().forEach(group -> table.row(
                group.devices().stream().map(ReportDevices::named).map(ReportTables::name)
                    .collect(Collectors.joining(" + ")),
                List.of(bytes(group.peakLiveBytes()), smallest(group))));
            out.append(table);
        });
        return out.toString();
    }

    private static String smallest(final StressSearch search)
    {
        return null == search.found() ? "none" : bytes(search.found().poolBytes());
    }

    /**
     * The first refusals of each policy that refused something.
     */
    String refused()
    {
        final StringBuilder out = new StringBuilder();
        report.runs().stream().filter(run -> run.result().refusals() > 0).forEach(run -> out.append(refused(run)));
        return out.toString();
    }

    private String refused(final StressRun run)
    {
        final List<RefusedMapping> refused = run.series().refused();
        final HtmlTable table = new HtmlTable("First refusals of " + run.policy().label(), 1,
            List.of("reason", "event", "time", "device", "asked for", "free then", "longest free run then"));
        for (final RefusedMapping refusal : refused)
        {
            table.row(words(refusal.reason()), List.of(
                Amount.of(refusal.event() + 1L),
                seconds(report.trace(), refusal.event()),
                name(ReportDevices.named(report.trace().devices().get(report.trace().device(refusal.event())))),
                bytes(report.trace().bytes(refusal.event())),
                bytes(refusal.freeBytes()),
                bytes(refusal.largestFreeRun())));
        }
        final long all = run.result().refusals();
        return "<details><summary>" + run.policy().label() + ": " + (all <= ReplaySeries.MAX_REFUSED ?
            "all that were refused (" + all + ")" :
            "the first " + refused.size() + " of " + Amount.of(all) + " that were refused") +
            "</summary>\n" + table + "</details>\n";
    }

    /**
     * What a reason is called.
     */
    static String words(final Refusal.Reason reason)
    {
        return StressFigures.key(reason).replace('_', ' ');
    }

    /**
     * When an event happened.
     */
    static String seconds(final Trace trace, final int event)
    {
        return String.format(Locale.ROOT, "%,.6f s", trace.timeMicros(event) / MICROS);
    }

    /**
     * Short, and exact where there is room.
     */
    private static String bytes(final long value)
    {
        return ByteSize.describe(value) + (value < 1 << 10 ? "" :
            "<span class=\"exact\">" + Amount.of(value) + " bytes</span>");
    }

    /** Shown to a length that leaves room for the figures, whole where it is pointed at. */
    private static String name(final String name)
    {
        final String escaped = Html.escaped(name);
        return "<bdi class=\"name\" title=\"" + escaped + "\">" + escaped + "</bdi>";
    }

    private void row(final HtmlTable table, final String name, final Function<StressRun, String> value)
    {
        table.row(name, report.runs().stream().map(value).toList());
    }

    private static FreeSpace free(final StressRun run)
    {
        return run.series().atPeak();
    }
}
