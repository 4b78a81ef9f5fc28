/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * What users keep about their blocks: a reference, a 64-bit and a 32-bit number, by the block's number, in columns of
 * primitive arrays.
 * <p>
 * {@link BlockNotes} are added when something is noted about one of their blocks for the first time, and never move.
 * Who does not see them yet, as others had their blocks only, asks again under the lock.
 */
final class Notes
{
    private static final int ARRAY_HEADER = 16;
    private static final int CHUNK_HEADER = 24;

    private BlockNotes[] chunks = new BlockNotes[1];
    private int chunkCount;

    /**
     * The notes about a block.
     *
     * @param block a number that may never have been one.
     * @return null if nothing was noted about any block near it.
     */
    BlockNotes of(final int block)
    {
        final BlockNotes[] known = chunks;
        final int chunk = block >>> BlockNotes.COUNT_SHIFT;
        return chunk < known.length ? known[chunk] : null;
    }

    /** The notes about a block, made if there are none. */
    BlockNotes open(final int block)
    {
        final BlockNotes known = of(block);
        return null == known ? add(block >>> BlockNotes.COUNT_SHIFT) : known;
    }

    /** What they take of private memory. */
    synchronized long bytes()
    {
        return ARRAY_HEADER + (long)chunks.length * Integer.BYTES + chunkCount *
            (CHUNK_HEADER + 3L * ARRAY_HEADER + BlockNotes.COUNT * (Integer.BYTES + Long.BYTES + Integer.BYTES));
    }

    private synchronized BlockNotes add(final int chunk)
    {
        if (chunk >= chunks.length)
        {
            final BlockNotes[] grown = Arrays.copyOf(chunks, Math.max(chunk + 1, 2 * chunks.length));
            // Who sees it without a lock sees what was in it before it grew.
            VarHandle.releaseFence();
            chunks = grown;
        }
        if (null == chunks[chunk])
        {
            chunks[chunk] = new BlockNotes();
            chunkCount++;
        }
        return chunks[chunk];
    }
}
