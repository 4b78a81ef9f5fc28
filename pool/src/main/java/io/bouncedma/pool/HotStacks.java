/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import org.agrona.BitUtil;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

import static io.bouncedma.pool.PieceTable.NIL;

/**
 * The hot blocks of a {@link Stripe}, a stack for each size.
 * <pre>
 * stacks  | size, count, head | 0, 0, 0 | size, count, head | ...
 * </pre>
 * The stacks lie in a hash table with open addressing, each a size and the number of its hottest block, and are linked
 * through the blocks' {@link PieceTable#link}.
 * <p>
 * What is hot is bounded: by the pool's {@link PoolLedger#hotUnits()}, by {@value #MOST} blocks, by
 * {@value #MOST_OF_A_SIZE} of a size. What is beyond that makes at most {@value #OUT} others join the free runs, or
 * joins them itself. A size that nobody takes for some 70,000 frees is given back, {@value #OUT} blocks at a time.
 * <p>
 * For who is inside the stripe. What is done calls first and changes fields last, so that whatever throws has lost
 * nothing.
 */
final class HotStacks extends Padded
{
    /** The most blocks that are hot. */
    static final int MOST = 1024;
    /** The most blocks of one size that are hot. */
    static final int MOST_OF_A_SIZE = 256;
    /** The most blocks that join the free runs because of one that is freed. */
    static final int OUT = 4;
    /** What they take of private memory. */
    static final long BYTES = 1400;

    private static final int STACKS = 64;
    private static final int PROBES = 4;
    /** Where stacks may be: the last ones' probes run into the padding, which is there for that, too. */
    private static final int PLACES = STACKS + PROBES - 1;
    private static final int DEPTH = 4;
    private static final int HASH_SHIFT = 26;
    private static final int GOLDEN = 0x9e37_79b9;
    /** A stack is looked at once in so many frees, each in its turn... */
    private static final int LOOK_SHIFT = 6;
    private static final int LOOK_EVERY = 1 << LOOK_SHIFT;
    /** ... and given back if it was not taken from in so many. */
    private static final int OLD = 1 << 16;

    private static final int UNITS_SHIFT = 36;
    private static final int COUNT_SHIFT = PieceTable.NUMBER_BITS;
    private static final long ONE = 1L << COUNT_SHIFT;
    private static final int COUNT_MASK = (1 << UNITS_SHIFT - COUNT_SHIFT) - 1;
    private static final int HEAD_MASK = (1 << COUNT_SHIFT) - 1;

    private static final int PADDING = 2 * BitUtil.CACHE_LINE_LENGTH / Long.BYTES;
    private static final VarHandle UNITS;

    static
    {
        try
        {
            UNITS = MethodHandles.lookup().findVarHandle(HotStacks.class, "units", long.class);
        }
        catch (final ReflectiveOperationException e)
        {
            throw new ExceptionInInitializerError(e);
        }
    }

    private long units;
    private int blocks;
    private int clock;
    private int hand;
    /** The place that was used last: a guess that is looked at costs no wait for the size, as a branch is predicted. */
    private int recent = PADDING;
    private final FreeRuns runs;
    private final PieceTable pieces;
    private final int index;
    private final long[] stacks = new long[PADDING + STACKS + PADDING];
    /** When a stack was last taken from, in frees. */
    private final int[] stamps = new int[PADDING + STACKS + PADDING];

    /**
     * @param index of the stripe, see {@link PieceTable}.
     */
    HotStacks(final FreeRuns runs, final int index)
    {
        this.runs = runs;
        this.index = index;
        pieces = runs.pieces();
    }

    /** What is hot. Written plainly before the stripe is let go; may be read by anybody: then it is a hint. */
    long units()
    {
        return (long)UNITS.getOpaque(this);
    }

