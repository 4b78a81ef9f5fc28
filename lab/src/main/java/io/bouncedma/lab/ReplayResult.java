/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.pool.Refusal;

import java.util.Map;

/**
 * What a replay came to.
 *
 * @param policy           name of the policy.
 * @param poolBytes        size of the pool, bytes.
 * @param peakLiveBytes    the most bytes that drivers had mapped at one time, refused mappings not counted.
 * @param peakUsedBytes    the most bytes that the policy took for them.
 * @param maps             how many mappings were asked for, the refused ones included; without coherent memory if
 *                         the policy serves none.
 * @param refusalsByReason how many were refused, for each reason.
 * @param events           maps and unmaps that were replayed.
 * @param nanos            how long it took, observer included; of several threads, the sum of their times.
 */
public record ReplayResult(
    String policy,
    long poolBytes,
    long peakLiveBytes,
    long peakUsedBytes,
    long maps,
    Map<Refusal.Reason, Long> refusalsByReason,
    long events,
    long nanos)
{
    /**
     * Keep a copy of the map.
     */
    public ReplayResult
    {
        refusalsByReason = Map.copyOf(refusalsByReason);
    }

    /**
     * How many mappings were refused.
     *
     * @return of all reasons.
     */
    public long refusals()
    {
        return refusalsByReason.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * How long a map or an unmap took.
     *
     * @return nanoseconds on average, the replay's own work included; 0 for an empty trace.
     */
    public double nanosPerOperation()
    {
        return 0 == events ? 0 : (double)nanos / events;
    }
}
