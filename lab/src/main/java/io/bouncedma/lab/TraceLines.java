/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The lines of a text file that may be compressed, whatever its name says. Takes any bytes: a line without an end
 * costs bounded memory, and gzip data that ends early gives all that could be read before.
 */
final class TraceLines implements AutoCloseable
{
    /** No honest line is as long; what is behind is dropped. */
    static final int MAX_LINE = 4096;

    private static final int BUFFER = 1 << 16;
    /** First two bytes of gzip data, RFC 1952 section 2.3.1. */
    private static final byte[] GZIP_MAGIC = {0x1f, (byte)0x8b};
    private static final String ENDINGS = "(\\.(gz|csv|txt|ftrace))+$";

    private final Path file;
    private final byte[] buffer = new byte[BUFFER];
    private final byte[] line = new byte[MAX_LINE];
    private InputStream in;
    private int position;
    private int limit;
    private long number;
    private boolean endsEarly;

    /**
     * Open a file.
     *
     * @throws UncheckedIOException if it can not be read.
     */
    TraceLines(final Path file)
    {
        this.file = file;
        try
        {
            in = new BufferedInputStream(Files.newInputStream(file), BUFFER);
            in.mark(GZIP_MAGIC.length);
            final boolean compressed = Arrays.equals(GZIP_MAGIC, in.readNBytes(GZIP_MAGIC.length));
            in.reset();
            if (compressed)
            {
                openGzip();
            }
        }
        catch (final IOException e)
        {
            close();
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What a trace from a file is called: the file's name without its endings.
     */
    static String nameOf(final Path file)
    {
        return file.getFileName().toString().replaceFirst(ENDINGS, "");
    }

    /**
     * The next line without its end, or null after the last. Bytes above 127 become characters of ISO 8859-1.
     *
     * @throws TraceFormatException if it is no valid gzip data.
     * @throws UncheckedIOException if the file can not be read.
     */
    String next()
    {
        int length = 0;
        boolean any = false;
        while (position < limit || fill())
        {
            any = true;
            final byte next = buffer[position++];
            if ('\n' == next)
            {
                break;
            }
            if (length < MAX_LINE)
            {
                line[length++] = next;
            }
        }
        if (!any)
        {
            return null;
        }
        number++;
        final int end = length > 0 && '\r' == line[length - 1] ? length - 1 : length;
        return new String(line, 0, end, StandardCharsets.ISO_8859_1);
    }

    /**
     * The number of the line that {@link #next()} gave, from 1.
     */
    long number()
    {
        return number;
    }

    /**
     * Whether the end of gzip data was met before it should have come. The last line is then half a line.
     */
    boolean endsEarly()
    {
        return endsEarly;
    }

    @Override
    public void close()
    {
        try
        {
            if (null != in)
            {
                in.close();
            }
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private void openGzip() throws IOException
    {
        try
        {
            in = new GZIPInputStream(in, BUFFER);
        }
        catch (final EOFException e)
        {
            endsEarly = true;
        }
        catch (final ZipException e)
        {
            close();
            throw corrupt(e);
        }
    }

    private boolean fill()
    {
        if (endsEarly)
        {
            return false;
        }
        try
        {
            position = 0;
            limit = Math.max(0, in.read(buffer));
        }
        catch (final EOFException e)
        {
            limit = 0;
            endsEarly = true;
        }
        catch (final ZipException e)
        {
            throw corrupt(e);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
        return limit > 0;
    }

    private TraceFormatException corrupt(final ZipException e)
    {
        return new TraceFormatException(file, number + 1, String.valueOf(e.getMessage()), "valid gzip data");
    }
}
