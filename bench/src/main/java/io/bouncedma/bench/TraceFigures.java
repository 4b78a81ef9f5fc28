/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import org.HdrHistogram.Histogram;

import java.util.List;

/**
 * What was measured with a trace.
 *
 * @param of              trace and masks.
 * @param rows            that were replayed: maps and unmaps.
 * @param coherentRows    that were left out, as coherent memory is not bounced.
 * @param poolBytes       size of the pool.
 * @param originalBytes   that the private buffers were spread over.
 * @param bytesToDevice   that a pass copies into the pool, by the trace.
 * @param bytesFromDevice that a pass copies out of it, by the trace.
 * @param bounced         bytes that the library counted as copied, both ways, of {@code passes}.
 * @param passes          all replays by the library, those that warmed up included.
 * @param rounds          one for each.
 * @param calls           nanoseconds of each map and unmap that was timed alone, of all rounds.
 */
public record TraceFigures(
    BenchTrace of,
    int rows,
    int coherentRows,
    long poolBytes,
    long originalBytes,
    long bytesToDevice,
    long bytesFromDevice,
    long bounced,
    long passes,
    List<TraceRound> rounds,
    Histogram calls)
{
    /**
     * Keep a copy of the list.
     */
    public TraceFigures
    {
        rounds = List.copyOf(rounds);
    }

    /**
     * The rows that a round replayed.
     *
     * @param round one of these.
     * @return rows times passes, 1 or more.
     */
    public double rowsOf(final TraceRound round)
    {
        return Math.max(1, (double)rows * round.passes());
    }
}
