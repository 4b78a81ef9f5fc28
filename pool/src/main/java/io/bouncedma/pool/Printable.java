/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import java.nio.charset.StandardCharsets;

/**
 * Text that is safe to show: what a process calls its things is shown to people, and a terminal does what control
 * characters say.
 */
final class Printable
{
    private static final int REPLACEMENT = 0xfffd;

    private Printable()
    {
    }

    static String of(final String text)
    {
        return text.codePoints().map((c) -> switch (Character.getType(c))
        {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE,
                Character.UNASSIGNED, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> REPLACEMENT;
            default -> c;
        }).collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }

    /** As much of a text as fits into so many bytes of UTF-8, no character halved. */
    static String cut(final String text, final int length)
    {
        int at = 0;
        int bytes = 0;
        while (at < text.length())
        {
            final int c = text.codePointAt(at);
            bytes += Character.toString(c).getBytes(StandardCharsets.UTF_8).length;
            if (bytes > length)
            {
                return text.substring(0, at);
            }
            at += Character.charCount(c);
        }
        return text;
    }
}
