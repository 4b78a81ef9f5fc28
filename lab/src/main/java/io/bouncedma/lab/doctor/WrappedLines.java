/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts a refusal together again that a mail broke, behind the device, within the message, or anywhere by
 * {@code quoted-printable}, of which raw mails are. All other lines go through as they are, and in order.
 */
final class WrappedLines
{
    private static final String FULL = "swiotlb buffer is full";
    /** What must be left of it at the end of a line. */
    private static final String FIRST_WORD = ": swiotlb";
    /** By RFC 2045 no line is longer, and {@code =} at its end joins it with the next. */
    private static final int MAX_ENCODED = 76;
    /** Encoders fill lines. */
    private static final int MIN_ENCODED = 60;
    private static final int MAX_JOINED = 4 * MAX_ENCODED;
    /** What follows it; kernels before 5.2 end behind the bytes, which is no reason not to look at the next line. */
    private static final Pattern MESSAGE =
        Pattern.compile(" \\(sz: \\d{1,20} bytes\\),? total \\d{1,20} \\(slots\\), used \\d");
    /** A device that the line ends with, as {@code 0000:02:00.0:}; no word of a sentence has a digit. */
    private static final Pattern DEVICE = Pattern.compile("\\S*\\d\\S*:\\s*$");

    private final Consumer<String> whole;
    /** A line that ends within a refusal, or null. */
    private String begun;
    /** Whether it goes on without a blank. */
    private boolean isEncoded;
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
            final String joined = isEncoded ? begun.substring(0, begun.lastIndexOf('=')) + printed :
                begun.stripTrailing() + ' ' + withoutQuotes(printed);
            if (goesOn(withoutQuotes(printed)) && Part.NONE != part(joined))
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
        isEncoded = printed.length() >= MIN_ENCODED && printed.length() <= MAX_ENCODED && printed.endsWith("=") &&
            line.length() <= MAX_JOINED;
        if (isEncoded || Part.BEGIN == part(line))
        {
            begun = line;
        }
        else
        {
            whole.accept(line);
        }
    }

    /** Whether a line may be the rest of the one before: it begins no message of its own. */
    private boolean goesOn(final String rest)
    {
        final int at = rest.indexOf(FULL);
        // A device that was cut off has one word at the most.
        return !rest.isEmpty() && (at < 0 || isEncoded && rest.indexOf(' ') >= at - 1);
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
            final int word = line.lastIndexOf(FIRST_WORD);
            return word >= 0 && FULL.startsWith(line.substring(word + 2).stripTrailing()) ? Part.BEGIN : Part.NONE;
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
