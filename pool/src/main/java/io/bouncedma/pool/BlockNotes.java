/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

/**
 * What is noted about some blocks of a pool, see {@link BounceBlocks#note}. Whoever has a block reads its notes here,
 * without a lock; of a block that nobody has, or about which nothing was noted, anything may be read.
 */
public final class BlockNotes
{
    static final int COUNT_SHIFT = 7;
    static final int COUNT = 1 << COUNT_SHIFT;

    // Final: who sees this without a lock sees its columns, on every processor (JLS 17.5).
    private final Object[] references = new Object[COUNT];
    private final long[] numbers = new long[COUNT];
    private final int[] smalls = new int[COUNT];

    BlockNotes()
    {
    }

    /**
     * The reference that was noted.
     *
     * @param block the handle by which these notes were {@linkplain BounceBlocks#notes(long) asked for}.
     * @return as given to {@link BounceBlocks#note}.
     */
    public Object reference(final long block)
    {
        return references[at(block)];
    }

    /**
     * The number that was noted.
     *
     * @param block as {@link #reference(long)}.
     * @return as given to {@link BounceBlocks#note}.
     */
    public long number(final long block)
    {
        return numbers[at(block)];
    }

    /**
     * The small number that was noted.
     *
     * @param block as {@link #reference(long)}.
     * @return as given to {@link BounceBlocks#note}.
     */
    public int small(final long block)
    {
        return smalls[at(block)];
    }

    void set(final long block, final Object reference, final long number, final int small)
    {
        final int at = at(block);
        references[at] = reference;
        numbers[at] = number;
        smalls[at] = small;
    }

    /**
     * Let the reference go, if there is one.
     *
     * @return what it was.
     */
    Object forget(final long block)
    {
        final int at = at(block);
        final Object reference = references[at];
        if (null != reference)
        {
            references[at] = null;
        }
        return reference;
    }

    void remember(final long block, final Object reference)
    {
        references[at(block)] = reference;
    }

    /** The lowest bits of a handle are those of the block's number. */
    private static int at(final long block)
    {
        return (int)block & COUNT - 1;
    }
}
