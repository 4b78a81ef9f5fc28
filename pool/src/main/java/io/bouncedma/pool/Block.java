/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

/**
 * A block in the hands of a client. The object is used again and again, for one block after the other: a hot block is
 * handed out with the object that it had before, so whoever keeps something about each block extends this class and
 * keeps it there, without an allocation and without a look-up.
 * <p>
 * What is told here holds while the handle that led to it does.
 */
public class Block
{
    /** A block has up to 1 GiB, which is 1 << 27 units: 28 bits. */
    private static final int STRIPE_SHIFT = 28;
    private static final int UNITS_MASK = (1 << STRIPE_SHIFT) - 1;

    /** How many handles have ended. */
    int uses;
    /** While it is handed out its number, otherwise that of the next block of the stack that it is in, or 0. */
    int link;
    /** Its piece in the arena. */
    int piece;
    private int start;
    private int stripeAndUnits;

    /**
     * Made by a client when it needs one more.
     */
    protected Block()
    {
    }

    /**
     * Where the block begins in {@link BouncePool#view()}.
     *
     * @return the index of its first byte.
     */
    public final int index()
    {
        return start << BlockSize.UNIT_SHIFT;
    }

    /**
     * The bytes that the block has.
     *
     * @return as {@link BlockSize#of(int)} of the length asked for.
     */
    public final int size()
    {
        return units() << BlockSize.UNIT_SHIFT;
    }

    /**
     * Called when the block is about to be given back, before anybody else can have it: drop what was kept about it.
     * A lock is held: be short and do not call into the pool. If it throws, whoever frees the block gets that, and has
     * the block still.
     */
    protected void forget()
    {
    }

    final int units()
    {
        return stripeAndUnits & UNITS_MASK;
    }

    /** The stripe that handed it out and alone may touch it. */
    final int stripe()
    {
        return stripeAndUnits >>> STRIPE_SHIFT;
    }

    final void place(final int newPiece, final int newStart, final int stripe, final int units)
    {
        piece = newPiece;
        start = newStart;
        stripeAndUnits = stripe << STRIPE_SHIFT | units;
    }
}
