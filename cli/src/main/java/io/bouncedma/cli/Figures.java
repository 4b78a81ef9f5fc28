/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.Amount;
import io.bouncedma.os.Printable;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a command found out, in order: for people a row each, for programs one JSON object.
 */
final class Figures
{
    private static final double NS_PER_SECOND = 1e9;
    private static final double MIB = 1 << 20;
    private static final double PERCENT = 100;
    /** Three digits behind the point are as good as the clock of a busy machine. */
    private static final double DIGITS = 1e3;

    private final Map<String, Object> values = new LinkedHashMap<>();
    private final Map<String, String> texts = new LinkedHashMap<>();

    /**
     * Add a figure that people and programs read alike.
     *
     * @param name  in JSON's way, with underscores; people get blanks.
     * @param value a number, a text, a flag, a list or null.
     */
    void put(final String name, final Object value)
    {
        put(name, value, switch (value)
        {
            case null -> "none";
            case final Long number -> Amount.of(number);
            case final Integer number -> Amount.of(number);
            case final Boolean flag -> flag ? "yes" : "no";
            default -> value.toString();
        });
    }

    /**
     * Add a figure that people read in another way.
     *
     * @param name  in JSON's way.
     * @param value for programs.
     * @param text  for people; null to keep it from them.
     */
    void put(final String name, final Object value, final String text)
    {
        values.put(name, value);
        if (null != text)
        {
            texts.put(name.replace('_', ' '), text);
        }
    }

    /** Add a number of bytes, under a name that ends in {@code _bytes}. */
    void bytes(final String name, final long value)
    {
        values.put(name + "_bytes", value);
        texts.put(name.replace('_', ' '), bytes(value));
    }

    /** Add how long bytes took, as {@code seconds}. */
    void took(final long ns, final long bytes)
    {
        final double seconds = ns / NS_PER_SECOND;
        put("seconds", rounded(seconds), String.format(
            Locale.ROOT, "%.2f, %.0f MiB/s", seconds, bytes / MIB / Math.max(seconds, 1e-9)));
    }

    void print(final boolean isJson, final PrintStream out)
    {
        if (isJson)
        {
            out.println(Json.write(values));
        }
        else
        {
            texts.forEach((name, text) -> out.printf("%-28s %s%n", name, text));
        }
    }

    static double rounded(final double value)
    {
        return Math.round(value * DIGITS) / DIGITS;
    }

    /** Print a row of a table that has a column for names of up to 20 characters; the value may be from anywhere. */
    static void row(final PrintStream out, final String name, final String value)
    {
        out.printf("%-20s %s%n", name, Printable.of(value));
    }

    /** Exact, and short beside that where it is long. */
    static String bytes(final long value)
    {
        return Amount.of(value, "byte") + (value < 1 << 10 ? "" : " (" + ByteSize.describe(value) + ")");
    }

    static String percent(final double part)
    {
        return String.format(Locale.ROOT, "%.1f %%", PERCENT * part);
    }
}
