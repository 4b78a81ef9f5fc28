/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.os.FileErrors;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.ZipException;

/**
 * The lines of a text that may be compressed with gzip, whatever its name says. Takes any bytes from a file or a pipe:
 * a line without an end costs bounded memory, and gzip data that ends early gives all that could be read before. Not
 * thread-safe.
 */
public final class TraceLines implements AutoCloseable
{
    /** How many of the first bytes {@link #begin()} gives at most. */
    public static final int BEGIN = 64;

    private static final int BUFFER = 1 << 16;
    private static final int FIRST_LINE = 1 << 10;
    /** First two bytes of gzip data, RFC 1952 section 2.3.1. */
    private static final byte[] GZIP_MAGIC = {0x1f, (byte)0x8b};
    private static final String ENDINGS = "(\\.(gz|csv|txt|ftrace))+$";

    private final String source;
    private final int maxLine;
    private final byte[] buffer = new byte[BUFFER];
    private byte[] line = new byte[FIRST_LINE];
    private int length;
    private InputStream in;
    private int position;
    private int limit;
    private long number;
    private boolean endsEarly;

    /**
     * Open a file.
     *
     * @param file    to read.
     * @param maxLine bytes of a line that are kept; what is behind is dropped. No honest line should be as long.
     * @throws UncheckedIOException if it can not be read.
     */
    public TraceLines(final Path file, final int maxLine)
    {
        this(open(file), file.toString(), maxLine);
    }

    /**
     * Read a stream.
     *
     * @param stream  to read, and to close in the end.
     * @param source  what it is called in messages.
     * @param maxLine bytes of a line that are kept.
     * @throws UncheckedIOException if it can not be read.
     */
    public TraceLines(final InputStream stream, final String source, final int maxLine)
    {
        this.source = source;
        this.maxLine = maxLine;
        in = new BufferedInputStream(new EndsOnce(stream), BUFFER);
        try
        {
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
            throw unreadable(e);
        }
    }

    /**
     * What a trace from a file is called: the file's name without its endings.
     *
     * @param file that is read.
     * @return the name.
     */
    public static String nameOf(final Path file)
    {
        return file.getFileName().toString().replaceFirst(ENDINGS, "");
    }

    /**
     * What the text begins with, before the first line is read.
     *
     * @return at most {@link #BEGIN} bytes, those that come first; fewer if there are no more.
     */
    public byte[] begin()
    {
        while (limit < BEGIN && more())
        {
            // One read from a pipe may give a single byte.
        }
        return Arrays.copyOf(buffer, Math.min(limit, BEGIN));
    }

    /**
     * Go to the next line.
     *
     * @return false after the last.
     * @throws TraceFormatException if it is no valid gzip data.
     * @throws UncheckedIOException if the file can not be read.
     */
    public boolean advance()
    {
        length = 0;
        if (position == limit && !fill())
        {
            return false;
        }
        boolean isWhole = false;
        while (!isWhole && (position < limit || fill()))
        {
            int end = position;
            while (end < limit && buffer[end] != '\n')
            {
                end++;
            }
            keep(end);
            isWhole = end < limit;
            position = isWhole ? end + 1 : end;
        }
        number++;
        if (length > 0 && '\r' == line[length - 1])
        {
            length--;
        }
        return true;
    }

    /**
     * The bytes of the line that {@link #advance()} went to, without its end.
     *
     * @return a buffer that is used again for the next line; those of the line are the first {@link #length()}.
     */
    public byte[] bytes()
    {
        return line;
    }

    /**
     * The length of the line.
     *
     * @return bytes, as many as are kept of it.
     */
    public int length()
    {
        return length;
    }

    /**
     * The line as text. Bytes above 127 become characters of ISO 8859-1.
     *
     * @return a copy.
     */
    public String text()
    {
        return new String(line, 0, length, StandardCharsets.ISO_8859_1);
    }

    /**
     * The number of the line.
     *
     * @return from 1; 0 before the first.
     */
    public long number()
    {
        return number;
    }

    /**
     * Whether the end of gzip data was met before it should have come, so that the last line is half a line; or what
     * stands behind it is no gzip data, and was not read.
     *
     * @return false as long as all is well.
     */
    public boolean endsEarly()
    {
        return endsEarly;
    }

    /**
     * What is read.
     *
     * @return the name for messages.
     */
    public String source()
    {
        return source;
    }

    @Override
    public void close()
    {
        try
        {
            in.close();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream open(final Path file)
    {
        try
        {
            return Files.newInputStream(file);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private void keep(final int end)
    {
        final int count = Math.min(end - position, maxLine - length);
        if (length + count > line.length)
        {
            line = Arrays.copyOf(line, Math.min(maxLine, Math.max(2 * line.length, length + count)));
        }
        System.arraycopy(buffer, position, line, length, count);
        length += count;
    }

    private void openGzip() throws IOException
    {
        try
        {
            in = new GzipMembers(in, BUFFER);
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
        position = 0;
        limit = 0;
        return more();
    }

    private boolean more()
    {
        if (endsEarly)
        {
            return false;
        }
        try
        {
            final int count = in.read(buffer, limit, buffer.length - limit);
            limit += Math.max(0, count);
            endsEarly = count < 0 && in instanceof final GzipMembers members && members.isFollowed();
            return count > 0;
        }
        catch (final EOFException e)
        {
            endsEarly = true;
            return false;
        }
        catch (final ZipException e)
        {
            throw corrupt(e);
        }
        catch (final IOException e)
        {
            throw unreadable(e);
        }
    }

    private UncheckedIOException unreadable(final IOException e)
    {
        return new UncheckedIOException(FileErrors.named(source, e));
    }

    private TraceFormatException corrupt(final ZipException e)
    {
        return new TraceFormatException(source, number + 1, String.valueOf(e.getMessage()), "valid gzip data");
    }

    /** At a terminal the end is a key (Ctrl-D): who reads on after it waits for another line. */
    private static final class EndsOnce extends FilterInputStream
    {
        private boolean isAtEnd;

        EndsOnce(final InputStream stream)
        {
            super(stream);
        }

        @Override
        public int read() throws IOException
        {
            final int value = isAtEnd ? -1 : super.read();
            isAtEnd = value < 0;
            return value;
        }

        @Override
        public int read(final byte[] to, final int offset, final int length) throws IOException
        {
            final int count = isAtEnd ? -1 : super.read(to, offset, length);
            isAtEnd = count < 0;
            return count;
        }
    }
}
