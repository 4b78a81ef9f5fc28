/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.os.Printable;

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
     * @param source   that is read: a file, for example.
     * @param line     number from 1.
     * @param text     what stands there; 80 characters of it are shown.
     * @param expected what should stand there.
     */
    public TraceFormatException(final String source, final long line, final String text, final String expected)
    {
        super("malformed trace: file=" + source + ", line=" + line + ", text=\"" + Printable.ascii(text, SHOWN_CHARS) +
            "\", expected=" + expected);
    }
}
