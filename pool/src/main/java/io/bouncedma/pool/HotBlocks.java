/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import org.agrona.BitUtil;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;

import static io.bouncedma.pool.BlockTable.NONE;

/**
 * A stripe of a client: the blocks that one thread took and that were freed last, to be handed out again while their
 * bytes are in its cache, and the client's figures for that thread, under a lock of its own.
 * <p>
 * A thread is sent to a stripe by its id. It meets another one there only by chance, when that one frees what this one
 * took, or when the pool takes the hot blocks back: a block returns to the stripe that handed it out, so that its state
 * belongs to one lock for good, and a thread that fills buffers for another to empty gets its own back.
 * <pre>
 * stacks  | size, head | 0, 0 | size, head | ...
 * </pre>
 * The stacks lie in a hash table with open addressing, each a size and the number of its hottest block, and are linked
 * through the blocks. Numbers and not references, for the garbage collector takes note of every reference that is
 * stored in an old object.
 * <p>
 * What is done with the lock calls first and changes fields last, so that whatever throws has changed nothing.
 */
final class HotBlocks extends StripeLock
{
    private static final int STACKS = 64;
    private static final int PROBES = 4;
    private static final int DEPTH = 4;
    private static final int GOLDEN = 0x9e37_79b9;
    private static final int CLASSES = 32;
    /** {@link #end}: end a handle and keep its block. */
    static final int FREE = 0;
    /** {@link #end}: end a handle and leave its block with the caller. */
    static final int RETIRE = 1;
    /** {@link #end}: keep the block of a handle that has ended. */
    static final int RECYCLE = 2;

    private static final int PADDING = 2 * BitUtil.CACHE_LINE_LENGTH / Long.BYTES;
    private static final VarHandle CACHED;

    static
    {
        try
        {
            CACHED = MethodHandles.lookup().findVarHandle(HotBlocks.class, "cachedUnits", int.class);
        }
        catch (final ReflectiveOperationException e)
        {
            throw new ExceptionInInitializerError(e);
        }
    }

    private int cachedUnits;
    private long watermark;
    private long headroom;
    private long frees;
    private long bytesToDevice;
    private long bytesFromDevice;
    private final BlockTable<?> blocks;
    private final int index;
    private final long[] stacks = new long[PADDING + STACKS + PADDING];
    private final long[] allocations = new long[PADDING + CLASSES + PADDING];

    HotBlocks(final BlockTable<?> blocks, final int index)
    {
        this.blocks = blocks;
        this.index = index;
    }

    /** Which of the client's stripes this is. */
    int index()
    {
        return index;
    }

    /** May be read without the lock: then it is a hint. */
    int cachedUnits()
    {
        return (int)CACHED.getOpaque(this);
    }

    long usedUnits()
    {
        return watermark - headroom;
    }

    long frees()
    {
        return frees;
    }

    long bytesToDevice()
    {
        return bytesToDevice;
    }

    long bytesFromDevice()
    {
        return bytesFromDevice;
    }

    long allocations(final int sizeClass)
    {
        return allocations[PADDING + sizeClass];
    }

    static int sizeClass(final int units)
    {
        return 31 - Integer.numberOfLeadingZeros(units);
    }

    static int sizeClasses()
    {
        return CLASSES;
    }

    /**
     * Take the lock, and the hottest block of a size whose address is right.
     *
     * @return linked to its own number, or null.
     */
    Block take(final int units, final int alignMask, final long low)
    {
        final boolean wasBiased = enter();
        try
        {
            final Block block = pop(units, alignMask, low);
            exit(wasBiased);
            return block;
        }
        catch (final Throwable e)
        {
            if (wasBiased)
            {
                busy = 0;
            }
            else
            {
                mutex = 0;
            }
            throw e;
        }
    }

    /**
     * Take the lock, and hand a block out that was cut out of the free runs.
     */
    void hand(final Block block, final int piece, final int start, final int units)
    {
        final boolean wasBiased = enter();
        try
        {
            block.place(piece, start, index, units);
            use(units);
            exit(wasBiased);
        }
        catch (final Throwable e)
        {
            if (wasBiased)
            {
                busy = 0;
            }
            else
            {
                mutex = 0;
            }
            throw e;
        }
    }

    /**
     * Take the lock, and end a handle or keep its block or both.
     *
     * @param step   {@link #FREE}, {@link #RETIRE} or {@link #RECYCLE}.
     * @param ledger says how much to keep. It is asked with the lock, so that who lets nothing become hot and takes the
     *               lock then finds all that is.
     * @param keeper gets the block if it is not kept.
     * @return false, and nothing is changed, if the handle is not live; {@link #RECYCLE} does not look.
     */
    boolean end(
        final int step,
        final long handle,
        final Block block,
        final long toDevice,
        final long fromDevice,
        final PoolLedger ledger,
        final Keeper keeper)
    {
        final boolean wasBiased = enter();
        try
        {
            final boolean well = RECYCLE == step || BlockHandle.isLive(handle, block);
            if (well && RETIRE == step)
            {
                block.uses++;
            }
            else if (well)
            {
                keep(block, FREE == step ? 1 : 0, toDevice, fromDevice, ledger.hotUnits(), keeper);
            }
            exit(wasBiased);
            return well;
        }
        catch (final Throwable e)
        {
            if (wasBiased)
            {
                busy = 0;
            }
            else
            {
                mutex = 0;
            }
            throw e;
        }
    }

