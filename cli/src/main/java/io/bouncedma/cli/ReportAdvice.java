/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.PoolPolicy;
import io.bouncedma.lab.RefusedMapping;
import io.bouncedma.lab.SwiotlbParameter;
import io.bouncedma.lab.Trace;
import io.bouncedma.pool.Refusal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a report says at its top, in words: how large a pool has to be, what to write where, what was refused and what
 * helps against that.
 */
final class ReportAdvice
{
    private static final Map<Refusal.Reason, String> REMEDIES = Map.of(
        Refusal.Reason.EXHAUSTED, "Exhausted: too little was free, and only a larger pool helps.",
        Refusal.Reason.FRAGMENTED, "Fragmented: enough was free, but in pieces; a larger pool helps, or an allocator " +
            "that packs better.",
        Refusal.Reason.TOO_LARGE, "Too large: no pool of any size grants that much at a time; let the driver ask for " +
            "less, by <code>max_sectors_kb</code> of a disk or the MTU and segments of a network card.");

    private static final String MARGIN =
        "a quarter above the smallest, for what the trace has not seen and for another order of events";

    private final StressReport report;

    ReportAdvice(final StressReport report)
    {
        this.report = report;
    }

    String html()
    {
        return "<div class=\"advice\">" +
            report.runs().stream().map(this::card).collect(Collectors.joining()) + "</div>\n<ul class=\"said\">" +
            said().stream().map(sentence -> "<li>" + sentence + "</li>\n").collect(Collectors.joining()) + "</ul>";
    }

    private String card(final StressRun run)
    {
        final StressSearch search = report.search(run.policy());
        final String words = null == search ? replayed(run) : null == search.found() ?
            card(search.tooLarge() > 0 ? "no size helps" : "none found", Html.escaped(search.why()) + ".") :
            found(run.policy(), search.found().poolBytes(), search.found().efficiency());
        return "<article><h3>" + run.policy().label() + "</h3>" + words + "</article>\n";
    }

    private static String card(final String size, final String words)
    {
        return "<p class=\"size\">" + size + "</p><p>" + words + "</p>";
    }

    private static String replayed(final StressRun run)
    {
        return card(ByteSize.describe(run.result().poolBytes()), 0 == run.result().refusals() ?
            "is enough for this trace. <code>--find-min</code> tells whether less is." :
            "is not enough: refused are " + StressTable.refused(run.result()) +
                ". <code>--find-min</code> tells what is.");
    }

    private String found(final StressPolicy policy, final long bytes, final double efficiency)
    {
        final int devices = report.trace().devices().size();
        final boolean isEach = StressPolicy.DMB == policy && devices > 1;
        final String card = card(ByteSize.describe(bytes) + (isEach ? " for each of " + devices + " devices" : ""),
            "is the smallest " + (isEach ? "size" : "pool") + " that refuses nothing: " + StressTable.number(bytes) +
                " bytes, of which " + StressTable.percent(efficiency) + " carry live bytes at the peak.");
        final long more = SwiotlbParameter.withMargin(bytes);
        return card + switch (policy)
        {
            case BOUNCE_DMA -> "<p>Give the pool " + StressTable.bytes(roundedUp(more)) + ": " + MARGIN + ".</p>";
            case SWIOTLB ->
            {
                final SwiotlbParameter line = SwiotlbParameter.atLeast(more, report.guest().cpus());
                yield "<p>On the guest's kernel command line:</p><pre><code>" + line + "</code></pre>" +
                    "<p class=\"soft\">That is " + ByteSize.describe(line.bytes()) + ": " + MARGIN +
                    ", rounded up as the kernel does.</p>";
            }
            case DMB ->
                "<p class=\"soft\">A region is one device's alone; no device can use what another leaves free.</p>";
        };
    }

    private static long roundedUp(final long bytes)
    {
        return Math.ceilDiv(bytes, PoolPolicy.STEP) * PoolPolicy.STEP;
    }

    private List<String> said()
    {
        final List<String> said = new ArrayList<>();
        final StressSearch ours = report.search(StressPolicy.BOUNCE_DMA);
        final StressSearch kernels = report.search(StressPolicy.SWIOTLB);
        if (null != ours && null != ours.found() && null != kernels && null != kernels.found())
        {
            final double part = (double)ours.found().poolBytes() / kernels.found().poolBytes();
            said.add("bounce-dma needs " + StressTable.percent(Math.abs(1 - part)) + (part > 1 ? " more" : " less") +
                " memory than swiotlb for the same mappings.");
        }
        report.runs().stream().filter(run -> run.result().refusals() > 0).map(this::refused).forEach(said::add);
        if (report.runs().stream().allMatch(run -> 0 == run.result().refusals()))
        {
            said.add("Nothing is refused by any of them at the sizes that are drawn below.");
        }
        return said;
    }

    private String refused(final StressRun run)
    {
        final Trace trace = report.trace();
        final RefusedMapping first = run.series().refused().getFirst();
        final String device = trace.devices().get(trace.device(first.event()));
        final String remedies = StressFigures.REASONS.stream()
            .filter(reason -> run.result().refusalsByReason().getOrDefault(reason, 0L) > 0)
            .map(REMEDIES::get).collect(Collectors.joining(" "));
        return run.policy().label() + " refuses " + StressTable.refused(run.result()) + " in the " +
            ByteSize.describe(run.result().poolBytes()) + " that are drawn below. The first is event " +
            StressTable.number(first.event() + 1L) + " at " + ReportTables.seconds(trace, first.event()) + ": " +
            (device.isEmpty() ? "" : "<bdi>" + Html.escaped(device) + "</bdi> asks for ") +
            StressTable.bytes(trace.bytes(first.event())) + (device.isEmpty() ? " are asked for" : "") + " while " +
            ByteSize.describe(first.freeBytes()) + " are free, the longest run of them " +
            ByteSize.describe(first.largestFreeRun()) + ". " + remedies;
    }
}
