/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

/**
 * What a trace asks of pools of a kind, found without a replay.
 *
 * @param liveBytes    the most bytes that are live at one time, of mappings that the kind serves.
 * @param takenBytes   the most bytes that these take at one time, at least.
 * @param liveMappings the most of them.
 * @param largestBytes of a mapping; coherent ones do not count.
 * @param largestTaken by a mapping.
 * @param maps         that the kind serves.
 * @param tooLarge     mappings that no pool of the kind grants, however long it is.
 * @param limit        the least limit that one of these exceeds; of no meaning if there is none.
 */
public record Demand(
    long liveBytes,
    long takenBytes,
    int liveMappings,
    int largestBytes,
    long largestTaken,
    long maps,
    long tooLarge,
    long limit)
{
    /**
     * Look at a trace.
     *
     * @param trace to look at.
     * @param kind  of the pools.
     * @return its demand.
     */
    public static Demand of(final Trace trace, final PoolKind kind)
    {
        long live = 0;
        long peakLive = 0;
        long taken = 0;
        long peakTaken = 0;
        int mappings = 0;
        int peakMappings = 0;
        int largest = 0;
        long largestTaken = 0;
        long maps = 0;
        long tooLarge = 0;
        long limit = Long.MAX_VALUE;
        for (int i = 0; i < trace.size(); i++)
        {
            final TraceDirection direction = trace.direction(i);
            final boolean isCoherent = TraceDirection.COHERENT == direction;
            if (isCoherent && !kind.servesCoherent())
            {
                continue;
            }
            final int bytes = trace.bytes(i);
            final long size = kind.taken(bytes, direction, trace.pageOffset(i), trace.device(i));
            if (!trace.isMap(i))
            {
                live -= bytes;
                taken -= size;
                mappings--;
                continue;
            }
            final long most = kind.maxMapping(direction, trace.pageOffset(i), trace.device(i));
            if (bytes > most)
            {
                tooLarge++;
                limit = Math.min(limit, most);
            }
            live += bytes;
            taken += size;
            mappings++;
            maps++;
            peakLive = Math.max(peakLive, live);
            peakTaken = Math.max(peakTaken, taken);
            peakMappings = Math.max(peakMappings, mappings);
            largest = isCoherent ? largest : Math.max(largest, bytes);
            largestTaken = Math.max(largestTaken, size);
        }
        return new Demand(peakLive, peakTaken, peakMappings, largest, largestTaken, maps, tooLarge, limit);
    }
}
