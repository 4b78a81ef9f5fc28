/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.Arrays;

/**
 * What one client has of a pool: hot blocks are its own, too. All but the limits belongs to the pool's lock; who reads
 * without it gets a figure of a moment ago.
 */
final class Account
{
    private final long reserved;
    private final long quota;
    /** Whether it may be charged, and its reserve is kept. */
    boolean open;
    /** Units held in extents that serve; they fill the reserve. */
    long charged;
    /** Units held in extents that are being retired. */
    long leaving;
    /** The most units that were held at one time. */
    private long peak;
    /** Units held in each arena, by its slot. */
    private long[] inArena = new long[1];
    private final long[] held = new long[SizeClass.COUNT];
    private final long[] peaks = new long[SizeClass.COUNT];

    Account(final ClientLimits limits)
    {
        quota = limits.quota() >> BlockSize.UNIT_SHIFT;
        // Not rounded by an addition, which overflows for the largest reserves.
        reserved = Math.ceilDiv(limits.reserve(), 1L << BlockSize.UNIT_SHIFT);
    }

    long quota()
    {
        return quota;
    }

    long reserved()
    {
        return reserved;
    }

    long held()
    {
        return charged + leaving;
    }

    long peak()
    {
        return peak;
    }

    /** What is held beyond the reserve, and so competes with the others, if so much is charged. */
    long beyond(final long units)
    {
        return Math.max(0, units - reserved);
    }

    long heldIn(final Arena arena)
    {
        return arena.slot() < inArena.length ? inArena[arena.slot()] : 0;
    }

    /** Units held in blocks of a class of sizes. */
    long held(final int sizeClass)
    {
        return held[sizeClass];
    }

    /** The most units that were held in such blocks at one time. */
    long peak(final int sizeClass)
    {
        return peaks[sizeClass];
    }

    /** Make room for what is held in arenas: there may be no memory for it, so before anything is changed. */
    void reach(final int slots)
    {
        if (slots > inArena.length)
        {
            inArena = Arrays.copyOf(inArena, Math.max(slots, 2 * inArena.length));
        }
    }

    void add(final Arena arena, final int units, final int each)
    {
        inArena[arena.slot()] += units;
        final int sizeClass = SizeClass.of(each);
        held[sizeClass] += units;
        peaks[sizeClass] = Math.max(peaks[sizeClass], held[sizeClass]);
        charged += units;
        peak = Math.max(peak, held());
    }

    void remove(final Arena arena, final int units)
    {
        inArena[arena.slot()] -= units;
        held[SizeClass.of(units)] -= units;
        if (arena.isRetired())
        {
            leaving -= units;
        }
        else
        {
            charged -= units;
        }
    }
}
