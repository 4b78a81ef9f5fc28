/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import org.agrona.BitUtil;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import static io.bouncedma.pool.PieceTable.NIL;

/**
 * A stripe of a client: the blocks that one thread took and that were freed last, to be handed out again while their
 * bytes are in its cache, and the client's figures for that thread.
 * <p>
 * A thread is sent to a stripe by its id. It meets another one there only by chance, when that one frees what this one
 * took, or when the pool takes the hot blocks back: a block returns to the stripe that handed it out, so that its state
 * belongs to one lock for good, and a thread that fills buffers for another to empty gets its own back.
 * <pre>
 * sizes  | 512 |   0 |  64 | 4096 | ...      open addressing, a few places for each size
 * heads  |   7 |   0 |  12 |    3 | ...      stacks, linked through the pieces
 * </pre>
 */
final class HotBlocks extends HotBlocksFigures
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
            CACHED = MethodHandles.lookup().findVarHandle(HotBlocksFigures.class, "cachedUnits", int.class);
        }
        catch (final ReflectiveOperationException e)
        {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final StripeLock lock = new StripeLock();
    private final PieceTable pieces;
    private final int index;
    private final int[] sizes = new int[PADDING + BUCKETS + PADDING];
    private final int[] heads = new int[PADDING + BUCKETS + PADDING];
    private final long[] classAllocations = new long[PADDING + CLASSES + PADDING];

    HotBlocks(final PieceTable pieces, final int index)
    {
        this.pieces = pieces;
        this.index = index;
    }

    /** Which of the client's stripes this is. */
    int index()
    {
        return index;
    }

    StripeLock lock()
    {
        return lock;
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

    long classAllocations(final int sizeClass)
    {
        return classAllocations[PADDING + sizeClass];
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
     * Hand the hottest block of a size out whose address is right.
     *
     * @return its handle, or 0.
     */
    long pop(final int units, final int client, final long alignMask, final long low)
    {
        final int bucket = bucketOf(units, units);
        int before = NIL;
        int block = bucket < 0 ? NIL : heads[bucket];
        for (int depth = 0; NIL != block && depth < DEPTH; depth++)
        {
            final int[] words = pieces.words(block);
            final int at = PieceTable.index(block);
            final int behind = words[at + PieceTable.LINK];
            if (0 == alignMask || 0 == (pieces.arena(block).busAddress(block) - low & alignMask))
            {
                if (NIL == before)
                {
                    heads[bucket] = behind;
                }
                else
                {
                    pieces.link(before, behind);
                }
                CACHED.setOpaque(this, cachedUnits - units);
                words[at + PieceTable.LINK] = PieceTable.usedLink(index, units);
                final int state = PieceTable.nextUse(PieceTable.state(words, at), client);
                PieceTable.state(words, at, state);
                countAllocation(units);
                return PieceTable.handle(state, block);
            }
            before = block;
            block = behind;
        }
        return 0;
    }

    /**
     * Hand a block out that came from the free runs.
     *
     * @return its handle.
     */
    long adopt(final int block, final int units, final int client)
    {
        final int[] words = pieces.words(block);
        final int at = PieceTable.index(block);
        words[at + PieceTable.LINK] = PieceTable.usedLink(index, units);
        final int state = PieceTable.nextUse(PieceTable.state(words, at), client);
        PieceTable.state(words, at, state);
        countAllocation(units);
        return PieceTable.handle(state, block);
    }

    /**
     * Keep a block for the next time. Its STATE and LINK are the caller's to write.
     *
     * @return what its LINK is to be, or -1 if there is no place for its size.
     */
    int push(final int block, final int units)
    {
        int bucket = bucketOf(units, units);
        if (bucket < 0)
        {
            bucket = bucketOf(units, 0);
            if (bucket < 0)
            {
                return -1;
            }
            sizes[bucket] = units;
        }
        final int behind = heads[bucket];
        heads[bucket] = block;
        CACHED.setOpaque(this, cachedUnits + units);
        return behind;
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
            final int units = sizes[bucket];
            int block = heads[bucket];
            heads[bucket] = NIL;
            sizes[bucket] = 0;
            while (NIL != block)
            {
                final int behind = pieces.link(block);
                keeper.keep(block, units);
                block = behind;
            }
        }
        CACHED.setOpaque(this, 0);
    }

    private void countAllocation(final int units)
    {
        usedUnits += units;
        classAllocations[PADDING + sizeClass(units)]++;
    }

    void countFree(final int units, final long toDevice, final long fromDevice)
    {
        frees++;
        bytesToDevice += toDevice;
        bytesFromDevice += fromDevice;
        usedUnits -= units;
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
        void keep(int block, int units);
    }
}

/**
 * The figures of a stripe, which its lock guards.
 */
abstract class HotBlocksFigures extends Padded
{
    int cachedUnits;
    long usedUnits;
    long watermark;
    long frees;
    long bytesToDevice;
    long bytesFromDevice;
}
