/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.pool.handles.HandleTags;

/**
 * How a client names a block to its user.
 * <pre>
 * 0ccccccc cccccccc cc | gggggg gggggggg gggggg | bb bbbbbbbb bbbbbbbb bbbbbbbb
 * client               | generation             | number of the block
 * </pre>
 * A handle is greater than zero. Its generation is another one each time the block is handed out, so that a stale
 * handle is told from a live one until the block was handed out a million times.
 */
final class BlockHandle
{
    static final int GENERATION_MASK = (1 << HandleTags.SHIFT - PieceTable.NUMBER_BITS) - 1;

    private static final int NUMBER_MASK = (1 << PieceTable.NUMBER_BITS) - 1;

    private BlockHandle()
    {
    }

    /** The client's bits for one more client. */
    static long takeTag(final Object client)
    {
        return (long)HandleTags.OF_PROCESS.take(client) << HandleTags.SHIFT;
    }

    static void releaseTag(final Object client, final long tag)
    {
        HandleTags.OF_PROCESS.release(client, client(tag));
    }

    /** A handle without the client's bits. */
    static long of(final int number, final int generation)
    {
        return (long)generation << PieceTable.NUMBER_BITS | number;
    }

    /** What the block of a handle is handed out with next, without the client's bits. */
    static long next(final long handle)
    {
        return handle + (1L << PieceTable.NUMBER_BITS) & (1L << HandleTags.SHIFT) - 1;
    }

    /** The number in a client's bits, from 1 to {@link HandleTags#MAXIMUM}. */
    static int client(final long tag)
    {
        return (int)(tag >>> HandleTags.SHIFT);
    }

    static boolean hasTag(final long handle, final long tag)
    {
        return tag == (handle & -1L << HandleTags.SHIFT);
    }

    static int number(final long handle)
    {
        return (int)handle & NUMBER_MASK;
    }

    static int generation(final long handle)
    {
        return (int)(handle >>> PieceTable.NUMBER_BITS) & GENERATION_MASK;
    }

    /** USE of the block of a live handle. */
    static int live(final long handle)
    {
        return PieceTable.live(generation(handle));
    }

    /**
     * What is wrong with a handle that is not live.
     *
     * @param use of the piece that it names.
     */
    static String misuse(final long handle, final int use)
    {
        if (PieceTable.UNKNOWN == use || PieceTable.NEVER_USED == use)
        {
            return "not a block of this pool";
        }
        // Whether it was the last one of a block that has not been handed out since.
        final boolean isLast = 0 == (use & PieceTable.LIVE) &&
            (generation(handle) + 1 & GENERATION_MASK) == use >>> PieceTable.GENERATION_SHIFT;
        return isLast ? "block is free already" : "handle is stale";
    }
}
