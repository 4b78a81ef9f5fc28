/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import org.agrona.BitUtil;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

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
 */
final class HotBlocks extends StripeLock
{
    private static final int STACKS = 64;
    private static final int PROBES = 4;
    private static final int DEPTH = 4;
    private static final int GOLDEN = 0x9e37_79b9;
    private static final int CLASSES = 32;
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
                if (null == above)
                {
                    stacks[place] = stack(units, block.link);
                }
                else
                {
                    above.link = block.link;
                }
                block.link = number;
                CACHED.setOpaque(this, cachedUnits - units);
                use(units);
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
        headroom -= units;
        allocations[PADDING + sizeClass(units)]++;
    }

    /**
     * End a handle.
     */
    void end(final Block block, final int units, final long toDevice, final long fromDevice)
    {
        block.forget();
        frees++;
        headroom += units;
        bytesToDevice += toDevice;
        bytesFromDevice += fromDevice;
    }

    /**
     * Keep a block for the next time.
     *
     * @return false if there is no place for its size.
     */
    boolean push(final Block block, final int units)
    {
        int place = placeOf(units, units);
        if (place < 0)
        {
            place = placeOf(units, 0);
            if (place < 0)
            {
                return false;
            }
        }
        final int number = block.link;
        block.link = (int)stacks[place];
        stacks[place] = stack(units, number);
        CACHED.setOpaque(this, cachedUnits + units);
        return true;
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
            stacks[place] = stack(0, NONE);
            while (NONE != number)
            {
                final Block block = blocks.get(number);
                final int behind = block.link;
                block.link = number;
                keeper.keep(block);
                number = behind;
            }
        }
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
