/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * What users keep about their blocks: a reference, a 64-bit and a 32-bit number, by the block's number, in columns of
 * primitive arrays. Whoever has a block reads and writes its notes, without a lock.
 * <p>
 * A chunk is added when something is noted about a block of it for the first time, and never moves.
 */
final class Notes
{
    private static final int CHUNK_SHIFT = 6;
    private static final int CHUNK = 1 << CHUNK_SHIFT;
    private static final int ARRAY_HEADER = 16;

    private Object[][] references = new Object[1][];
    private long[][] longs = new long[1][];
    private int[][] ints = new int[1][];
    private int chunkCount;

    void set(final int block, final Object reference, final long number, final int small)
    {
        final int chunk = block >>> CHUNK_SHIFT;
        // The last of the three that is added.
        if (chunk >= references.length || null == references[chunk])
        {
            add(chunk);
        }
        final int at = block & CHUNK - 1;
        references[chunk][at] = reference;
        longs[chunk][at] = number;
        ints[chunk][at] = small;
    }

    Object reference(final int block)
    {
        return references[block >>> CHUNK_SHIFT][block & CHUNK - 1];
    }

    long number(final int block)
    {
        return longs[block >>> CHUNK_SHIFT][block & CHUNK - 1];
    }

    int small(final int block)
    {
        return ints[block >>> CHUNK_SHIFT][block & CHUNK - 1];
    }

    /** Let the reference go, if there is one. */
    void forget(final int block)
    {
        final int chunk = block >>> CHUNK_SHIFT;
        final Object[] known = chunk < references.length ? references[chunk] : null;
        if (null != known && null != known[block & CHUNK - 1])
        {
            known[block & CHUNK - 1] = null;
        }
    }

    /** What they take of private memory. */
    synchronized long bytes()
    {
        return ARRAY_HEADER * 3L + references.length * (3L * Integer.BYTES) +
            chunkCount * (3L * ARRAY_HEADER + CHUNK * (Integer.BYTES + Long.BYTES + Integer.BYTES));
    }

    private synchronized void add(final int chunk)
    {
        if (chunk < references.length && null != references[chunk])
        {
            return;
        }
        if (chunk >= references.length)
        {
            final int grown = Math.max(chunk + 1, 2 * references.length);
            final long[][] grownLongs = Arrays.copyOf(longs, grown);
            final int[][] grownInts = Arrays.copyOf(ints, grown);
            final Object[][] grownReferences = Arrays.copyOf(references, grown);
            // Who sees a directory sees what was in it before it grew, and those that were added before it.
            VarHandle.releaseFence();
            longs = grownLongs;
            ints = grownInts;
            VarHandle.releaseFence();
            references = grownReferences;
        }
        longs[chunk] = new long[CHUNK];
        ints[chunk] = new int[CHUNK];
        final Object[] added = new Object[CHUNK];
        VarHandle.releaseFence();
        references[chunk] = added;
        chunkCount++;
    }
}
