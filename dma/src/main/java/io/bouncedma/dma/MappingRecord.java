/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.Block;

/**
 * What is known about one mapping beside its block, all of it private memory. Used again for the next mapping that the
 * block serves, so that mapping allocates nothing. What follows from the block, such as the bus address, is not kept.
 */
final class MappingRecord extends Block
{
    private static final int WAYS_BITS = 2;
    private static final int WAYS_MASK = (1 << WAYS_BITS) - 1;

    /** What the caller's bytes are in, see {@link PrivateMemory}. */
    private Object source;
    /** Where they begin there. */
    private long original;
    /** The length less one, which has 30 bits, and who reads and writes. */
    private int lengthAndWays;

    /**
     * Note a mapping. The parts are checked: whoever calls this has seen that the caller's buffer and the pool's block
     * have so many bytes.
     */
    void set(final Object memory, final long address, final int bytes, final Direction direction)
    {
        source = memory;
        original = address;
        lengthAndWays = bytes - 1 << WAYS_BITS | direction.ways();
    }

    int length()
    {
        return (lengthAndWays >>> WAYS_BITS) + 1;
    }

    Direction direction()
    {
        return Direction.of(lengthAndWays & WAYS_MASK);
    }

    boolean isToDevice()
    {
        return Direction.isToDevice(lengthAndWays);
    }

    boolean isFromDevice()
    {
        return Direction.isFromDevice(lengthAndWays);
    }

    Object source()
    {
        return source;
    }

    long original()
    {
        return original;
    }

    /** Let the caller's buffer go. */
    @Override
    protected void forget()
    {
        source = null;
    }
}
