/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.Arrays;
import java.util.function.Supplier;

/**
 * The block objects of one client by number. An object keeps its number for good and is never dropped, so that a stale
 * handle always finds the one that knows better. Reading takes no lock.
 *
 * @param <B> the user's kind of block.
 */
final class BlockTable<B extends Block>
{
    /** No block. */
    static final int NONE = 0;
    static final int MAX_BLOCKS = 1 << 26;

    private static final int INITIAL_CAPACITY = 16;

    private final Supplier<? extends B> factory;
    // Not volatile: who has a handle has seen the table that it is in, or has it from somebody without synchronizing.
    private Block[] blocks = new Block[INITIAL_CAPACITY];
    private int spare = NONE;
    private int count = NONE + 1;

    BlockTable(final Supplier<? extends B> factory)
    {
        this.factory = factory;
    }

    /**
     * The object of a number.
     *
     * @return null if there is none.
     */
    @SuppressWarnings("unchecked")
    B get(final int number)
    {
        final Block[] table = blocks;
        return number < table.length && number >= 0 ? (B)table[number] : null;
    }

    /**
     * Take an object that is not in use.
     *
     * @return its number.
     */
    synchronized int take()
    {
        if (NONE != spare)
        {
            final int number = spare;
            spare = blocks[number].next;
            return number;
        }
        if (count == MAX_BLOCKS)
        {
            throw new IllegalStateException("a client has too many blocks: maximum=" + MAX_BLOCKS);
        }
        if (count == blocks.length)
        {
            blocks = Arrays.copyOf(blocks, 2 * count);
        }
        blocks[count] = factory.get();
        return count++;
    }

    /** The private memory that it takes: a reference and an object of 32 bytes, and what the user adds to that. */
    synchronized long bytes()
    {
        return blocks.length * 4L + (count - 1) * 32L;
    }

    synchronized void give(final int number)
    {
        blocks[number].next = spare;
        spare = number;
    }
}
