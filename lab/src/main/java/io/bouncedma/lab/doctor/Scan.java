/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

/**
 * Steps through a line of a log. A step that does not fit leaves the scan where it is; nothing is thrown whatever the
 * line holds.
 */
final class Scan
{
    /** No number stands there, or one that no kernel prints. */
    static final long NONE = -2;

    /** The longest number of 64 bits. */
    private static final int MAX_DIGITS = 20;
    private static final int DECIMAL = 10;
    private static final int HEX = 16;

    private final String text;
    private int position;

    Scan(final String text, final int from)
    {
        this.text = text;
        position = from;
    }

    /** Step over a text if it stands there. */
    boolean skip(final String expected)
    {
        final boolean fits = text.startsWith(expected, position);
        position += fits ? expected.length() : 0;
        return fits;
    }

    /** Step behind the next place where a text stands, if there is one. */
    boolean skipTo(final String expected)
    {
        final int found = text.indexOf(expected, position);
        position = found < 0 ? position : found + expected.length();
        return found >= 0;
    }

    /**
     * Step over a decimal number.
     *
     * @return it, {@link Verdict#UNKNOWN} if it is beyond 63 bits, as a counter that went below zero is printed, or
     *     {@link #NONE}.
     */
    long number()
    {
        return number(DECIMAL);
    }

    /** As {@link #number()}, but hexadecimal, with or without 0x. */
    long hex()
    {
        skip("0x");
        return number(HEX);
    }

    /** What is left, without blanks around it. */
    String rest()
    {
        return text.substring(position).strip();
    }

    /** Step over a word that ends at a blank or at the end. */
    String word()
    {
        int end = position;
        while (end < text.length() && text.charAt(end) > ' ')
        {
            end++;
        }
        final String word = text.substring(position, end);
        position = end;
        return word;
    }

    private long number(final int radix)
    {
        int end = position;
        while (end < text.length() && isDigit(text.charAt(end), radix))
        {
            end++;
        }
        final int digits = end - position;
        if (0 == digits || digits > MAX_DIGITS)
        {
            return NONE;
        }
        try
        {
            final long value = Long.parseUnsignedLong(text, position, end, radix);
            position = end;
            return value < 0 ? Verdict.UNKNOWN : value;
        }
        catch (final NumberFormatException e)
        {
            // More than 64 bits: no kernel prints that.
            return NONE;
        }
    }

    private static boolean isDigit(final char c, final int radix)
    {
        return c < 0x80 && Character.digit(c, radix) >= 0;
    }
}