    /**
     * Hand out the hottest block of a size whose address is right.
     *
     * @param alignMask beyond what every block of the size has.
     * @param low       bits inside the mask.
     * @return its handle without the client's tag, or -1 if there is none.
     */
    long pop(final int size, final long alignMask, final long low)
    {
        final int place = placeOf(size);
        // Extents begin at pages, so that up to a page a unit has the alignment of its bus address.
        if (place < 0 || alignMask >= Extent.ALIGNMENT)
        {
            return -1;
        }
        final long stack = stacks[place];
        int block = (int)stack & HEAD_MASK;
        if (NIL == block)
        {
            return -1;
        }
        long[] words = pieces.uses(block);
        final int below = PieceTable.link(words, block);
        if (0 == alignMask || isAt(block, alignMask, low))
        {
            stacks[place] = (stack & ~(long)HEAD_MASK | below) - ONE;
        }
        else
        {
            block = cutOut(block, alignMask, low);
            if (NIL == block)
            {
                return -1;
            }
            words = pieces.uses(block);
            stacks[place] = stack - ONE;
        }
        blocks--;
        units -= size;
        stamps[place] = clock;
        return BlockHandle.of(block, PieceTable.hand(words, block, size, index));
    }

    private boolean isAt(final int block, final long alignMask, final long low)
    {
        return 0 == (((long)pieces.start(block) << BlockSize.UNIT_SHIFT) - low & alignMask);
    }

    /**
     * Take a block whose address is right out of a stack, below its first one.
     *
     * @return {@link PieceTable#NIL} if none of the next ones is.
     */
    private int cutOut(final int first, final long alignMask, final long low)
    {
        int above = first;
        int block = pieces.link(first);
        for (int depth = 1; NIL != block && depth < DEPTH; depth++)
        {
            final int below = pieces.link(block);
            if (isAt(block, alignMask, low))
            {
                pieces.link(above, below);
                return block;
            }
            above = block;
            block = below;
        }
        return NIL;
    }

    /**
     * Keep a block that the caller has for the next time, or let it join the free runs.
     *
     * @param words its {@link PieceTable#uses}.
     * @param limit units that may be hot.
     */
    void push(final int block, final long[] words, final int size, final long limit)
    {
        final int place = size <= limit ? placeFor(size, limit) : -1;
        if (place < 0)
        {
            runs.give(block);
        }
        else
        {
            final long stack = stacks[place];
            PieceTable.link(words, block, (int)stack & HEAD_MASK);
            stacks[place] = ((long)size << UNITS_SHIFT | stack & (long)COUNT_MASK << COUNT_SHIFT | block) + ONE;
            blocks++;
            units += size;
        }
        clock++;
        if (0 == (clock & LOOK_EVERY - 1))
        {
            look();
        }
        if (0 == limit && blocks > 0)
        {
            makeRoom(0, 0, -1);
        }
    }

    /**
     * Where the blocks of a slab but the first may be kept.
     *
     * @param limit units that may be hot.
     * @return a place that is empty, or -1.
     */
    int placeForSlab(final int size, final long limit)
    {
        final int more = PieceTable.CHUNK - 1;
        if (units + (long)more * size > limit || blocks + more > MOST)
        {
            return -1;
        }
        final int place = placeOf(size);
        return place < 0 ? vacant(size) : NIL == head(place) ? place : -1;
    }

    /**
     * Keep the blocks of a slab but the first.
     *
     * @param place from {@link #placeForSlab}.
     */
    void pushSlab(final int place, final int slab, final int size)
    {
        final int more = PieceTable.CHUNK - 1;
        for (int block = slab + 1; block < slab + more; block++)
        {
            pieces.link(block, block + 1);
        }
        pieces.link(slab + more, NIL);
        stacks[place] = (long)size << UNITS_SHIFT | (long)more << COUNT_SHIFT | slab + 1;
        stamps[place] = clock;
        blocks += more;
        units += (long)more * size;
    }

    /**
     * Let every hot block join the free runs.
     *
     * @return how many.
     */
    int empty()
    {
        final int hot = blocks;
        for (int place = PADDING; blocks > 0; place++)
        {
            giveBack(place, Integer.MAX_VALUE);
        }
        return hot;
    }

