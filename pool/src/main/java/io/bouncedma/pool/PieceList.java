/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import static io.bouncedma.pool.PieceTable.NIL;

/**
 * The pieces of an {@link Arena} one behind the other, and those that it has in stock for the next cut. Tells the walks
 * that are in the arena what becomes of the pieces that they stand in.
 * <p>
 * For who has the pool's lock. A call takes some ten memory accesses, but for 64 pieces that are added, and looks at
 * each walk.
 */
final class PieceList
{
    private final PieceTable pieces;
    private final Arena arena;
    private final int end;
    private int head;
    private int spare;
    private int spares;
    /** Of the walks that are in the arena, mostly none. */
    private PieceCursor cursors;

    /**
     * One piece.
     *
     * @param end of the arena, in units.
     */
    PieceList(final PieceTable pieces, final Arena arena, final int end)
    {
        this.pieces = pieces;
        this.arena = arena;
        this.end = end;
        addSpares();
        head = newPiece();
        pieces.start(head, 0);
        link(NIL, head);
        link(head, NIL);
    }

    int head()
    {
        return head;
    }

    int sizeOf(final int piece)
    {
        final int[] places = pieces.places(piece);
        return startOf(PieceTable.next(places, piece)) - PieceTable.start(places, piece);
    }

    /** Where a piece begins, or the arena ends if it is none. */
    int startOf(final int piece)
    {
        return NIL == piece ? end : PieceTable.start(pieces.places(piece), piece);
    }

    /** See to it that there are as many in stock as a cut may need: there may be no memory for them. */
    void addSpares()
    {
        if (spares < 2)
        {
            addSpares(pieces.addChunk(arena));
        }
    }

    /** Take the pieces of a chunk into stock. */
    void addSpares(final int chunk)
    {
        for (int piece = chunk + PieceTable.CHUNK - 1; piece >= Math.max(chunk, NIL + 1); piece--)
        {
            pieces.state(piece, PieceTable.TAKEN);
            addSpare(piece);
        }
    }

    /**
     * Let a piece begin later, and a new one take its place in front of it.
     *
     * @return the new one.
     */
    int cutFront(final int piece, final int at)
    {
        final int front = newPiece();
        final int[] places = pieces.places(piece);
        pieces.start(front, PieceTable.start(places, piece));
        link(PieceTable.previous(places, piece), front);
        link(front, piece);
        pieces.start(piece, at);
        PieceCursor.onSplit(cursors, piece, front, piece, at);
        return front;
    }

    /**
     * Let a piece end earlier, and a new one take its place behind it.
     *
     * @return the new one.
     */
    int cutBack(final int piece, final int at)
    {
        final int back = newPiece();
        final int next = pieces.next(piece);
        pieces.start(back, at);
        link(piece, back);
        link(back, next);
        PieceCursor.onSplit(cursors, piece, piece, back, at);
        return back;
    }

    /** Let a piece be one with the piece behind it. */
    void joinNext(final int piece)
    {
        final int next = pieces.next(piece);
        link(piece, pieces.next(next));
        drop(next, piece);
    }

    /** Let a piece be one with the piece before it. */
    void joinPrevious(final int piece)
    {
        final int previous = pieces.previous(piece);
        pieces.start(piece, startOf(previous));
        link(pieces.previous(previous), piece);
        drop(previous, piece);
    }

    /** Put the blocks of a slab that was opened in the place of its carrier. */
    void replace(final int carrier, final int slab)
    {
        link(pieces.previous(carrier), slab);
        link(slab + PieceTable.CHUNK - 1, pieces.next(carrier));
        PieceCursor.onOpen(cursors, carrier, slab, pieces);
        pieces.state(carrier, PieceTable.TAKEN);
        addSpare(carrier);
    }

    /** Begin a walk. */
    void enter(final PieceCursor cursor, final long offset)
    {
        cursors = cursor.begin(head, offset, cursors);
    }

    /** End a walk. */
    void leave(final PieceCursor cursor)
    {
        cursors = cursor.removeFrom(cursors);
    }

    private void link(final int before, final int behind)
    {
        if (NIL == before)
        {
            head = behind;
        }
        else
        {
            pieces.next(before, behind);
        }
        if (NIL != behind)
        {
            pieces.previous(behind, before);
        }
    }

    private void drop(final int piece, final int neighbour)
    {
        pieces.state(piece, PieceTable.TAKEN);
        PieceCursor.onJoin(cursors, piece, neighbour);
        addSpare(piece);
    }

    private void addSpare(final int piece)
    {
        pieces.link(piece, spare);
        spare = piece;
        spares++;
    }

    private int newPiece()
    {
        final int piece = spare;
        spare = pieces.link(piece);
        spares--;
        return piece;
    }
}
