/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.monitor;

import java.util.List;
import java.util.Set;

/**
 * Whose counters they are: a pool, one of its clients, an end of a ring.
 *
 * @param heading for people, for example {@code pool demo: client blk}; at most 300 bytes of UTF-8 are shown.
 * @param values  of the {@linkplain MetricFamily#labels() labels} of its metrics, in their order; at most 48 bytes of
 *                UTF-8 of each are shown.
 */
public record CounterSubject(String heading, List<String> values)
{
    /** The longest name that is shown, in bytes of UTF-8. */
    static final int MAX_VALUE_LENGTH = 48;
    static final int MAX_HEADING_LENGTH = 300;

    /**
     * Cut what is too long.
     *
     * @throws IllegalArgumentException if the values that are shown, with a byte for each and one more, are longer than
     *                                  the 112 bytes of a counter's key.
     */
    public CounterSubject
    {
        heading = cut(heading, MAX_HEADING_LENGTH);
        values = values.stream().map((value) -> cut(value, MAX_VALUE_LENGTH)).toList();
        CounterKey.requireFits(values);
    }

    /**
     * Several may have equal names, or names that are equal as far as they are shown, and their figures must not be
     * mixed: the second is called {@code name (2)}.
     *
     * @param name  of one.
     * @param names of those before; gets this one's.
     * @return short enough to be shown as it is.
     */
    static String unique(final String name, final Set<String> names)
    {
        String result = cut(name, MAX_VALUE_LENGTH);
        for (int number = 2; !names.add(result); number++)
        {
            final String suffix = " (" + number + ")";
            result = cut(name, MAX_VALUE_LENGTH - suffix.length()) + suffix;
        }
        return result;
    }

    /** As much of a text as fits into so many bytes of UTF-8, no character halved. */
    static String cut(final String text, final int length)
    {
        int at = 0;
        int bytes = 0;
        while (at < text.length())
        {
            final int c = text.codePointAt(at);
            bytes += lengthOf(c);
            if (bytes > length)
            {
                return text.substring(0, at);
            }
            at += Character.charCount(c);
        }
        return text;
    }

    /** The bytes of a text in UTF-8. Counted and not encoded: this is done for each counter ten times a second. */
    static int lengthOf(final String text)
    {
        int bytes = 0;
        for (int at = 0; at < text.length(); at += Character.charCount(text.codePointAt(at)))
        {
            bytes += lengthOf(text.codePointAt(at));
        }
        return bytes;
    }

    private static int lengthOf(final int codePoint)
    {
        if (codePoint < 0x80 || Character.MIN_SURROGATE <= codePoint && codePoint <= Character.MAX_SURROGATE)
        {
            // Half of a character becomes a question mark.
            return 1;
        }
        return codePoint < 0x800 ? 2 : codePoint < Character.MIN_SUPPLEMENTARY_CODE_POINT ? 3 : 4;
    }
}
