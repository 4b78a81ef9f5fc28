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
        return Integer.compareUnsigned(number, table.length) < 0 ? (B)table[number] : null;
    }

    /** A block of this table as what it is. */
    @SuppressWarnings("unchecked")
    B own(final Block block)
    {
        return (B)block;
    }

    /**
     * Take an object that is not in use.
     *
     * @return the object, linked to its own number.
     */
    synchronized B take()
    {
        final int number;
        if (NONE != spare)
        {
            number = spare;
            spare = blocks[number].link;
        }
        else
        {
            number = make();
        }
        final B block = get(number);
        block.link = number;
        return block;
    }

    private int make()
    {
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

    synchronized void give(final Block block)
    {
        final int number = block.link;
        block.link = spare;
        spare = number;
    }
}
