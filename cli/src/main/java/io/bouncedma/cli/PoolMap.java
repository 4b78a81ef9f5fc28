/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.monitor.CountersSnapshot;

import java.io.PrintStream;
import java.util.List;

/**
 * Draws a pool as text: a character for each part, the fuller the darker.
 * <pre>
 * pool demo, 4,194,304 bytes, 16,384 a character: used and hot bytes
 * 0x00000000 |@@@@@@@@@@@@@@@@=                                               |
 * </pre>
 */
final class PoolMap
{
    private static final String SHADES = " .:-=+*#%@";
    private static final int LINE = 64;
    private static final int MIN_DIGITS = 8;

    private PoolMap()
    {
    }

    static void print(final CountersSnapshot.Picture picture, final PrintStream out)
    {
        final String line = line(picture.shares());
        final long part = picture.length() / line.length();
        out.printf("pool %s, %,d bytes, %,d a character: used and hot bytes%n", picture.pool(), picture.length(), part);
        final int digits = Math.max(MIN_DIGITS, Long.toHexString(picture.length()).length());
        for (int at = 0; at < line.length(); at += LINE)
        {
            out.printf("0x%0" + digits + "x |%s|%n", at * part, line.substring(at, Math.min(line.length(), at + LINE)));
        }
    }

    /**
     * The picture in one line.
     *
     * @param shares from 0 to 1; what is not empty is not blank, what is not full is not {@code @}.
     * @return a character for each.
     */
    static String line(final List<Double> shares)
    {
        final StringBuilder text = new StringBuilder();
        for (final double share : shares)
        {
            final int last = SHADES.length() - 1;
            final int inner = 1 + (int)(share * (last - 1));
            text.append(SHADES.charAt(share <= 0 ? 0 : share >= 1 ? last : Math.min(last - 1, inner)));
        }
        return text.toString();
    }
}
