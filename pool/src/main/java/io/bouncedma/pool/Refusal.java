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
 * @param most       the longest request of its kind that the owner would be granted if nobody held anything.
 * @param free       bytes that the owner could get then, in however many blocks: what others reserve and what is
 *                   beyond its quota is not among them.
 * @param largestRun the most of these that were behind each other then; never more than are free.
 * @param holders    who held the rest, most bytes first.
 */
public record Refusal(
    Reason reason, String pool, long asked, long most, long free, long largestRun, List<Holder> holders)
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
        /**
         * Never: it is more than the empty pool could serve, than others' reserves leave of it, or than the owner's
         * quota. The others may pass.
         */
        TOO_LARGE(-3),
        /** The owner holds so much that this would be more than it may. */
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
         * Whether waiting is of no use: what was asked for would be refused, too, if nobody held anything.
         *
         * @return true for {@link #TOO_LARGE} alone.
         */
        public boolean isForGood()
        {
            return TOO_LARGE == this;
        }

        /**
         * Whether waiting is of no use, for hot paths.
         *
         * @param result of an allocation or a mapping.
         * @return true if it is a refusal that {@linkplain #isForGood() is for good}; false for a handle.
         */
        public static boolean isForGood(final long result)
        {
            return TOO_LARGE.code == result;
        }

        /**
         * Which of two refusals of one request, by pools that were asked one after the other, to tell.
         *
         * @param first  code of the reason of the pool that was asked first.
         * @param second code of the other one's.
         * @return the first, unless it is for good: then the second.
         */
        public static long moreHopeful(final long first, final long second)
        {
            return isForGood(first) ? second : first;
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
        return reason + ": pool=" + pool + ", asked=" + asked + ", most=" + most + ", free=" + free +
            ", largestRun=" + largestRun + ", holders=" + holders;
    }
}
