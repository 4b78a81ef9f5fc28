/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.Arrays;

/**
 * What users keep about their blocks: a reference, a 64-bit and a 32-bit number, by the block's number, in columns of
 * primitive arrays. Whoever has a block reads and writes its notes, without a lock.
 * <p>
 * A chunk is added when something is noted about a block of it for the first time, and never moves. Who does not see
 * one yet, as others had blocks of it only, asks again under the lock.
 */
final class Notes
{
    private static final int CHUNK_SHIFT = 7;
    private static final int CHUNK = 1 << CHUNK_SHIFT;
    private static final int ARRAY_HEADER = 16;
    private static final int CHUNK_HEADER = 24;

    private Chunk[] chunks = new Chunk[1];
    private int chunkCount;
    /** Whether there was ever a reference; who has the block of one sees that (JLS 17.4.5). */
    private boolean anyReference;

    void set(final int block, final Object reference, final long number, final int small)
    {
        final Chunk known = chunk(block);
        final Chunk chunk = null == known ? add(block >>> CHUNK_SHIFT) : known;
        final int at = block & CHUNK - 1;
        if (null != reference && !anyReference)
        {
            anyReference = true;
        }
        chunk.references[at] = reference;
        chunk.numbers[at] = number;
        chunk.smalls[at] = small;
    }

    Object reference(final int block)
    {
        return chunks[block >>> CHUNK_SHIFT].references[block & CHUNK - 1];
    }

    long number(final int block)
    {
        return chunks[block >>> CHUNK_SHIFT].numbers[block & CHUNK - 1];
    }

    /** 0 if nothing was noted about any block near it: who asks may have a handle that never was one. */
    int small(final int block)
    {
        final Chunk chunk = chunk(block);
        return null == chunk ? 0 : chunk.smalls[block & CHUNK - 1];
    }

    /** Let the reference go, if there is one. */
    void forget(final int block)
    {
        final Chunk chunk = anyReference ? chunk(block) : null;
        if (null != chunk && null != chunk.references[block & CHUNK - 1])
        {
            chunk.references[block & CHUNK - 1] = null;
        }
    }

    /** What they take of private memory. */
    synchronized long bytes()
    {
        return ARRAY_HEADER + (long)chunks.length * Integer.BYTES +
            chunkCount * (CHUNK_HEADER + 3L * ARRAY_HEADER + CHUNK * (Integer.BYTES + Long.BYTES + Integer.BYTES));
    }

    private Chunk chunk(final int block)
    {
        final Chunk[] known = chunks;
        final int chunk = block >>> CHUNK_SHIFT;
        return chunk < known.length ? known[chunk] : null;
    }

    private synchronized Chunk add(final int chunk)
    {
        if (chunk >= chunks.length)
        {
            chunks = Arrays.copyOf(chunks, Math.max(chunk + 1, 2 * chunks.length));
        }
        if (null == chunks[chunk])
        {
            chunks[chunk] = new Chunk();
            chunkCount++;
        }
        return chunks[chunk];
    }

    /** Final fields: who sees one without a lock sees its columns, on every processor (JLS 17.5). */
    private static final class Chunk
    {
        private final Object[] references = new Object[CHUNK];
        private final long[] numbers = new long[CHUNK];
        private final int[] smalls = new int[CHUNK];
    }
}
