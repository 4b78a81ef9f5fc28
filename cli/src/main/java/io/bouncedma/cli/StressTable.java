/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.FreeSpace;
import io.bouncedma.lab.ReplayResult;
import io.bouncedma.lab.recording.Count;
import io.bouncedma.lab.recording.Recording;
import io.bouncedma.os.Amount;
import io.bouncedma.pool.Refusal;

import java.io.PrintStream;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * The figures of a replay for people: a row for each.
 */
final class StressTable
{
    /** Rows of a recording that say by a zero that all is well. */
    private static final Set<Count> ALWAYS = EnumSet.of(
        Count.LINES, Count.NOT_UNDERSTOOD, Count.REFUSED, Count.LOST_UNMAPS, Count.UNKNOWN_UNMAPS);

    private final PrintStream out;

    StressTable(final PrintStream out)
    {
        this.out = out;
    }

    void source(final StressSource.Loaded source, final StressGuest guest)
    {
        row("trace", source.trace().name() + (null == source.seed() ? "" : ", seed " + source.seed()));
        if (null != source.imported())
        {
            imported(source.imported());
        }
        row("maps", Amount.of(source.trace().maps()) + ", at most " +
            Amount.of(source.trace().peakLiveMappings()) + " live at a time");
        row("live at the peak", Figures.bytes(source.trace().peakLiveBytes()));
        row("min align mask", guest.toString());
        if (!guest.hasMasks() && null != source.imported() && source.imported().count(Count.NVME_COMPLETIONS) > 0)
        {
            // nvme_complete_rq has the disk's name, not the one that maps.
            row("", "NVMe asks for a mask: --min-align-mask DEVICE=4095");
        }
    }

    void run(final StressRun run, final int threads)
    {
        final ReplayResult result = run.result();
        final FreeSpace free = run.atPeak();
        row("policy", run.policy().label() + (1 == threads ? "" : ", " + threads + " threads"));
        row("pool", Figures.bytes(result.poolBytes()));
        row("refused", refused(result));
        row("live at most", Figures.bytes(result.peakLiveBytes()) +
            (1 == threads ? "" : ", the threads' peaks summed"));
        row("used at most", Figures.bytes(result.peakUsedBytes()));
        if (null != free)
        {
            row("free at the peak", Figures.bytes(free.bytes()) + ", longest run " + Figures.bytes(free.largest()));
            row("fragmentation there", Figures.percent(free.fragmentation()));
        }
        row("map or unmap", String.format(Locale.ROOT, "%.0f ns", result.nanosPerOperation()));
    }

    void row(final String name, final String value)
    {
        Figures.row(out, name, value);
    }

    static String refused(final ReplayResult result)
    {
        final StringBuilder text = new StringBuilder(Amount.of(result.refusals())).append(" of ")
            .append(Amount.of(result.maps()));
        String separator = ": ";
        for (final Refusal.Reason reason : StressFigures.REASONS)
        {
            final long count = result.refusalsByReason().getOrDefault(reason, 0L);
            if (count > 0)
            {
                text.append(separator).append(Amount.of(count)).append(' ')
                    .append(StressFigures.key(reason).replace('_', ' '));
                separator = ", ";
            }
        }
        return text.toString();
    }

    private void imported(final Recording imported)
    {
        row("recorded by", imported.source().words());
        for (final Count count : Count.values())
        {
            final long value = imported.count(count);
            if (value > 0 || ALWAYS.contains(count))
            {
                row(count.words(), value > 0 ? (Amount.of(value) + ' ' + count.about(value)).strip() : "0");
            }
            if (Count.NOT_UNDERSTOOD == count)
            {
                imported.notUnderstood().forEach(line -> row("", line));
            }
            if (Count.REFUSED == count && Recording.Source.DMA_EVENTS == imported.source())
            {
                imported.refusedByDevice().forEach(
                    (device, refused) -> row("", Amount.of(refused) + " of " + device));
            }
        }
    }
}
