/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import static io.bouncedma.pool.PieceTable.NIL;

/**
 * An arena's free runs by size: two-level segregated fit (Masmano and others, 2004).
 * <pre>
 * size in units   0..31      32..63     64..127    128..255   ...   powers of two
 * bins            32 exact   32 exact   32 of 2    32 of 4    ...   32 equal steps each
 * </pre>
 * A bit for each bin that is not empty finds the next one in a few instructions. In a bin, the run that was freed last
 * comes first; they are linked both ways, through STATE and LINK of {@link PieceTable}.
 */
final class RunBins
{
    private static final int STEP_BITS = 5;
    private static final int STEPS = 1 << STEP_BITS;

    private final PieceTable pieces;
    private final int[] bins;
    private final int[] maps;
    private int rowMap;

    /**
     * Empty bins.
     *
     * @param largest units of the largest run that there will be.
     */
    RunBins(final PieceTable pieces, final int largest)
    {
        this.pieces = pieces;
        maps = new int[row(largest) + 1];
        bins = new int[maps.length * STEPS];
    }

    /** The run that was freed last in a bin, or {@link PieceTable#NIL}. */
    int first(final int bin)
    {
        return bins[bin];
    }

    void add(final int run, final int units)
    {
        final int bin = of(units);
        final int behind = bins[bin];
        pieces.state(run, NIL);
        pieces.link(run, behind);
        bins[bin] = run;
        if (NIL != behind)
        {
            pieces.state(behind, run);
        }
        maps[bin >> STEP_BITS] |= 1 << (bin & STEPS - 1);
        rowMap |= 1 << (bin >> STEP_BITS);
    }

    /** A run is longer or shorter now: mostly it stays where it is. */
    void move(final int run, final int units, final int now)
    {
        if (of(units) != of(now))
        {
            remove(run, units);
            add(run, now);
        }
    }

    void remove(final int run, final int units)
    {
        final int before = pieces.state(run);
        final int behind = pieces.link(run);
        if (NIL != behind)
        {
            pieces.state(behind, before);
        }
        if (NIL != before)
        {
            pieces.link(before, behind);
            return;
        }
        final int bin = of(units);
        bins[bin] = behind;
        if (NIL == behind)
        {
            final int row = bin >> STEP_BITS;
            maps[row] &= ~(1 << (bin & STEPS - 1));
            rowMap &= 0 == maps[row] ? ~(1 << row) : -1;
        }
    }

    /**
     * The next bin that is not empty.
     *
     * @param from the first that may be.
     * @return -1 if there is none.
     */
    int next(final int from)
    {
        final int row = from >> STEP_BITS;
        if (row >= maps.length)
        {
            return -1;
        }
        final int inRow = maps[row] & -1 << (from & STEPS - 1);
        if (0 != inRow)
        {
            return row * STEPS + Integer.numberOfTrailingZeros(inRow);
        }
        final int rows = rowMap & -2 << row;
        if (0 == rows)
        {
            return -1;
        }
        final int next = Integer.numberOfTrailingZeros(rows);
        return next * STEPS + Integer.numberOfTrailingZeros(maps[next]);
    }

    /**
     * The bin of the largest runs.
     *
     * @return -1 if there are none.
     */
    int last()
    {
        final int row = 31 - Integer.numberOfLeadingZeros(rowMap);
        return row < 0 ? -1 : row * STEPS + 31 - Integer.numberOfLeadingZeros(maps[row]);
    }

    long bytes()
    {
        return 4L * (bins.length + maps.length);
    }

    /** The bin of a size. */
    static int of(final int units)
    {
        final int row = row(units);
        return 0 == row ? units : row * STEPS + (units >>> row - 1 & STEPS - 1);
    }

    private static int row(final int units)
    {
        return units < STEPS ? 0 : 32 - STEP_BITS - Integer.numberOfLeadingZeros(units);
    }
}
