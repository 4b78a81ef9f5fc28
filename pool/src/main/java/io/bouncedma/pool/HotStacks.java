/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The hot blocks of a {@link Stripe}, a {@link HotStack} for each size, in a hash table with open addressing.
 * <p>
 * What is hot is bounded by the pool's {@link PoolLedger#hotUnits()} and by {@value #MOST} blocks. What is beyond that
 * makes at most {@value #OUT} others join the free runs, or joins them itself. A size that nobody looks for while some
 * 70,000 blocks are freed is given back, {@value #OUT} blocks at a time.
 * <p>
 * For who is inside the stripe. What is done calls first and changes fields last, so that whatever throws has lost
 * nothing.
 */
final class HotStacks extends Padded
{
    /** The most blocks that are hot. */
    static final int MOST = 1024;
    /** The most blocks that join the free runs because of one that is freed. */
    static final int OUT = 4;
    /** What they take of private memory without blocks. */
    static final long BYTES = 1600;

    private static final int STACKS = 256;
    private static final int PROBES = 4;
    /** Where stacks may be: the last ones' probes run on behind it. */
    private static final int PLACES = STACKS + PROBES - 1;
    private static final int DEPTH = 4;
    private static final int HASH_SHIFT = 24;
    private static final int GOLDEN = 0x9e37_79b9;
    /** A stack is looked at once in so many frees, each in its turn... */
    private static final int LOOK_SHIFT = 6;
    private static final int LOOK_EVERY = 1 << LOOK_SHIFT;
    /** ... and given back if it was not looked for in so many. */
    private static final int OLD = 1 << 16;

    private static final VarHandle UNITS;
    private static final VarHandle FREES;

    static
    {
        try
        {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            UNITS = lookup.findVarHandle(HotStacks.class, "units", long.class);
            FREES = lookup.findVarHandle(HotStacks.class, "frees", long.class);
        }
        catch (final ReflectiveOperationException e)
        {
            throw new ExceptionInInitializerError(e);
        }
    }

    private long units;
    private long frees;
    private int blocks;
    private int hand;
    /** What was looked for last: a guess that is looked at costs no wait for the size, as a branch is predicted. */
    private HotStack recent = new HotStack();
    private final FreeRuns runs;
    private final PieceTable pieces;
    private final long liveIn;
    private final HotStack[] stacks = new HotStack[PLACES];

    /**
     * @param liveIn of the stripe, see {@link PieceTable}.
     */
    HotStacks(final FreeRuns runs, final long liveIn)
    {
        this.runs = runs;
        this.liveIn = liveIn;
        pieces = runs.pieces();
    }

    /** What is hot. Written plainly before the stripe is let go; may be read by anybody: then it is a hint. */
    long units()
    {
        return (long)UNITS.getOpaque(this);
    }

    /** How many blocks were freed, which are the ticks of a clock here. */
    long frees()
    {
        return (long)FREES.getOpaque(this);
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
        final HotStack stack = stackOf(size);
        if (null == stack || 0 == stack.count || 0 != alignMask && !raise(stack, alignMask, low))
        {
            return -1;
        }
        final long handle = stack.top();
        pieces.hand(handle, size, liveIn);
        stack.count--;
        blocks--;
        units -= size;
        return handle;
    }

    /**
     * Let a block whose address is right be the hottest one.
     *
     * @return false if none of the next ones is.
     */
    private boolean raise(final HotStack stack, final long alignMask, final long low)
    {
        // Extents begin at pages, so that up to a page a unit has the alignment of its bus address.
        if (alignMask >= Extent.ALIGNMENT)
        {
            return false;
        }
        final int top = stack.count - 1;
        for (int i = top; i > top - DEPTH && i >= 0; i--)
        {
            final long handle = stack.at(i);
            final long start = (long)pieces.start(BlockHandle.number(handle)) << BlockSize.UNIT_SHIFT;
            if (0 == (start - low & alignMask))
            {
                final long hottest = stack.top();
                stack.set(i, hottest);
                stack.set(top, handle);
                return true;
            }
        }
        return false;
    }

    /**
     * Keep a block that the caller has for the next time, or let it join the free runs. Whatever is thrown, the caller
     * has it still.
     *
     * @param handle that it gets next, without the client's tag.
     * @param limit units that may be hot.
     */
    void push(final long handle, final int size, final long limit)
    {
        if (0 == (frees & LOOK_EVERY - 1))
        {
            look();
        }
        final HotStack stack = size <= limit ? stackFor(size, limit) : null;
        if (null == stack)
        {
            if (0 == limit && blocks > 0)
            {
                makeRoom(0, 0, null);
            }
            runs.give(BlockHandle.number(handle));
        }
        else
        {
            stack.reach(stack.count + 1);
            stack.set(stack.count, handle);
            stack.count++;
            blocks++;
            units += size;
        }
        frees++;
    }

    /**
     * Where the blocks of a slab but the first may be kept.
     *
     * @param limit units that may be hot.
     * @return a stack that is empty, or null.
     */
    HotStack stackForSlab(final int size, final long limit)
    {
        final int more = PieceTable.CHUNK - 1;
        if (units + (long)more * size > limit || blocks + more > MOST)
        {
            return null;
        }
        final HotStack known = stackOf(size);
        final HotStack stack = null == known ? vacant(size) : known;
        if (null == stack || stack.count > 0)
        {
            return null;
        }
        stack.reach(more);
        return stack;
    }

    /**
     * Keep the blocks of a slab but the first, so that the second one is the hottest.
     *
     * @param stack from {@link #stackForSlab}.
     */
    void pushSlab(final HotStack stack, final int slab, final int size)
    {
        final int more = PieceTable.CHUNK - 1;
        for (int i = 0; i < more; i++)
        {
            final int block = slab + more - i;
            stack.set(i, BlockHandle.of(block, pieces.generation(block)));
        }
        stack.count = more;
        blocks += more;
        units += (long)more * size;
    }

    /**
     * Let hot blocks join the free runs.
     *
     * @param most how many.
     * @return how many have.
     */
    int empty(final int most)
    {
        int out = 0;
        for (int place = 0; blocks > 0 && out < most; place++)
        {
            out += giveBack(stacks[place], most - out);
        }
        return out;
    }

    /** Forget every hot block, as the pool is never used again. */
    void abandon()
    {
        for (final HotStack stack : stacks)
        {
            if (null != stack)
            {
                stack.count = 0;
            }
        }
        blocks = 0;
        units = 0;
    }

    /** What they take of private memory; may be asked for by anybody. */
    long bytes()
    {
        long bytes = BYTES;
        for (final HotStack stack : stacks)
        {
            bytes += null == stack ? 0 : stack.bytes();
        }
        return bytes;
    }

    /**
     * Where to keep one more block of a size.
     *
     * @return null if nowhere.
     */
    private HotStack stackFor(final int size, final long limit)
    {
        final HotStack known = stackOf(size);
        final HotStack stack = null == known ? vacant(size) : known;
        if (null != stack && isFull(size, limit))
        {
            makeRoom(limit - size, MOST - 1, stack);
        }
        return null == stack || isFull(size, limit) ? null : stack;
    }

    private boolean isFull(final int size, final long limit)
    {
        return units + size > limit || blocks >= MOST;
    }

    /**
     * A stack for a size that has none: a new one, or that of the size which was looked for longest ago, if it is empty
     * then.
     */
    private HotStack vacant(final int size)
    {
        final int hash = hash(size);
        int place = hash;
        for (int probe = hash; probe < hash + PROBES && isTaken(place); probe++)
        {
            place = !isTaken(probe) || stacks[probe].stamp - stacks[place].stamp < 0 ? probe : place;
        }
        if (null == stacks[place])
        {
            stacks[place] = new HotStack();
        }
        final HotStack stack = stacks[place];
        giveBack(stack, OUT);
        if (stack.count > 0)
        {
            return null;
        }
        stack.size = size;
        stack.stamp = (int)frees;
        return stack;
    }

    private boolean isTaken(final int place)
    {
        return null != stacks[place] && stacks[place].count > 0;
    }

    /**
     * Let at most {@link #OUT} blocks join the free runs, until no more are hot than may be: those of stacks that were
     * not looked for since the last look first.
     *
     * @param wanted a stack that stays as it is.
     */
    private void makeRoom(final long mostUnits, final int mostBlocks, final HotStack wanted)
    {
        int out = 0;
        for (int looks = 0; looks < 2 * PLACES && out < OUT && (units > mostUnits || blocks > mostBlocks); looks++)
        {
            final HotStack stack = stacks[hand];
            if (!isTaken(hand) || stack == wanted || looks < PLACES && age(stack) < LOOK_EVERY)
            {
                hand = hand + 1 < PLACES ? hand + 1 : 0;
            }
            else
            {
                out += giveBack(stack, 1);
            }
        }
    }

    /** Give some of the next stack back if nobody looks for it any more. */
    private void look()
    {
        final int place = (int)((frees >>> LOOK_SHIFT) % PLACES);
        if (isTaken(place) && age(stacks[place]) > OLD)
        {
            giveBack(stacks[place], OUT);
        }
    }

    /** For how many frees nobody looked for a stack. */
    private int age(final HotStack stack)
    {
        return stack == recent ? 0 : (int)frees - stack.stamp;
    }

    /**
     * Let blocks of a stack join the free runs.
     *
     * @return how many.
     */
    private int giveBack(final HotStack stack, final int most)
    {
        int out = 0;
        while (null != stack && stack.count > 0 && out < most)
        {
            runs.give(BlockHandle.number(stack.top()));
            stack.count--;
            blocks--;
            // Last: as long as there is something on its way, who is refused has to wait for the lock.
            UNITS.setOpaque(this, units - stack.size);
            out++;
        }
        return out;
    }

    /** The stack of a size, or null. */
    private HotStack stackOf(final int size)
    {
        final HotStack guess = recent;
        return size == guess.size ? guess : search(size);
    }

    private HotStack search(final int size)
    {
        final int hash = hash(size);
        for (int place = hash; place < hash + PROBES; place++)
        {
            final HotStack stack = stacks[place];
            if (null != stack && size == stack.size)
            {
                recent.stamp = (int)frees;
                stack.stamp = (int)frees;
                recent = stack;
                return stack;
            }
        }
        return null;
    }

    private static int hash(final int size)
    {
        return size * GOLDEN >>> HASH_SHIFT;
    }
}
