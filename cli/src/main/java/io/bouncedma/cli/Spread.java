/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.util.Arrays;
import java.util.Locale;

/**
 * What several rounds gave for one figure.
 *
 * @param low    the least.
 * @param median of an even number the higher one.
 * @param high   the most.
 */
record Spread(double low, double median, double high)
{
    /**
     * Of some rounds.
     *
     * @param values one for each, at least one.
     */
    static Spread of(final double... values)
    {
        final double[] sorted = values.clone();
        Arrays.sort(sorted);
        return new Spread(sorted[0], sorted[sorted.length / 2], sorted[sorted.length - 1]);
    }

    /**
     * Whether not even the ends of the two are alike.
     */
    boolean isApart(final Spread other)
    {
        return high < other.low || other.high < low;
    }

    /**
     * How much of what both cover is covered by each of them.
     *
     * @return from 0, nothing, to 1.
     */
    double overlap(final Spread other)
    {
        final double union = Math.max(high, other.high) - Math.min(low, other.low);
        final double common = Math.min(high, other.high) - Math.max(low, other.low);
        return union <= 0 ? 1 : Math.max(0, common) / union;
    }

    /** From the least to the most, with two digits where that is exact enough. */
    @Override
    public String toString()
    {
        return number(low) + ".." + number(high);
    }

    static String number(final double value)
    {
        return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%,.0f", value);
    }
}
