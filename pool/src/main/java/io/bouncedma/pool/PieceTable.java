/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * What is known about the pieces that a pool is cut into, in plain private arrays: 20 bytes a piece.
 * <pre>
 * word       of a free piece            of a block that a client has
 * START      first unit                 first unit
 * PREVIOUS   piece before it in memory  piece before it in memory
 * NEXT       piece behind it in memory  piece behind it in memory
 * STATE      previous free piece        1 ss c cccccccc gggg gggggggg gggggggg
 *                                         |  |          generation
 *                                         |  client
 *                                         status: used, retired, hot
 * LINK       next free piece            sssss uuu uuuuuuuu uuuuuuuu uuuuuuuu
 *                                       stripe, size in units; next hot block while it is hot
 * </pre>
 * A free piece's size is the distance to the next one. Pieces never move, so a client reads its own without a lock.
 * STATE and LINK of a block belong to the lock of the stripe that handed it out, all else to the arena's.
 */
final class PieceTable
{
    /** No piece. Its STATE is that of a used block, so that nothing ever joins with it. */
    static final int NIL = 0;
    /** How many pieces are added at a time. */
    static final int CHUNK = 64;
    static final int USED = 0;
    static final int RETIRED = 1;
    static final int HOT = 2;
    static final int MAX_CLIENTS = 1 << 9;
    static final int GENERATION_MASK = (1 << 20) - 1;

    private static final int CHUNK_SHIFT = 6;
    private static final int WORDS = 5;
    private static final int START = 0;
    private static final int PREVIOUS = 1;
    private static final int NEXT = 2;
    private static final int STATE = 3;
    /** Offset of the word in {@link #words(int)}. */
    static final int LINK = 4;
    private static final int TAKEN = 1 << 31;
    private static final int STATUS_SHIFT = 29;
    private static final int CLIENT_SHIFT = 20;
    private static final int ARRAY_HEADER = 16;
    private static final int STRIPE_SHIFT = 27;
    private static final int UNITS_MASK = (1 << STRIPE_SHIFT) - 1;
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(int[].class);

    // Not volatile: who has a handle has seen the chunk that it is in, or has it from somebody without synchronizing.
    private int[][] chunks = new int[1][];
    private Arena[] arenas = new Arena[1];
    private int chunkCount;

    static int state(final int status, final int client, final int generation)
    {
        return TAKEN | status << STATUS_SHIFT | client << CLIENT_SHIFT | generation;
    }

    /** The STATE of a block when a client gets it, whose generation follows that of the STATE before. */
    static int nextUse(final int before, final int client)
    {
        return state(USED, client, before + 1 & GENERATION_MASK);
    }

    /** A client's handle of a block. */
    static long handle(final int state, final int piece)
    {
        return (long)generation(state) << Integer.SIZE | piece;
    }

    /** The generation in a handle, beyond {@link #GENERATION_MASK} if it is none. */
    static int generationOf(final long handle)
    {
        return (int)(handle >>> Integer.SIZE);
    }

    static int usedLink(final int stripe, final int units)
    {
        return stripe << STRIPE_SHIFT | units;
    }

    static int stripe(final int link)
    {
        return link >>> STRIPE_SHIFT;
    }

    static int units(final int link)
    {
        return link & UNITS_MASK;
    }

    static boolean isFree(final int state)
    {
        return state >= 0;
    }

    static int status(final int state)
    {
        return state >>> STATUS_SHIFT & 3;
    }

    static int client(final int state)
    {
        return state >>> CLIENT_SHIFT & (MAX_CLIENTS - 1);
    }

    static int generation(final int state)
    {
        return state & GENERATION_MASK;
    }

    /**
     * Make room for more pieces.
     *
     * @param arena that they are for.
     * @return the first of {@link #CHUNK} new pieces, all zero; the very first chunk's piece 0 is {@link #NIL}.
     */
    synchronized int addChunk(final Arena arena)
    {
        final int chunk = chunkCount++;
        if (chunk == chunks.length)
        {
            final int grown = chunk * 2;
            arenas = Arrays.copyOf(arenas, grown);
            chunks = Arrays.copyOf(chunks, grown);
        }
        final int[] words = new int[CHUNK * WORDS];
        if (0 == chunk)
        {
            words[STATE] = TAKEN;
        }
        arenas[chunk] = arena;
        chunks[chunk] = words;
        return chunk << CHUNK_SHIFT;
    }

    boolean contains(final int piece)
    {
        final int chunk = piece >>> CHUNK_SHIFT;
        final int[][] table = chunks;
        return piece > NIL && chunk < table.length && null != table[chunk];
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
        return state(words(piece), index(piece));
    }

    void state(final int piece, final int state)
    {
        state(words(piece), index(piece), state);
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
        return ARRAY_HEADER * 2L + chunks.length * 8L + chunkCount * (long)(ARRAY_HEADER + CHUNK * WORDS * 4);
    }

    /** The array that a piece's words are in, for code that touches several of them. */
    int[] words(final int piece)
    {
        return chunks[piece >>> CHUNK_SHIFT];
    }

    /** Where a piece's words begin in {@link #words(int)}. */
    static int index(final int piece)
    {
        return (piece & CHUNK - 1) * WORDS;
    }

    /** A piece's STATE, read so that what its writer did before is visible. */
    static int state(final int[] words, final int index)
    {
        return (int)WORD.getAcquire(words, index + STATE);
    }

    static void state(final int[] words, final int index, final int state)
    {
        WORD.setRelease(words, index + STATE, state);
    }
}
