/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.nio.file.Path;

/**
 * A trace file is not what it should be. The message names the file, the line, what stands there and what should.
 */
public final class TraceFormatException extends RuntimeException
{
    private static final long serialVersionUID = 1L;
    private static final int SHOWN_CHARS = 80;

    /**
     * Tell where and what.
     *
     * @param file     that is read.
     * @param line     number from 1.
     * @param text     what stands there; 80 characters of it are shown.
     * @param expected what should stand there.
     */
    TraceFormatException(final Path file, final long line, final String text, final String expected)
    {
        super("malformed trace: file=" + file + ", line=" + line + ", text=\"" + printable(text, SHOWN_CHARS) +
            "\", expected=" + expected);
    }

    /**
     * The beginning of a text of unknown origin, fit for a terminal.
     */
    static String printable(final String text, final int chars)
    {
        final String begin = text.length() > chars ? text.substring(0, chars) : text;
        return begin.replaceAll("[^ -~]", "?");
    }
}
