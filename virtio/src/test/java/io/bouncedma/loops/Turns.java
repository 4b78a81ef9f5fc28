/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.loops;

/**
 * How often the classes of a {@link CountingLoader} went round their loops, and an end for those that do not end. One
 * thread's at a time.
 */
public final class Turns
{
    private static long bound = Long.MAX_VALUE;
    private static long turns;
    private static long most;

    private Turns()
    {
    }

    /**
     * What follows may go round its loops that often, all of them together.
     *
     * @param most turns from here to the next call of this.
     */
    public static void allow(final long most)
    {
        bound = most;
        turns = 0;
    }

    /** A loop goes round once more. */
    public static void turn()
    {
        turns++;
        most = Math.max(most, turns);
        if (turns > bound)
        {
            throw new AssertionError("loop beyond its bound: turns=" + turns);
        }
    }

    /**
     * The most turns of any call.
     *
     * @return zero if the classes in use are not counted.
     */
    public static long most()
    {
        return most;
    }
}
