/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Which bytes of a window are in somebody's hands: a bit for each 8 of them, the unit of all blocks. A block is claimed
 * after it was handed out and let go before it is given back, so that two claims of one byte mean that the allocator
 * handed it out twice.
 * <p>
 * Thread-safe, without a lock: it must not order what the allocator has to order itself.
 */
final class Occupancy
{
    private static final int UNIT_SHIFT = 3;
    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] words;

    Occupancy(final long bytes)
    {
        words = new long[Math.toIntExact(Math.ceilDiv(bytes, (long)Long.SIZE << UNIT_SHIFT))];
    }

    /**
     * Claim some bytes.
     *
     * @return false if somebody has some of them.
     */
    boolean claim(final long from, final long length)
    {
        final long first = from >> UNIT_SHIFT;
        final long last = from + length - 1 >> UNIT_SHIFT;
        boolean free = true;
        for (int word = (int)(first >> 6); word <= (int)(last >> 6); word++)
        {
            final long mask = mask(word, first, last);
            free &= 0 == ((long)WORDS.getAndBitwiseOr(words, word, mask) & mask);
        }
        return free;
    }

    /**
     * Let some bytes go.
     *
     * @return false if nobody had some of them.
     */
    boolean release(final long from, final long length)
    {
        final long first = from >> UNIT_SHIFT;
        final long last = from + length - 1 >> UNIT_SHIFT;
        boolean held = true;
        for (int word = (int)(first >> 6); word <= (int)(last >> 6); word++)
        {
            final long mask = mask(word, first, last);
            held &= mask == ((long)WORDS.getAndBitwiseAnd(words, word, ~mask) & mask);
        }
        return held;
    }

    /**
     * How many of some bytes are in somebody's hands.
     */
    long bytes(final long from, final long length)
    {
        final long first = from >> UNIT_SHIFT;
        final long last = from + length - 1 >> UNIT_SHIFT;
        long units = 0;
        for (int word = (int)(first >> 6); word <= (int)(last >> 6); word++)
        {
            units += Long.bitCount((long)WORDS.getVolatile(words, word) & mask(word, first, last));
        }
        return units << UNIT_SHIFT;
    }

    private static long mask(final int word, final long first, final long last)
    {
        final long from = word == first >> 6 ? -1L << first : -1L;
        final long to = word == last >> 6 ? -1L >>> 63 - (last & 63) : -1L;
        return from & to;
    }
}
