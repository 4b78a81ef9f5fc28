/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.Printable;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Text in a page. Names of traces and devices, and whatever stands in a command line, come from other people.
 */
final class Html
{
    private Html()
    {
    }

    /**
     * Text that is no markup, in an element or in an attribute in quotes.
     */
    static String escaped(final String text)
    {
        final StringBuilder out = new StringBuilder(text.length());
        for (final char c : Printable.of(text).toCharArray())
        {
            switch (c)
            {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.append(c);
            }
        }
        return out.toString();
    }

    /**
     * Lines below each other, for an element that keeps them.
     */
    static String lines(final List<String> lines)
    {
        return lines.stream().map(Html::escaped).collect(Collectors.joining("\n"));
    }
}