    /**
     * Take the lock, and set how much this stripe may use before the client's high-water mark has to be looked at.
     */
    void lower(final long slackUnits)
    {
        final boolean wasBiased = enter();
        try
        {
            watermark(slackUnits);
            exit(wasBiased);
        }
        catch (final Throwable e)
        {
            if (wasBiased)
            {
                busy = 0;
            }
            else
            {
                mutex = 0;
            }
            throw e;
        }
    }

    /**
     * Take the lock as any thread, and every hot block out.
     */
    void empty(final Keeper keeper)
    {
        final boolean wasBiased = claim();
        try
        {
            drain(keeper);
            release(wasBiased);
        }
        catch (final Throwable e)
        {
            if (wasBiased)
            {
                biased = 1;
            }
            mutex = 0;
            throw e;
        }
    }

    /**
     * Take the lock as any thread, and read what is used.
     */
    long readUsedUnits()
    {
        final boolean wasBiased = claim();
        try
        {
            final long used = usedUnits();
            release(wasBiased);
            return used;
        }
        catch (final Throwable e)
        {
            if (wasBiased)
            {
                biased = 1;
            }
            mutex = 0;
            throw e;
        }
    }

    /**
     * Take the lock as any thread, and read the figures.
     */
    void read(final Consumer<HotBlocks> reader)
    {
        final boolean wasBiased = claim();
        try
        {
            reader.accept(this);
            release(wasBiased);
        }
        catch (final Throwable e)
        {
            if (wasBiased)
            {
                biased = 1;
            }
            mutex = 0;
            throw e;
        }
    }

    /**
     * Whether the client may use more bytes now than ever before, as far as this stripe can tell.
     */
    boolean isAboveWatermark()
    {
        return headroom < 0;
    }

    /**
     * Set how much this stripe may use before the client's high-water mark has to be looked at again.
     */
    void watermark(final long slackUnits)
    {
        watermark = usedUnits() + slackUnits;
        headroom = slackUnits;
    }

    /**
     * Take the hottest block of a size whose address is right.
     *
     * @return linked to its own number, or null.
     */
    Block pop(final int units, final int alignMask, final long low)
    {
        // Pools and extents begin at pages, so that up to a page an index has the alignment of its bus address.
        final int place = alignMask < Extent.ALIGNMENT ? placeOf(units, units) : -1;
        Block above = null;
        int number = place < 0 ? NONE : (int)stacks[place];
        for (int depth = 0; NONE != number && depth < DEPTH; depth++)
        {
            final Block block = blocks.get(number);
            if (0 == alignMask || 0 == (block.index() - low & alignMask))
            {
                final long rest = stack(units, block.link);
                final int count = PADDING + sizeClass(units);
                CACHED.setOpaque(this, cachedUnits - units);
                headroom -= units;
                allocations[count]++;
                if (null == above)
                {
                    stacks[place] = rest;
                }
                else
                {
                    above.link = block.link;
                }
                block.link = number;
                return block;
            }
            above = block;
            number = block.link;
        }
        return null;
    }

    /**
     * Hand a block out.
     */
    void use(final int units)
    {
        allocations[PADDING + sizeClass(units)]++;
        headroom -= units;
    }

    /**
     * Keep a block for the next time, or pass it on if it is more than the limit or there is no place for its size.
     *
     * @param ended handles of it that end by this.
     * @param limit of the units to keep.
     */
    void keep(
        final Block block,
        final int ended,
        final long toDevice,
        final long fromDevice,
        final int limit,
        final Keeper keeper)
    {
        final int units = block.units();
        int place = -1;
        if (units <= limit)
        {
            if (cachedUnits + units > limit)
            {
                drain(keeper);
            }
            place = placeOf(units, units);
            place = place < 0 ? placeOf(units, 0) : place;
        }
        // The user's: if it throws, the block is out still.
        block.forget();
        final int number = block.link;
        if (place >= 0)
        {
            final long head = stack(units, number);
            CACHED.setOpaque(this, cachedUnits + units);
            block.link = (int)stacks[place];
            stacks[place] = head;
        }
        block.uses += ended;
        frees++;
        headroom += units;
        bytesToDevice += toDevice;
        bytesFromDevice += fromDevice;
        if (place < 0)
        {
            keeper.keep(block);
        }
    }

    /**
     * Take every block out.
     *
     * @param keeper gets them.
     */
    void drain(final Keeper keeper)
    {
        for (int place = PADDING; place < PADDING + STACKS + PROBES; place++)
        {
            int number = (int)stacks[place];
            while (NONE != number)
            {
                final Block block = blocks.get(number);
                final int behind = block.link;
                // What a keeper that throws was given is lost; the others are not.
                stacks[place] = stack(block.units(), behind);
                block.link = number;
                keeper.keep(block);
                number = behind;
            }
            stacks[place] = stack(0, NONE);
        }
        // Last: as long as there is something on its way, who is refused has to wait for the lock.
        CACHED.setOpaque(this, 0);
    }

    /**
     * Find the stack that has {@code content}, which is the size itself or 0 for an unused one, among those where a
     * size may be.
     */
    private int placeOf(final int units, final int content)
    {
        // The probes may run into the padding: it is there for that, too.
        final int hash = PADDING + (units * GOLDEN >>> 26);
        for (int place = hash; place < hash + PROBES; place++)
        {
            if (content == stacks[place] >>> Integer.SIZE)
            {
                return place;
            }
        }
        return -1;
    }

    private static long stack(final int units, final int head)
    {
        return (long)units << Integer.SIZE | head;
    }

    /** Gets a block that is hot no more, linked to its own number. */
    interface Keeper
    {
        void keep(Block block);
    }
}
