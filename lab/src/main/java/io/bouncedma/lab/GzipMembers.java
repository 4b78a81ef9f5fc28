/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Gzip data of one member or several. What stands behind the last one and is none the JDK drops without a word; here it
 * can be asked for. Not thread-safe.
 */
final class GzipMembers extends GZIPInputStream
{
    /** CRC32 and ISIZE, RFC 1952 section 2.3. */
    private static final int TRAILER = 8;
    /** Members without data behind each other. */
    private static final int MAX_EMPTY = 256;

    private int nested;

    GzipMembers(final InputStream in, final int buffer) throws IOException
    {
        super(in, buffer);
    }

    @Override
    public int read(final byte[] bytes, final int offset, final int length) throws IOException
    {
        // The JDK's method calls itself for the next member where one has no data: a stack is not as deep as a file.
        if (MAX_EMPTY == nested)
        {
            throw new ZipException("more than " + MAX_EMPTY + " members without data");
        }
        nested++;
        try
        {
            return super.read(bytes, offset, length);
        }
        finally
        {
            nested--;
        }
    }

    /**
     * Whether anything but the zeros of a tape stands behind the last member, or half a member. Ask at the end only.
     */
    boolean isFollowed() throws IOException
    {
        for (int i = len - inf.getRemaining() + TRAILER; i < len; i++)
        {
            if (0 != buf[i])
            {
                return true;
            }
        }
        int next = in.read();
        while (0 == next)
        {
            next = in.read();
        }
        return next > 0;
    }
}
