/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import picocli.CommandLine;

import java.util.Locale;

/**
 * A number of bytes as people write it: {@code 4096}, {@code 64K}, {@code 4M}, {@code 1G}; powers of 1024.
 *
 * @param bytes zero or more.
 */
record ByteSize(long bytes)
{
    private static final String UNITS = "KMG";

    static ByteSize parse(final String text)
    {
        final String trimmed = text.trim().toUpperCase(Locale.ROOT).replaceFirst("I?B$", "");
        final int unit = trimmed.isEmpty() ? -1 : UNITS.indexOf(trimmed.charAt(trimmed.length() - 1));
        final String digits = unit < 0 ? trimmed : trimmed.substring(0, trimmed.length() - 1);
        try
        {
            final long number = Long.parseLong(digits);
            if (number >= 0)
            {
                return new ByteSize(Math.multiplyExact(number, 1L << 10 * (unit + 1)));
            }
        }
        catch (final NumberFormatException | ArithmeticException e)
        {
            // Told below, with what would be right.
        }
        throw new CommandLine.TypeConversionException(
            "'" + text + "' is no number of bytes; write for example 4194304, 4096K or 4M");
    }

    /**
     * A number of bytes with a unit, for people.
     *
     * @param bytes zero or more.
     * @return for example {@code 64 MiB} or {@code 1.5 MiB}.
     */
    static String describe(final long bytes)
    {
        if (bytes < 1 << 10)
        {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 1 << 10 && unit < UNITS.length() - 1)
        {
            value /= 1 << 10;
            unit++;
        }
        final String number = value == Math.rint(value) ?
            Long.toString((long)value) : String.format(Locale.ROOT, "%.1f", value);
        return number + " " + UNITS.charAt(unit) + "iB";
    }
}
