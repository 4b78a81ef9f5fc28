/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import io.bouncedma.lab.Trace;

/**
 * Counters, one for each {@link Count}. Not thread-safe.
 */
final class Counts
{
    private final long[] values = new long[Count.values().length];

    void add(final Count count)
    {
        values[count.ordinal()]++;
    }

    void add(final Count count, final long more)
    {
        // Hostile numbers do not add up to less than none.
        values[count.ordinal()] = Math.max(values[count.ordinal()], values[count.ordinal()] + more);
    }

    void max(final Count count, final long value)
    {
        values[count.ordinal()] = Math.max(values[count.ordinal()], value);
    }

    void add(final Counts more)
    {
        for (int i = 0; i < values.length; i++)
        {
            values[i] += more.values[i];
        }
    }

    /** Whether a mapping can be of this size; counts it if not. */
    boolean isInRange(final long address, final long bytes)
    {
        if (bytes < 1 || bytes > Trace.MAX_BYTES || Long.compareUnsigned(address + bytes - 1, address) < 0)
        {
            add(Count.OUT_OF_RANGE);
            return false;
        }
        return true;
    }

    long get(final Count count)
    {
        return values[count.ordinal()];
    }
}