    /** Forget every hot block, as the pool is never used again. */
    void abandon()
    {
        Arrays.fill(stacks, 0);
        blocks = 0;
        units = 0;
    }

    /**
     * Where to keep one more block of a size.
     *
     * @return -1 if nowhere.
     */
    private int placeFor(final int size, final long limit)
    {
        int place = placeOf(size);
        if (place < 0)
        {
            place = vacant(size);
        }
        if (place >= 0 && isFull(size, limit))
        {
            makeRoom(limit - size, MOST - 1, place);
            place = isFull(size, limit) ? -1 : place;
        }
        return place >= 0 && count(place) < MOST_OF_A_SIZE ? place : -1;
    }

    private boolean isFull(final int size, final long limit)
    {
        return units + size > limit || blocks >= MOST;
    }

    /**
     * A place for a size that has none: an empty one, or that of the size which was taken longest ago, if it is empty
     * then.
     */
    private int vacant(final int size)
    {
        final int hash = hash(size);
        int place = hash;
        for (int probe = hash; probe < hash + PROBES && NIL != head(place); probe++)
        {
            place = NIL == head(probe) || stamps[probe] - stamps[place] < 0 ? probe : place;
        }
        giveBack(place, OUT);
        if (NIL != head(place))
        {
            return -1;
        }
        stacks[place] = 0;
        stamps[place] = clock;
        return place;
    }

    /**
     * Let at most {@link #OUT} blocks join the free runs, until no more are hot than may be: those of stacks that were
     * not taken from since the last look first.
     *
     * @param wanted a stack that stays as it is.
     */
    private void makeRoom(final long mostUnits, final int mostBlocks, final int wanted)
    {
        int out = 0;
        for (int looks = 0; looks < 2 * PLACES && out < OUT && (units > mostUnits || blocks > mostBlocks); looks++)
        {
            final int place = PADDING + hand;
            final boolean isRecent = looks < PLACES && clock - stamps[place] < LOOK_EVERY;
            if (NIL == head(place) || place == wanted || isRecent)
            {
                hand = hand + 1 < PLACES ? hand + 1 : 0;
            }
            else
            {
                out += giveBack(place, 1);
            }
        }
    }

    /** Give some of the next stack back if nobody takes from it any more. */
    private void look()
    {
        final int place = PADDING + (clock >>> LOOK_SHIFT) % PLACES;
        if (NIL != head(place) && clock - stamps[place] > OLD)
        {
            giveBack(place, OUT);
        }
    }

    /**
     * Let blocks of a stack join the free runs.
     *
     * @return how many.
     */
    private int giveBack(final int place, final int most)
    {
        int out = 0;
        for (int block = head(place); NIL != block && out < most; block = head(place))
        {
            final long below = pieces.link(block);
            final int size = pieces.units(block);
            runs.give(block);
            stacks[place] = (stacks[place] & ~(long)HEAD_MASK | below) - ONE;
            blocks--;
            // Last: as long as there is something on its way, who is refused has to wait for the lock.
            UNITS.setOpaque(this, units - size);
            out++;
        }
        return out;
    }

    /** The stack of a size, or -1. */
    private int placeOf(final int size)
    {
        final int guess = recent;
        return size == (int)(stacks[guess] >>> UNITS_SHIFT) ? guess : search(size);
    }

    private int search(final int size)
    {
        final int hash = hash(size);
        for (int place = hash; place < hash + PROBES; place++)
        {
            if (size == (int)(stacks[place] >>> UNITS_SHIFT))
            {
                recent = place;
                return place;
            }
        }
        return -1;
    }

    private int head(final int place)
    {
        return (int)stacks[place] & HEAD_MASK;
    }

    private int count(final int place)
    {
        return (int)(stacks[place] >>> COUNT_SHIFT) & COUNT_MASK;
    }

    private static int hash(final int size)
    {
        return PADDING + (size * GOLDEN >>> HASH_SHIFT);
    }
}
