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
 * sizes  | 512 |   0 |  64 | 4096 | ...      open addressing, a few places for each size
 * heads  |   7 |   0 |  12 |    3 | ...      stacks of block numbers, linked through the blocks
 * </pre>
 * Numbers and not references, for the garbage collector takes note of every reference that is stored in an old object.
 */
final class HotBlocks extends StripeLock
{
    private static final int BUCKETS = 64;
    private static final int PROBES = 4;
    private static final int DEPTH = 4;
    private static final int GOLDEN = 0x9e37_79b9;
    private static final int CLASSES = 32;
    private static final int PADDING = 2 * BitUtil.CACHE_LINE_LENGTH / Integer.BYTES;
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
    private long usedUnits;
    private long watermark;
    private long frees;
    private long bytesToDevice;
    private long bytesFromDevice;
    private final BlockTable<?> blocks;
    private final int index;
    private final int[] sizes = new int[PADDING + BUCKETS + PADDING];
    private final int[] heads = new int[PADDING + BUCKETS + PADDING];
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
        return usedUnits;
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
        return usedUnits > watermark;
    }

    /**
     * Set how much this stripe may use before the client's high-water mark has to be looked at again.
     */
    void watermark(final long slackUnits)
    {
        watermark = usedUnits + slackUnits;
    }

    /**
     * Take the hottest block of a size whose address is right.
     *
     * @return its number, or {@link BlockTable#NONE}.
     */
    int pop(final int units, final int alignMask, final long low)
    {
        // Pools and extents begin at pages, so that up to a page an index has the alignment of its bus address.
        final int bucket = alignMask < Extent.ALIGNMENT ? bucketOf(units, units) : -1;
        int before = NONE;
        int number = bucket < 0 ? NONE : heads[bucket];
        for (int depth = 0; NONE != number && depth < DEPTH; depth++)
        {
            final Block block = blocks.get(number);
            if (0 == alignMask || 0 == (block.index() - low & alignMask))
            {
                if (NONE == before)
                {
                    heads[bucket] = block.next;
                }
                else
                {
                    blocks.get(before).next = block.next;
                }
                CACHED.setOpaque(this, cachedUnits - units);
                use(block, units);
                return number;
            }
            before = number;
            number = block.next;
        }
        return NONE;
    }

    /**
     * Hand a block out.
     */
    void use(final Block block, final int units)
    {
        block.uses++;
        usedUnits += units;
        allocations[PADDING + sizeClass(units)]++;
    }

    /**
     * End a handle.
     */
    void end(final Block block, final int units, final long toDevice, final long fromDevice)
    {
        block.forget();
        frees++;
        usedUnits -= units;
        bytesToDevice += toDevice;
        bytesFromDevice += fromDevice;
    }

    /**
     * Keep a block for the next time.
     *
     * @return false if there is no place for its size.
     */
    boolean push(final Block block, final int number, final int units)
    {
        int bucket = bucketOf(units, units);
        if (bucket < 0)
        {
            bucket = bucketOf(units, 0);
            if (bucket < 0)
            {
                return false;
            }
            sizes[bucket] = units;
        }
        block.next = heads[bucket];
        heads[bucket] = number;
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
        for (int bucket = PADDING; bucket < PADDING + BUCKETS + PROBES; bucket++)
        {
            int number = heads[bucket];
            heads[bucket] = NONE;
            sizes[bucket] = 0;
            while (NONE != number)
            {
                final int behind = blocks.get(number).next;
                keeper.keep(number);
                number = behind;
            }
        }
        CACHED.setOpaque(this, 0);
    }

    /**
     * Find the bucket of a size that holds {@code content}, which is the size itself or 0 for an unused one.
     */
    private int bucketOf(final int units, final int content)
    {
        // The probes may run into the padding: it is there for that, too.
        final int hash = PADDING + (units * GOLDEN >>> 26);
        for (int bucket = hash; bucket < hash + PROBES; bucket++)
        {
            if (content == sizes[bucket])
            {
                return bucket;
            }
        }
        return -1;
    }

    /** Gets a block that is hot no more. */
    interface Keeper
    {
        void keep(int number);
    }
}
