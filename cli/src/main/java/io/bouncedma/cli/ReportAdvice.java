/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.PoolPolicy;
import io.bouncedma.lab.RefusedMapping;
import io.bouncedma.lab.SmallestPool;
import io.bouncedma.lab.SwiotlbParameter;
import io.bouncedma.lab.SwiotlbSizing;
import io.bouncedma.lab.Trace;
import io.bouncedma.lab.recording.Count;
import io.bouncedma.lab.recording.Recording;
import io.bouncedma.os.Amount;
import io.bouncedma.pool.Refusal;
import org.agrona.BitUtil;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
        Refusal.Reason.TOO_LARGE, "Too large: not even with all of it free; a larger pool helps, or a driver that " +
            "asks for less.");
    /** Of a recording: what of the load is not in the trace, or lives on in it. */
    private static final List<Count> LOSSES = List.of(Count.LOST_EVENTS, Count.CUT_OFF, Count.REFUSED,
        Count.LOST_UNMAPS, Count.OTHER_SIZE, Count.CUT_ELEMENTS, Count.SYNCS_ALONE);
    /** Its segments are as long in a pool of any size, unlike what the other policies grant at a time. */
    private static final String SWIOTLB_TOO_LARGE = "Too large: no pool of any size grants that much at a time; let " +
        "the driver ask for less, by <code>max_sectors_kb</code> of a disk or the MTU and segments of a network card.";

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
            found(search);
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
                (StressPolicy.SWIOTLB == run.policy() && has(run, Refusal.Reason.TOO_LARGE) ?
                ". No size is for those that are too large." : ". <code>--find-min</code> tells what is."));
    }

    private static boolean has(final StressRun run, final Refusal.Reason reason)
    {
        return run.result().refusalsByReason().getOrDefault(reason, 0L) > 0;
    }

    private static String remedy(final StressRun run, final Refusal.Reason reason)
    {
        return StressPolicy.SWIOTLB == run.policy() && Refusal.Reason.TOO_LARGE == reason ? SWIOTLB_TOO_LARGE :
            REMEDIES.get(reason);
    }

    private static String found(final StressSearch search)
    {
        final SmallestPool.Result found = search.found();
        final String write = switch (search.policy())
        {
            case BOUNCE_DMA -> "<p>Give the pool " + Figures.bytes(BitUtil.align(
                SwiotlbParameter.withMargin(found.poolBytes()), PoolPolicy.STEP)) + ": a quarter above the smallest, " +
                "for what the trace has not seen and for another order of events. It is for front-ends of this " +
                "library; a kernel has swiotlb.</p>";
            case SWIOTLB -> swiotlb(search.swiotlb());
            case DMB -> "<p class=\"soft\">A region is one device's alone: no device can use what another leaves " +
                "free.</p>";
        };
        return card(ByteSize.describe(found.poolBytes()), (search.regions().isEmpty() ?
            "is the smallest pool that refuses nothing: " :
            "are the smallest regions of the devices that refuse nothing, summed: ") +
            Amount.of(found.poolBytes()) + " bytes, of which " + Figures.percent(found.efficiency()) +
            " carry live bytes at the peak." + (0 == found.untried() ? "" :
            " " + Amount.of(found.untried(), "smaller size") + (1 == found.untried() ? " was" : " were") +
            " not tried.") +
            (found.refusing().isEmpty() ? "" : " Some larger ones refuse again, up to " +
            Figures.percent(found.unsteadiness()) + " above.")) + write;
    }

    private static String swiotlb(final StressSwiotlb swiotlb)
    {
        final String parameter = null == swiotlb.parameter() ? "<p>No default pool up to 64 GiB serves.</p>" :
            "<p>On the guest's kernel command line:</p><pre><code>" + swiotlb.parameter() + "</code></pre><p>That is " +
            ByteSize.describe(swiotlb.parameter().bytes()) + ", " + Figures.percent(swiotlb.margin()) +
            " above the smallest: a quarter for what the trace has not seen, rounded up as the kernel does. It was " +
            "replayed with the areas of " + (0 == swiotlb.cpus() ? "guests of 1 to " + SwiotlbSizing.MOST_CPUS +
            " CPUs; <code>--cpus</code> writes those of yours" : Amount.of(swiotlb.cpus(), "CPU")) + "." +
            (swiotlb.isBelowDefault() ? " The kernel makes 64 MiB or more by itself: write less only if nothing else " +
            "bounces." : "") + "</p>";
        return parameter + (null == swiotlb.node() ? "" :
            "<details><summary>Or a pool of these devices alone, in the device tree</summary><pre><code>" +
            Html.lines(swiotlb.node().node()) + "</code></pre><p>That is " +
            ByteSize.describe(swiotlb.node().bytes()) + " with their coherent memory, " +
            Figures.percent(swiotlb.nodeMargin()) + " above the smallest that serves, " +
            ByteSize.describe(swiotlb.restrictedBytes()) + ".</p></details>");
    }

    private List<String> said()
    {
        final List<String> said = new ArrayList<>();
        if (null != report.imported())
        {
            said.addAll(losses(report.imported()));
        }
        final StressSearch ours = report.search(StressPolicy.BOUNCE_DMA);
        final StressSearch kernels = report.search(StressPolicy.SWIOTLB);
        if (null != ours && null != ours.found() && null != kernels && null != kernels.found())
        {
            final double part = (double)ours.found().poolBytes() / kernels.found().poolBytes();
            said.add("bounce-dma needs " + Figures.percent(Math.abs(1 - part)) + (part > 1 ? " more" : " less") +
                " memory than swiotlb for the same mappings" + (0 == report.lifetimes().all().coherentMaps() ? "." :
                ", and has coherent memory in it, which swiotlb has only as a pool of the device tree."));
        }
        report.sizings().stream().filter(sizing -> StressPolicy.DMB != sizing.common().policy())
            .map(ReportAdvice::sharing).filter(Objects::nonNull).forEach(said::add);
        report.runs().stream().filter(run -> run.result().refusals() > 0).map(this::refused).forEach(said::add);
        if (report.runs().stream().allMatch(run -> 0 == run.result().refusals()))
        {
            said.add("Nothing is refused by any of them at the sizes that are drawn below.");
        }
        return said;
    }

    /** A page is sent around without what the import printed. */
    private static List<String> losses(final Recording imported)
    {
        final String losses = LOSSES.stream().filter(count -> imported.count(count) > 0)
            .map(count -> count.words() + " " + Amount.of(imported.count(count)))
            .collect(Collectors.joining(", "));
        return losses.isEmpty() ? List.of() : List.of("The recording is not whole: " + losses + ". So all sizes here " +
            "may be too small or too large; record again.");
    }

    /** What it saves that the devices share a pool; null if nothing is known of that. */
    private static String sharing(final StressSizing sizing)
    {
        final long apart = sizing.apartBytes();
        if (!sizing.hasDevices() || apart < 0 || null == sizing.common().found())
        {
            return null;
        }
        final long saved = apart - sizing.common().found().poolBytes();
        return "In " + sizing.common().policy().label() + ", one pool for all " + sizing.alone().size() + " devices " +
            (0 == saved ? "saves nothing" : (saved < 0 ? "costs " : "saves ") + ByteSize.describe(Math.abs(saved)) +
            ", " + Figures.percent((double)Math.abs(saved) / apart)) + " of the " + ByteSize.describe(apart) +
            " that they need if each has one of its own.";
    }

    private String refused(final StressRun run)
    {
        final Trace trace = report.trace();
        final RefusedMapping first = run.series().refused().getFirst();
        final String device = trace.devices().get(trace.device(first.event()));
        final String remedies = StressFigures.REASONS.stream()
            .filter(reason -> has(run, reason))
            .map(reason -> remedy(run, reason)).collect(Collectors.joining(" "));
        return run.policy().label() + " refuses " + StressTable.refused(run.result()) + " in the " +
            ByteSize.describe(run.result().poolBytes()) + " that are drawn below. The first is event " +
            Amount.of(first.event() + 1L) + " at " + ReportTables.seconds(trace, first.event()) + ": " +
            (device.isEmpty() ? "" : "<bdi>" + Html.escaped(device) + "</bdi> asks for ") +
            Figures.bytes(trace.bytes(first.event())) + (device.isEmpty() ? " are asked for" : "") + " while " +
            ByteSize.describe(first.freeBytes()) + " are free, the longest run of them " +
            ByteSize.describe(first.largestFreeRun()) + ". " + remedies;
    }
}
