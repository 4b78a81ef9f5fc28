/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

/**
 * Where a walk over an arena goes on, and the copy of the pieces that it came by last.
 * <p>
 * While the pool is not locked pieces are split and joined. The arena tells its cursors, so that each is always in the
 * piece that has its unit: no slice goes back, and none has to look for its place. All but the copy belongs to the
 * pool's lock.
 */
final class PieceCursor
{
    /** How many pieces are copied while the pool is locked. */
    static final int SLICE = 128;

    /** The next one in the same arena. */
    private PieceCursor behind;
    private int piece;
    /** Counted from the arena's first. */
    private int unit;
    private long offset;

    private final int[] ends = new int[SLICE];
    private final boolean[] free = new boolean[SLICE];
    private int from;
    private int count;

    /**
     * Begin in an arena.
     *
     * @param head    its first piece.
     * @param bytes   from the pool's first to the arena's.
     * @param cursors of the arena.
     * @return the arena's cursors with this one.
     */
    PieceCursor begin(final int head, final long bytes, final PieceCursor cursors)
    {
        piece = head;
        unit = 0;
        offset = bytes;
        behind = cursors;
        return this;
    }

    /** The cursors of an arena without this one, which is among them. */
    PieceCursor removeFrom(final PieceCursor cursors)
    {
        if (this == cursors)
        {
            return behind;
        }
        PieceCursor before = cursors;
        while (this != before.behind)
        {
            before = before.behind;
        }
        before.behind = behind;
        return cursors;
    }

    /**
     * A piece is two now.
     *
     * @param at where the second one begins.
     */
    static void onSplit(
        final PieceCursor cursors, final int split, final int first, final int second, final int at)
    {
        for (PieceCursor cursor = cursors; null != cursor; cursor = cursor.behind)
        {
            if (split == cursor.piece)
            {
                cursor.piece = cursor.unit >= at ? second : first;
            }
        }
    }

    /** A piece was the carrier of a slab, which is opened. */
    static void onOpen(final PieceCursor cursors, final int carrier, final int slab, final PieceTable pieces)
    {
        for (PieceCursor cursor = cursors; null != cursor; cursor = cursor.behind)
        {
            if (carrier == cursor.piece)
            {
                cursor.piece = slab + (cursor.unit - pieces.start(slab)) / pieces.units(slab);
            }
        }
    }

    /** A piece is one with its neighbour. */
    static void onJoin(final PieceCursor cursors, final int joined, final int neighbour)
    {
        for (PieceCursor cursor = cursors; null != cursor; cursor = cursor.behind)
        {
            cursor.piece = joined == cursor.piece ? neighbour : cursor.piece;
        }
    }

    /**
     * Copy the next pieces.
     *
     * @param pieces of the arena.
     * @param end    the arena's end.
     * @param most   how many, at most {@link #SLICE}.
     * @return whether there are more.
     */
    boolean copy(final PieceTable pieces, final int end, final int most)
    {
        from = unit;
        for (count = 0; count < most && PieceTable.NIL != piece; count++)
        {
            free[count] = PieceTable.isFree(pieces.state(piece));
            piece = pieces.next(piece);
            unit = PieceTable.NIL == piece ? end : pieces.start(piece);
            ends[count] = unit;
        }
        return PieceTable.NIL != piece;
    }

    /** Tell of none: what they were is not known, or is nobody's. */
    boolean copyNone()
    {
        count = 0;
        return false;
    }

    /**
     * Tell of the copies, without a lock.
     *
     * @return how many there are.
     */
    int tell(final PoolWalk.Visitor visitor)
    {
        for (int i = 0; i < count; i++)
        {
            final long begin = 0 == i ? from : ends[i - 1];
            visitor.piece(
                offset + (begin << BlockSize.UNIT_SHIFT), ends[i] - begin << BlockSize.UNIT_SHIFT, free[i]);
        }
        return count;
    }
}
