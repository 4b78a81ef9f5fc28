/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.Arrays;

/**
 * The pieces that a pool is cut into, in the order of memory, in plain private arrays: 20 bytes a piece.
 * <pre>
 * START      first unit
 * PREVIOUS   piece before it in memory
 * NEXT       piece behind it in memory
 * STATE      previous free run in its bin, or less than zero: taken
 * LINK       next free run in its bin, or which client has taken it
 * </pre>
 * A piece's size is the distance to the next one. All words belong to the arena's lock; a piece that a client has taken
 * does not change until it is given back.
 */
final class PieceTable
{
    /** No piece. Its STATE is that of a used block, so that nothing ever joins with it. */
    static final int NIL = 0;
    /** How many pieces are added at a time. */
    static final int CHUNK = 64;
    /** STATE of a piece that is not free. */
    static final int TAKEN = -1;

    private static final int CHUNK_SHIFT = 6;
    private static final int WORDS = 5;
    private static final int START = 0;
    private static final int PREVIOUS = 1;
    private static final int NEXT = 2;
    private static final int STATE = 3;
    private static final int LINK = 4;
    private static final int ARRAY_HEADER = 16;

    // Not volatile: who has a piece has seen the chunk that it is in.
    private int[][] chunks = new int[1][];
    private Arena[] arenas = new Arena[1];
    private int chunkCount;
    private int[] spareChunks = new int[1];
    private int spareCount;

    static boolean isFree(final int state)
    {
        return state >= 0;
    }

    /**
     * Make room for more pieces.
     *
     * @param arena that they are for.
     * @return the first of {@link #CHUNK} new pieces, all zero; the very first chunk's piece 0 is {@link #NIL}.
     */
    synchronized int addChunk(final Arena arena)
    {
        if (spareCount > 0)
        {
            final int chunk = spareChunks[--spareCount];
            // All but NIL, which others look at meanwhile.
            Arrays.fill(chunks[chunk], 0 == chunk ? WORDS : 0, CHUNK * WORDS, 0);
            arenas[chunk] = arena;
            return chunk << CHUNK_SHIFT;
        }
        final int[] words = new int[CHUNK * WORDS];
        final int chunk = chunkCount;
        if (chunk == chunks.length)
        {
            final int grown = chunk * 2;
            arenas = Arrays.copyOf(arenas, grown);
            chunks = Arrays.copyOf(chunks, grown);
            spareChunks = Arrays.copyOf(spareChunks, grown);
        }
        if (0 == chunk)
        {
            words[STATE] = TAKEN;
        }
        arenas[chunk] = arena;
        chunks[chunk] = words;
        chunkCount++;
        return chunk << CHUNK_SHIFT;
    }

    /**
     * Take back the chunks of an arena that is gone, for the next one.
     */
    synchronized void removeChunks(final Arena arena)
    {
        for (int chunk = 0; chunk < chunkCount; chunk++)
        {
            if (arena == arenas[chunk])
            {
                arenas[chunk] = null;
                spareChunks[spareCount++] = chunk;
            }
        }
    }

    Arena arena(final int piece)
    {
        return arenas[piece >>> CHUNK_SHIFT];
    }

    int start(final int piece)
    {
        return words(piece)[index(piece) + START];
    }

    void start(final int piece, final int unit)
    {
        words(piece)[index(piece) + START] = unit;
    }

    int previous(final int piece)
    {
        return words(piece)[index(piece) + PREVIOUS];
    }

    void previous(final int piece, final int other)
    {
        words(piece)[index(piece) + PREVIOUS] = other;
    }

    int next(final int piece)
    {
        return words(piece)[index(piece) + NEXT];
    }

    void next(final int piece, final int other)
    {
        words(piece)[index(piece) + NEXT] = other;
    }

    int state(final int piece)
    {
        return words(piece)[index(piece) + STATE];
    }

    void state(final int piece, final int state)
    {
        words(piece)[index(piece) + STATE] = state;
    }

    int link(final int piece)
    {
        return words(piece)[index(piece) + LINK];
    }

    void link(final int piece, final int value)
    {
        words(piece)[index(piece) + LINK] = value;
    }

    synchronized long bytes()
    {
        return ARRAY_HEADER * 3L + chunks.length * 12L + chunkCount * (long)(ARRAY_HEADER + CHUNK * WORDS * 4);
    }

    private int[] words(final int piece)
    {
        return chunks[piece >>> CHUNK_SHIFT];
    }

    private static int index(final int piece)
    {
        return (piece & CHUNK - 1) * WORDS;
    }
}
