/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The pieces that a pool's extents are cut into, by number, in columns. A piece is a free run or a block; a block's
 * number is in its handle.
 * <pre>
 * places  START  PREVIOUS  NEXT  STATE   where it lies, 32 bits each; the pool's lock, but START and STATE of a block
 *                                        do not change
 * uses    generation | USE | ...         who has it, 64 bits; a free run's the pool's lock, a block's whoever has it
 *
 *             free run                   hot block                    block in somebody's hands
 * START       first unit, counted from the arena's first
 * STATE       run before it in its bin   -1 - units                   -1 - units
 * generation  20 bits                    20 bits                      20 bits
 * USE         2 bits: FREE               ENDED                        LIVE or ENDED
 * ...         42 bits: LINK, the run     of no meaning                units (28 bits), index of the stripe that handed
 *             behind it in its bin                                    it out (14 bits)
 * </pre>
 * A use is one word, which decides about a handle: see {@link #tryEnd}. It is written with release, and read with
 * acquire by who has a handle and no lock. A generation goes on when a piece is used again, in another arena too: so a
 * stale handle is told from a live one until a number was handed out a million times.
 * <p>
 * A <em>slab</em> is a chunk of 64 blocks of one size behind each other in one piece, its carrier. As long as none of
 * them joins the free runs their places need no words of their own, which for small blocks is a third of all private
 * memory. Then the slab is {@linkplain #open opened}: its blocks are pieces like any others from then on. Who reads
 * places without the lock sees the one form or the other, and the same in both.
 * <p>
 * Numbers and not objects: the garbage collector takes note of every reference that is stored in an old object, and 24
 * bytes a piece are half of what an object for each would take. Columns are added in chunks that never move. A number
 * that another thread got without synchronizing may lie in a chunk that this thread does not see: then it is no live
 * one. Zeros, which is what such a thread sees of a chunk at the least (JLS 17.4.4), are not live either.
 */
final class PieceTable
{
    /** No piece. Its STATE is that of a block, so that nothing ever joins with it. */
    static final int NIL = 0;
    /** How many pieces are added at a time. */
    static final int CHUNK = 64;
    /** Numbers have so many bits. */
    static final int NUMBER_BITS = 26;
    /** The end of a list of chunks. */
    static final int NO_CHUNK = -1;
    /** STATE of what is neither a free run nor a block. */
    static final int TAKEN = -1;

    /** How far the generation is shifted in what {@link #useOf} says. */
    static final int GENERATION_SHIFT = 2;
    /** USE of a free run. */
    static final int FREE = 0;
    /** USE of a block in somebody's hands. */
    static final int LIVE = 1;
    /** USE of a block whose handle has ended: it is copied out of, or hot. */
    static final int ENDED = 2;

    /** No USE: there is no such piece. */
    static final int UNKNOWN = -1;
    /** USE of a piece that was no block yet. */
    static final int NEVER_USED = 0;

    private static final int USE_SHIFT = 42;
    private static final int UNITS_SHIFT = 14;
    private static final long INDEX_MASK = (1L << UNITS_SHIFT) - 1;
    private static final int UNITS_MASK = (1 << USE_SHIFT - UNITS_SHIFT) - 1;
    private static final long LINK_MASK = (1L << NUMBER_BITS) - 1;
    private static final long GENERATION = 1L << USE_SHIFT + GENERATION_SHIFT;
    private static final int CHUNK_SHIFT = 6;
    private static final int PLACES = 4;
    private static final int START = 0;
    private static final int PREVIOUS = 1;
    private static final int NEXT = 2;
    private static final int STATE = 3;
    /** A slab has three words instead: START and size of the first block, carrier. */
    private static final int SLAB = 3;
    private static final int SLAB_UNITS = 1;
    private static final int SLAB_CARRIER = 2;
    private static final int ARRAY_HEADER = 16;
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle PLACE = MethodHandles.arrayElementVarHandle(int[][].class);

    private int[][] places = new int[1][];
    private long[][] uses = new long[1][];
    private Arena[] arenas = new Arena[1];
    private int chunkCount;
    private long placeWords;
    /** Of each chunk the next one of the same arena, or the next spare one; {@link #NO_CHUNK} after the last. */
    private int[] nextChunks = new int[1];
    private int spareChunk = NO_CHUNK;

    static boolean isFree(final int state)
    {
        return state >= 0;
    }

    /**
     * Make room for more pieces. The caller has the pool's lock.
     *
     * @param arena that they are for.
     * @return the first of {@link #CHUNK} new pieces; the very first chunk's piece 0 is {@link #NIL}.
     * @throws IllegalStateException if there are too many.
     */
    int addChunk(final Arena arena)
    {
        final int chunk = spareChunk < 0 ? newChunk() : spareChunk;
        spareChunk = spareChunk < 0 ? spareChunk : nextChunks[chunk];
        arenas[chunk] = arena;
        nextChunks[chunk] = arena.chunks;
        arena.chunks = chunk;
        return chunk << CHUNK_SHIFT;
    }

    private int newChunk()
    {
        final int chunk = chunkCount;
        if (chunk == 1 << NUMBER_BITS - CHUNK_SHIFT)
        {
            throw new IllegalStateException("a pool has too many blocks: maximum=" + (1 << NUMBER_BITS));
        }
        final int[] newPlaces = new int[CHUNK * PLACES];
        final long[] newUses = new long[CHUNK];
        if (chunk == places.length)
        {
            final int grown = chunk * 2;
            final Arena[] grownArenas = Arrays.copyOf(arenas, grown);
            final int[][] grownPlaces = Arrays.copyOf(places, grown);
            final long[][] grownUses = Arrays.copyOf(uses, grown);
            nextChunks = Arrays.copyOf(nextChunks, grown);
            // Who sees a directory sees what was in it before it grew.
            VarHandle.releaseFence();
            arenas = grownArenas;
            places = grownPlaces;
            uses = grownUses;
        }
        newPlaces[STATE] = TAKEN;
        places[chunk] = newPlaces;
        uses[chunk] = newUses;
        placeWords += newPlaces.length;
        chunkCount++;
        return chunk;
    }

    /**
     * Make a chunk a slab. The caller has the pool's lock.
     *
     * @param chunk   from {@link #addChunk}, but not the very first one.
     * @param carrier a block that has as many units.
     * @param units   of each block.
     */
    void makeSlab(final int chunk, final int carrier, final int units)
    {
        placeWords += SLAB - places(chunk).length;
        places[chunk >>> CHUNK_SHIFT] = new int[]{start(carrier), units, carrier};
    }

    boolean isSlab(final int piece)
    {
        return SLAB == places(piece).length;
    }

    int carrier(final int block)
    {
        return places(block)[SLAB_CARRIER];
    }

    /**
     * Give the blocks of a slab places of their own, each between its neighbours. The caller has the pool's lock, and
     * puts the first and the last one in the place of the carrier.
     */
    void open(final int slab)
    {
        final int[] words = places(slab);
        final int[] opened = new int[CHUNK * PLACES];
        for (int i = 0; i < CHUNK; i++)
        {
            opened[i * PLACES + START] = words[START] + i * words[SLAB_UNITS];
            opened[i * PLACES + PREVIOUS] = slab + i - 1;
            opened[i * PLACES + NEXT] = slab + i + 1;
            opened[i * PLACES + STATE] = -1 - words[SLAB_UNITS];
        }
        placeWords += opened.length - SLAB;
        PLACE.setRelease(places, slab >>> CHUNK_SHIFT, opened);
    }

    /**
     * Take back some chunks of an arena that is gone, for the next one. The caller has the pool's lock.
     *
     * @param most how many.
     * @return whether there are more.
     */
    boolean removeChunks(final Arena arena, final int most)
    {
        for (int i = 0; i < most && arena.chunks >= 0; i++)
        {
            final int chunk = arena.chunks;
            arena.chunks = nextChunks[chunk];
            arenas[chunk] = null;
            nextChunks[chunk] = spareChunk;
            spareChunk = chunk;
        }
        return arena.chunks >= 0;
    }

    Arena arena(final int piece)
    {
        return arenas[piece >>> CHUNK_SHIFT];
    }

    /** The first unit; without the lock, too, for who has the block. */
    int start(final int piece)
    {
        return firstOf(placeOf(piece), piece);
    }

    /** The words in which a block's place is, for who needs several; without the lock, too, for who has it. */
    int[] placeOf(final int block)
    {
        return (int[])PLACE.getAcquire(places, block >>> CHUNK_SHIFT);
    }

    /** The size of a block, in the words of {@link #placeOf}. */
    static int unitsOf(final int[] words, final int block)
    {
        return SLAB == words.length ? words[SLAB_UNITS] : -1 - words[place(block) + STATE];
    }

    /** The first unit of a block, in the words of {@link #placeOf}. */
    static int firstOf(final int[] words, final int piece)
    {
        return SLAB == words.length ? words[START] + (piece & CHUNK - 1) * words[SLAB_UNITS] :
            words[place(piece) + START];
    }

    void start(final int piece, final int unit)
    {
        places(piece)[place(piece) + START] = unit;
    }

    /**
     * The words in which the place of a piece is, for who needs several: a look-up costs more than a word. The caller
     * has the pool's lock, and the piece is none of an unopened slab.
     */
    int[] places(final int piece)
    {
        return places[piece >>> CHUNK_SHIFT];
    }

    /** START, in the words of {@link #places(int)}. */
    static int start(final int[] words, final int piece)
    {
        return words[place(piece) + START];
    }

    /** PREVIOUS, in the words of {@link #places(int)}. */
    static int previous(final int[] words, final int piece)
    {
        return words[place(piece) + PREVIOUS];
    }

    /** NEXT, in the words of {@link #places(int)}. */
    static int next(final int[] words, final int piece)
    {
        return words[place(piece) + NEXT];
    }

    int previous(final int piece)
    {
        return places(piece)[place(piece) + PREVIOUS];
    }

    void previous(final int piece, final int other)
    {
        places(piece)[place(piece) + PREVIOUS] = other;
    }

    int next(final int piece)
    {
        return places(piece)[place(piece) + NEXT];
    }

    void next(final int piece, final int other)
    {
        places(piece)[place(piece) + NEXT] = other;
    }

    int state(final int piece)
    {
        return places(piece)[place(piece) + STATE];
    }

    void state(final int piece, final int state)
    {
        places(piece)[place(piece) + STATE] = state;
    }

    /** The size of a block; without the lock, too, for who has it. */
    int units(final int block)
    {
        return unitsOf(placeOf(block), block);
    }

    /** Make a piece a block. */
    void units(final int block, final int units)
    {
        state(block, -1 - units);
    }

    int link(final int piece)
    {
        return (int)(uses[piece >>> CHUNK_SHIFT][use(piece)] & LINK_MASK);
    }

    /** Let nobody have a piece, which the caller has, and link it. */
    void link(final int piece, final int value)
    {
        final long[] words = uses[piece >>> CHUNK_SHIFT];
        words[use(piece)] = words[use(piece)] & -GENERATION | value;
    }

    /**
     * The words in which the uses of a piece are, for who needs several: a look-up costs more than a word.
     *
     * @param piece a number that may never have been one.
     * @return null if there is no such piece, as far as the calling thread can see.
     */
    long[] uses(final int piece)
    {
        final long[][] table = uses;
        final int chunk = piece >>> CHUNK_SHIFT;
        return chunk < table.length ? table[chunk] : null;
    }

    /**
     * Who has a piece; what was written before it can be read after it.
     *
     * @param words of {@link #uses}.
     */
    static long word(final long[] words, final int piece)
    {
        return (long)WORD.getAcquire(words, use(piece));
    }

    /** Generation and USE in a {@link #word}. */
    static int useOf(final long word)
    {
        return (int)(word >>> USE_SHIFT);
    }

    /** The stripe that handed a block out, in its {@link #word}. */
    static int indexOf(final long word)
    {
        return (int)(word & INDEX_MASK);
    }

    /** The size of a block in somebody's hands, in its {@link #word}. */
    static int unitsOf(final long word)
    {
        return (int)(word >>> UNITS_SHIFT) & UNITS_MASK;
    }

    /** Which generation a block has when it is handed out next. The caller has it. */
    int generation(final int block)
    {
        return useOf(uses[block >>> CHUNK_SHIFT][use(block)]) >>> GENERATION_SHIFT;
    }

    /** What the words of all blocks have in common that a stripe has handed out. */
    static long liveIn(final int index)
    {
        return (long)LIVE << USE_SHIFT | index;
    }

    /**
     * Hand a block out, or let a handle that has ended be live again. The caller has the block.
     *
     * @param liveIn of the stripe that hands it out.
     */
    void hand(final long handle, final int units, final long liveIn)
    {
        final int block = BlockHandle.number(handle);
        WORD.setRelease(uses[block >>> CHUNK_SHIFT], use(block),
            generationOf(handle) | (long)units << UNITS_SHIFT | liveIn);
    }

    /**
     * End a handle. One of several that try wins.
     *
     * @param words  the {@link #uses} of its block.
     * @param liveIn of the stripe that handed the block out.
     * @param plain  whether nobody else can try at the same time.
     * @return the units of the block, which is the caller's; 0, and nothing is changed, if the handle is not live or
     * another stripe's.
     */
    static int tryEnd(final long[] words, final long handle, final long liveIn, final boolean plain)
    {
        final int at = use(BlockHandle.number(handle));
        final long word = words[at];
        if (0 != ((word ^ (generationOf(handle) | liveIn)) & ~((long)UNITS_MASK << UNITS_SHIFT)))
        {
            return 0;
        }
        // What is carried out of the generation's bits is out of the word.
        final long ended = word + GENERATION + ((long)(ENDED - LIVE) << USE_SHIFT);
        if (plain)
        {
            words[at] = ended;
        }
        else if (!WORD.compareAndSet(words, at, word, ended))
        {
            return 0;
        }
        return unitsOf(word);
    }

    /** The generation of a handle where it is in a word; what is above it in the handle is out of the word. */
    private static long generationOf(final long handle)
    {
        return handle >>> NUMBER_BITS << USE_SHIFT + GENERATION_SHIFT;
    }

    /** USE of a block in somebody's hands. */
    static int live(final int generation)
    {
        return generation << GENERATION_SHIFT | LIVE;
    }

    /** What the pieces take of private memory; the caller has the pool's lock. */
    long bytes()
    {
        return ARRAY_HEADER * (4L + 2L * chunkCount) + 4L * Integer.BYTES * places.length +
            (long)chunkCount * CHUNK * Long.BYTES + placeWords * Integer.BYTES;
    }

    private static int place(final int piece)
    {
        return (piece & CHUNK - 1) * PLACES;
    }

    private static int use(final int piece)
    {
        return piece & CHUNK - 1;
    }
}
