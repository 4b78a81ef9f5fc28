/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

/**
 * Text of others, fit to be shown: in files, in names, from peers stands what moves the cursor of a terminal, begins a
 * line of a log or turns the direction of writing.
 */
public final class Printable
{
    /** Stands for a character that is not shown, as for one that could not be decoded. */
    public static final char REPLACEMENT = '\ufffd';

    private Printable()
    {
    }

    /**
     * Whether people see a character, and nothing else comes of it. Not the others of Unicode (general category C) and
     * not its ends of lines and paragraphs.
     *
     * @param codePoint of the character.
     * @return false if it is better not shown.
     */
    public static boolean isShown(final int codePoint)
    {
        return switch (Character.getType(codePoint))
        {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE,
                Character.UNASSIGNED, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }

    /**
     * A name, or a cell of a table: as wide as before.
     *
     * @param text of others.
     * @return with {@link #REPLACEMENT} for each character that is not shown.
     */
    public static String of(final String text)
    {
        return text.codePoints().map((point) -> isShown(point) ? point : REPLACEMENT)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }

    /**
     * A line of a log, which has to tell what was there.
     *
     * @param text of others.
     * @return with an escape such as {@code \u001b} for each character that is not shown.
     */
    public static String escaped(final String text)
    {
        final StringBuilder escaped = new StringBuilder(text.length());
        text.codePoints().forEach((point) ->
        {
            if (isShown(point))
            {
                escaped.appendCodePoint(point);
            }
            else
            {
                escaped.append(String.format("\\u%04x", point));
            }
        });
        return escaped.toString();
    }

    /**
     * What may be of any length, for a message that is to be read.
     *
     * @param text of others.
     * @param most characters of it.
     * @return the text if it is no longer; else its beginning and how long it is.
     */
    public static String beginning(final String text, final int most)
    {
        return text.length() <= most ? text : text.substring(0, most) + "... (" + text.length() + " characters)";
    }

    /**
     * The beginning of what may be no text at all, or in any encoding.
     *
     * @param text of others.
     * @param most characters of it.
     * @return printable characters of ASCII, with a question mark for each other.
     */
    public static String ascii(final String text, final int most)
    {
        return text.substring(0, Math.min(most, text.length())).replaceAll("[^ -~]", "?");
    }
}
