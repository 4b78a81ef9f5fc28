/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

/**
 * The used bytes of equal parts of a pool, as {@link MappingPolicy#usage} tells them.
 */
final class UsageBuckets
{
    private UsageBuckets()
    {
    }

    /**
     * Add some used bytes.
     *
     * @param buckets of the pool.
     * @param length  of the pool.
     * @param from    the first of them.
     * @param to      the one behind the last.
     */
    static void add(final int[] buckets, final long length, final long from, final long to)
    {
        final int count = buckets.length;
        for (int i = (int)(from * count / Math.max(1, length)); i < count; i++)
        {
            final long begin = i * length / count;
            final long end = (i + 1) * length / count;
            if (begin >= to)
            {
                return;
            }
            buckets[i] += (int)Math.max(0, Math.min(to, end) - Math.max(from, begin));
        }
    }
}
