/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

/**
 * A device of which only its queues are known, and how long what goes through them is.
 */
public sealed interface SizedDevice permits BlkQueues, NetQueues, ConsolePorts, RngQueue
{
    /** The most queues, pairs or ports of a device that a pool is sized for. */
    int MAX_QUEUES = 1024;
    /** The most descriptors of a queue. */
    int MAX_DEPTH = RingMemory.MAX_SIZE;

    /**
     * What kind it is.
     *
     * @return for example {@code blk}.
     */
    String kind();

    /**
     * Refuse a number that is out of its range.
     *
     * @param name  of the number.
     * @param value that was given.
     * @param least that can be.
     * @param most  that can be.
     * @throws IllegalArgumentException telling all four.
     */
    static void requireRange(final String name, final long value, final long least, final long most)
    {
        if (value < least || value > most)
        {
            throw new IllegalArgumentException(name + "=" + value + " can not be; give " + least + " to " + most);
        }
    }

    /**
     * Refuse a number of descriptors that no ring of a format has.
     *
     * @param depth    that was given.
     * @param isPacked whether the ring is packed.
     * @throws IllegalArgumentException if the ring is split and this is no power of two.
     */
    static void requireRingSize(final int depth, final boolean isPacked)
    {
        if (!isPacked && 1 != Integer.bitCount(depth))
        {
            throw new IllegalArgumentException("depth=" + depth + " can not be for split rings; give a power of two, " +
                "for example " + RingMemory.splitSize(depth) + ", or packed");
        }
    }
}
