/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

/**
 * Text of others for a terminal: what would move its cursor, begin a line or turn the direction of writing is shown as
 * an escape.
 */
final class Printable
{
    private Printable()
    {
    }

    /** The text, on one line. */
    static String of(final String text)
    {
        final StringBuilder shown = new StringBuilder(text.length());
        text.codePoints().forEach((point) ->
        {
            if (isShown(point))
            {
                shown.appendCodePoint(point);
            }
            else
            {
                shown.append(String.format("\\u%04x", point));
            }
        });
        return shown.toString();
    }

    private static boolean isShown(final int point)
    {
        return switch (Character.getType(point))
        {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
                Character.SURROGATE, Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
