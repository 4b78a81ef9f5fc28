/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import java.util.Arrays;

/**
 * Looks into lines that are bytes of ASCII, or of anything. No method leaves the range that it is given.
 */
final class Text
{
    private static final int DECIMAL = 10;
    private static final int HEX_SHIFT = 4;

    private Text()
    {
    }

    static boolean isBlank(final byte b)
    {
        return ' ' == b || '\t' == b || '\r' == b;
    }

    static boolean isDigit(final byte b)
    {
        return b >= '0' && b <= '9';
    }

    static boolean isWordByte(final byte b)
    {
        return b >= 'a' && b <= 'z' || '_' == b || isDigit(b) || b >= 'A' && b <= 'Z';
    }

    /** The first place from here on without a blank. */
    static int skipBlanks(final byte[] bytes, final int from, final int to)
    {
        int at = from;
        while (at < to && isBlank(bytes[at]))
        {
            at++;
        }
        return at;
    }

    /** The first place from here on with a blank. */
    static int skipWord(final byte[] bytes, final int from, final int to)
    {
        int at = from;
        while (at < to && !isBlank(bytes[at]))
        {
            at++;
        }
        return at;
    }

    static int skipDigits(final byte[] bytes, final int from, final int to)
    {
        int at = from;
        while (at < to && isDigit(bytes[at]))
        {
            at++;
        }
        return at;
    }

    /** Where the digits begin that end here. */
    static int digitsBefore(final byte[] bytes, final int to)
    {
        int at = to;
        while (at > 0 && isDigit(bytes[at - 1]))
        {
            at--;
        }
        return at;
    }

    /** Where the word begins that ends here. */
    static int wordBefore(final byte[] bytes, final int to)
    {
        int at = to;
        while (at > 0 && !isBlank(bytes[at - 1]))
        {
            at--;
        }
        return at;
    }

    /** The end of what stands before a place and the blanks before it. */
    static int lastNonBlank(final byte[] bytes, final int to)
    {
        int at = to;
        while (at > 0 && isBlank(bytes[at - 1]))
        {
            at--;
        }
        return at;
    }

    /** The value of digits, of which there must be at most 18. */
    static long decimal(final byte[] bytes, final int from, final int to)
    {
        long value = 0;
        for (int i = from; i < to; i++)
        {
            value = value * DECIMAL + bytes[i] - '0';
        }
        return value;
    }

    /** The value of a digit of hexadecimal, or -1. */
    static int hexDigit(final byte b)
    {
        if (isDigit(b))
        {
            return b - '0';
        }
        final int lower = b | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + DECIMAL : -1;
    }

    /** The value of 1 to 16 digits of hexadecimal, all of which must be some. */
    static long hex(final byte[] bytes, final int from, final int to)
    {
        long value = 0;
        for (int i = from; i < to; i++)
        {
            value = value << HEX_SHIFT | hexDigit(bytes[i]);
        }
        return value;
    }

    static boolean isAt(final byte[] bytes, final int from, final int to, final byte[] wanted)
    {
        return to - from >= wanted.length &&
            Arrays.equals(bytes, from, from + wanted.length, wanted, 0, wanted.length);
    }
}
