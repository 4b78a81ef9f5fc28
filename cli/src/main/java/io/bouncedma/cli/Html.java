/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Text in a page. Names of traces and devices, and whatever stands in a command line, come from other people.
 */
final class Html
{
    private static final char UNSHOWN = '\ufffd';

    private Html()
    {
    }

    /**
     * Text that is no markup, in an element or in an attribute in quotes.
     */
    static String escaped(final String text)
    {
        final StringBuilder out = new StringBuilder(text.length());
        text.codePoints().map(Html::shown).forEach(c ->
        {
            switch (c)
            {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.appendCodePoint(c);
            }
        });
        return out.toString();
    }

    /**
     * Lines below each other, for an element that keeps them.
     */
    static String lines(final List<String> lines)
    {
        return lines.stream().map(Html::escaped).collect(Collectors.joining("\n"));
    }

    /**
     * Text without what is not seen and changes what is: line ends, terminal sequences, marks that turn the direction
     * of writing, halves of characters.
     */
    static String shown(final String text)
    {
        final StringBuilder out = new StringBuilder(text.length());
        text.codePoints().map(Html::shown).forEach(out::appendCodePoint);
        return out.toString();
    }

    private static int shown(final int c)
    {
        return switch (Character.getType(c))
        {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.LINE_SEPARATOR,
                Character.PARAGRAPH_SEPARATOR -> UNSHOWN;
            default -> c;
        };
    }
}
