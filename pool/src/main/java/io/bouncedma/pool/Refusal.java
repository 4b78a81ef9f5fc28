/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.util.List;

/**
 * Why a pool gave no block, in sizes that tell what would help.
 *
 * @param reason     the kind.
 * @param pool       name of the pool.
 * @param asked      bytes asked for.
 * @param free       bytes free when this was made.
 * @param largestRun the most bytes free behind each other then.
 * @param holders    who held the rest, most bytes first.
 */
public record Refusal(Reason reason, String pool, long asked, long free, long largestRun, List<Holder> holders)
{
    /**
     * The kinds of refusal. Hot paths return {@link #code()} and build no object.
     */
    public enum Reason
    {
        /** Fewer bytes are free than were asked for. */
        EXHAUSTED(-1),
        /** Enough bytes are free, but not behind each other with the alignment asked for. */
        FRAGMENTED(-2),
        /** Not even the empty pool could serve it. */
        TOO_LARGE(-3),
        /** The owner holds as much as it may. */
        QUOTA(-4);

        private static final Reason[] VALUES = values();

        private final int code;

        Reason(final int code)
        {
            this.code = code;
        }

        /**
         * The negative number that stands for this reason.
         *
         * @return -1 to -4.
         */
        public int code()
        {
            return code;
        }

        /**
         * How many reasons there are.
         *
         * @return 4.
         */
        static int count()
        {
            return VALUES.length;
        }

        /**
         * The reason that a negative result stands for.
         *
         * @param result of an allocation or a mapping.
         * @return the reason.
         * @throws IllegalArgumentException if it is no such code.
         */
        public static Reason of(final long result)
        {
            if (result < -VALUES.length || result >= 0)
            {
                throw new IllegalArgumentException("not a refusal: result=" + result + ", expected=-4..-1");
            }
            return VALUES[(int)-result - 1];
        }
    }

    /**
     * Somebody who holds bytes of the pool.
     *
     * @param name  of the owner.
     * @param bytes held.
     */
    public record Holder(String name, long bytes)
    {
    }

    @Override
    public String toString()
    {
        return reason + ": pool=" + pool + ", asked=" + asked + ", free=" + free + ", largestRun=" + largestRun +
            ", holders=" + holders;
    }
}
