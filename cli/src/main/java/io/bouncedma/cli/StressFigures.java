/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.lab.FreeSpace;
import io.bouncedma.lab.ReplayResult;
import io.bouncedma.lab.recording.Count;
import io.bouncedma.lab.recording.Recording;
import io.bouncedma.pool.Refusal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The figures of a replay for machines: names and numbers of a JSON object.
 */
final class StressFigures
{
    /** Those that can be met here: nobody has a quota. */
    static final List<Refusal.Reason> REASONS =
        List.of(Refusal.Reason.EXHAUSTED, Refusal.Reason.FRAGMENTED, Refusal.Reason.TOO_LARGE);

    private static final double ROUND = 1e6;

    private StressFigures()
    {
    }

    static Map<String, Object> of(final StressSource.Loaded source, final StressPolicy policy, final StressGuest guest)
    {
        final Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("policy", policy.label());
        figures.put("trace", source.trace().name());
        if (null != source.seed())
        {
            figures.put("seed", source.seed());
        }
        if (null != source.imported())
        {
            figures.put("imported", of(source.imported()));
        }
        figures.put("min_align_mask", guest.masks().others());
        if (!guest.masks().byDevice().isEmpty())
        {
            figures.put("min_align_mask_by_device", guest.masks().byDevice());
        }
        return figures;
    }

    static Map<String, Object> of(final StressRun run, final int threads, final long tracePeak)
    {
        final ReplayResult result = run.result();
        final FreeSpace free = run.atPeak();
        final Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("threads", threads);
        figures.put("pool_bytes", result.poolBytes());
        figures.put("maps", result.maps());
        figures.put("refusals", result.refusals());
        final Map<String, Object> reasons = new LinkedHashMap<>();
        REASONS.forEach(reason -> reasons.put(key(reason), result.refusalsByReason().getOrDefault(reason, 0L)));
        figures.put("refusals_by_reason", reasons);
        figures.put("trace_peak_live_bytes", tracePeak);
        figures.put("peak_live_bytes", result.peakLiveBytes());
        figures.put("peak_used_bytes", result.peakUsedBytes());
        figures.put("free_bytes_at_peak", null == free ? null : free.bytes());
        figures.put("largest_free_run_at_peak", null == free ? null : free.largest());
        figures.put("fragmentation_at_peak", null == free ? null : rounded(free.fragmentation()));
        figures.put("nanos_per_operation", rounded(result.nanosPerOperation()));
        return figures;
    }

    /**
     * What a reason is called in JSON and in the report.
     */
    static String key(final Refusal.Reason reason)
    {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    private static Map<String, Object> of(final Recording imported)
    {
        final Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("source", imported.source().name().toLowerCase(Locale.ROOT));
        for (final Count count : Count.values())
        {
            figures.put(count.name().toLowerCase(Locale.ROOT), imported.count(count));
        }
        figures.put("first_not_understood", imported.notUnderstood());
        figures.put("refused_by_device", imported.refusedByDevice());
        return figures;
    }

    static double rounded(final double value)
    {
        return Math.round(value * ROUND) / ROUND;
    }
}
