/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts a refusal together again that a mail broke, behind the device or within the message. All other lines go through
 * as they are, and in order.
 */
final class WrappedLines
{
    private static final String FULL = "swiotlb buffer is full";
    /** What follows it; kernels before 5.2 end behind the bytes, which is no reason not to look at the next line. */
    private static final Pattern MESSAGE =
        Pattern.compile(" \\(sz: \\d{1,20} bytes\\),? total \\d{1,20} \\(slots\\), used \\d");
    /** A device that the line ends with, as {@code 0000:02:00.0:}; no word of a sentence has a digit. */
    private static final Pattern DEVICE = Pattern.compile("\\S*\\d\\S*:\\s*$");

    private final Consumer<String> whole;
    /** A line that ends within a refusal, or null. */
    private String begun;
    /** The line before, if it ends with a device, or an empty text. */
    private String device = "";

    WrappedLines(final Consumer<String> whole)
    {
        this.whole = whole;
    }

    void add(final String printed)
    {
        String line = printed;
        if (null != begun)
        {
            final String rest = withoutQuotes(printed);
            final String joined = begun.stripTrailing() + ' ' + rest;
            if (!rest.isEmpty() && rest.indexOf(FULL) < 0 && Part.NONE != part(joined))
            {
                line = joined;
            }
            else
            {
                whole.accept(begun);
            }
            begun = null;
        }
        if (!device.isEmpty() && withoutQuotes(line).startsWith(FULL))
        {
            line = device.stripTrailing() + ' ' + withoutQuotes(line);
        }
        device = line.endsWith(":") && DEVICE.matcher(line).find() ? line : "";
        if (Part.BEGIN == part(line))
        {
            begun = line;
        }
        else
        {
            whole.accept(line);
        }
    }

    /** There is no next line. */
    void end()
    {
        if (null != begun)
        {
            whole.accept(begun);
            begun = null;
        }
    }

    private enum Part
    {
        NONE, BEGIN, WHOLE
    }

    /** How much of a refusal the line ends with. */
    private static Part part(final String line)
    {
        final int at = line.lastIndexOf(FULL);
        if (at < 0)
        {
            return Part.NONE;
        }
        final Matcher matcher = MESSAGE.matcher(line.stripTrailing());
        matcher.region(at + FULL.length(), matcher.regionEnd());
        return matcher.lookingAt() ? Part.WHOLE : matcher.hitEnd() ? Part.BEGIN : Part.NONE;
    }

    /** A mail puts marks before what it quotes. */
    private static String withoutQuotes(final String line)
    {
        int from = 0;
        while (from < line.length() && (line.charAt(from) <= ' ' || "|>".indexOf(line.charAt(from)) >= 0))
        {
            from++;
        }
        return line.substring(from);
    }
}
