/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.doctor;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * The lines of a log of any length. A line costs bounded memory: what is beyond {@link #MAX_LINE} is dropped and told.
 */
final class LogLines
{
    /** The kernel cuts its own records at about 1 KiB, and heads of log daemons are short. */
    static final int MAX_LINE = 4096;

    private static final int BUFFER = 1 << 16;

    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER];
    private final byte[] line = new byte[MAX_LINE];
    private int position;
    private int limit;
    private long lines;
    private long cut;
    private boolean endsEarly;

    LogLines(final InputStream in)
    {
        this.in = in;
    }

    /**
     * The next line without its end, bytes as characters of ISO 8859-1, or null after the last.
     */
    String next() throws IOException
    {
        int length = 0;
        boolean any = false;
        boolean whole = true;
        while (position < limit || fill())
        {
            any = true;
            final int end = endOfLine();
            final int taken = Math.min(end - position, MAX_LINE - length);
            System.arraycopy(buffer, position, line, length, taken);
            length += taken;
            whole &= taken == end - position;
            position = end;
            if (end < limit)
            {
                position++;
                break;
            }
        }
        if (!any)
        {
            return null;
        }
        lines++;
        cut += whole ? 0 : 1;
        final int end = length > 0 && '\r' == line[length - 1] ? length - 1 : length;
        return new String(line, 0, end, StandardCharsets.ISO_8859_1);
    }

    /** How many lines were read. */
    long lines()
    {
        return lines;
    }

    /** How many of them were longer than is looked at. */
    long cut()
    {
        return cut;
    }

    /** Whether compressed data ended before it should have. */
    boolean endsEarly()
    {
        return endsEarly;
    }

    private int endOfLine()
    {
        int end = position;
        while (end < limit && '\n' != buffer[end])
        {
            end++;
        }
        return end;
    }

    private boolean fill() throws IOException
    {
        position = 0;
        try
        {
            limit = Math.max(0, in.read(buffer));
        }
        catch (final EOFException e)
        {
            limit = 0;
            endsEarly = true;
        }
        return limit > 0;
    }
}
