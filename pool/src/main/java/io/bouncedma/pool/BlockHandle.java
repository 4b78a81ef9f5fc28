/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

/**
 * How a client names a block to its user.
 * <pre>
 * 0ccccccc cccccccc cc | uuuuuu uuuuuuuu uuuuuu | bb bbbbbbbb bbbbbbbb bbbbbbbb
 * client               | uses                   | number of the block
 * </pre>
 * A handle is greater than zero. Its uses are others each time the block is handed out, so that a stale handle is told
 * from a live one until the block was handed out a million times.
 */
final class BlockHandle
{
    private static final int USES_SHIFT = 26;
    private static final int USES_MASK = (1 << HandleTags.SHIFT - USES_SHIFT) - 1;
    private static final int NUMBER_MASK = BlockTable.MAX_BLOCKS - 1;

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

    static long of(final long tag, final int number, final int uses)
    {
        return tag | (long)(uses & USES_MASK) << USES_SHIFT | number;
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

    static int uses(final long handle)
    {
        return (int)(handle >>> USES_SHIFT) & USES_MASK;
    }

    /** Whether a handle is live: its block is out, and was not given back since. */
    static boolean isLive(final long handle, final Block block)
    {
        return uses(handle) == (block.uses & USES_MASK) && number(handle) == block.link;
    }

    /**
     * What is wrong with a handle that a client refuses.
     */
    static String misuse(final long handle, final PoolClient<?> client)
    {
        final String where = ": client=" + client.name() + ", pool=" + client.pool().name() + ", block=0x" +
            Long.toHexString(handle);
        final String owner = client.pool().ownerOf(handle);
        if (null != owner && !client.isOwn(handle))
        {
            return "block belongs to another client" + where + ", owner=" + owner;
        }
        final Block block = client.find(handle);
        if (null == block)
        {
            return "not a block of this pool" + where;
        }
        return (isLast(handle, block) ? "block is free already" : "handle is stale") + where + ", uses=" + block.uses;
    }

    /** Whether a handle was the last one of a block that has not been handed out since. */
    private static boolean isLast(final long handle, final Block block)
    {
        return (uses(handle) + 1 & USES_MASK) == (block.uses & USES_MASK) && number(handle) != block.link;
    }
}
