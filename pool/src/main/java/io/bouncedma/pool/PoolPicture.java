/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.Arrays;

/**
 * Spreads the blocks of some arenas over equal parts of their span.
 */
final class PoolPicture
{
    private PoolPicture()
    {
    }

    static long draw(final Arena[] arenas, final int[] buckets)
    {
        Arrays.fill(buckets, 0);
        int end = 1;
        for (final Arena arena : arenas)
        {
            end = Math.max(end, arena.firstUnit() + arena.units());
        }
        final double unitsPerBucket = (double)end / buckets.length;
        for (final Arena arena : arenas)
        {
            arena.walk((start, units, state) ->
            {
                if (!PieceTable.isFree(state))
                {
                    add(buckets, unitsPerBucket, start, start + units);
                }
            });
        }
        return (long)end << BlockSize.UNIT_SHIFT;
    }

    private static void add(final int[] buckets, final double unitsPerBucket, final int from, final int to)
    {
        for (int at = from; at < to; )
        {
            final int bucket = Math.min(buckets.length - 1, (int)(at / unitsPerBucket));
            final int border = bucket == buckets.length - 1 ? to : (int)Math.ceil((bucket + 1) * unitsPerBucket);
            final int next = Math.max(at + 1, Math.min(to, border));
            buckets[bucket] += next - at << BlockSize.UNIT_SHIFT;
            at = next;
        }
    }
}
