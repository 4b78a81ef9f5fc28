/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.Arrays;
import java.util.Objects;
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
    B take()
    {
        final B spared = takeSpare();
        // Without a lock: it is the user's, and may do and throw what it likes.
        return null != spared ? spared : add(Objects.requireNonNull(factory.get(), "factory made no block"));
    }

    private synchronized B takeSpare()
    {
        if (NONE == spare)
        {
            return null;
        }
        final B block = get(spare);
        final int behind = block.link;
        block.link = spare;
        spare = behind;
        return block;
    }

    private synchronized B add(final B block)
    {
        if (count == MAX_BLOCKS)
        {
            throw new IllegalStateException("a client has too many blocks: maximum=" + MAX_BLOCKS);
        }
        if (count == blocks.length)
        {
            blocks = Arrays.copyOf(blocks, 2 * count);
        }
        blocks[count] = block;
        block.link = count++;
        return block;
    }

    /** The private memory that it takes: a reference and an object of 32 bytes, and what the user adds to that. */
    synchronized long bytes()
    {
        return blocks.length * 4L + (count - 1) * 32L;
    }

    /**
     * Take an object back.
     *
     * @param block linked to its own number, or null: then nothing is done.
     */
    synchronized void give(final Block block)
    {
        if (null == block)
        {
            return;
        }
        final int number = block.link;
        block.link = spare;
        spare = number;
    }
}
