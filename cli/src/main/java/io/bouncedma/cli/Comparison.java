/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Compares what comes from a disk with a file, and remembers the first byte that differs.
 */
final class Comparison implements Transfer.Sink
{
    private static final int NOWHERE = -1;

    private final FileChannel file;
    private ByteBuffer expected = ByteBuffer.allocate(0);
    private long first = NOWHERE;

    Comparison(final FileChannel file)
    {
        this.file = file;
    }

    @Override
    public void accept(final ByteBuffer bytes, final long position) throws IOException
    {
        if (first >= 0)
        {
            return;
        }
        if (expected.capacity() < bytes.remaining())
        {
            expected = ByteBuffer.allocateDirect(bytes.remaining());
        }
        expected.clear().limit(bytes.remaining());
        while (expected.hasRemaining() && file.read(expected, position + expected.position()) >= 0)
        {
            Thread.onSpinWait();
        }
        // A file that ends before differs where it ends.
        final int mismatch = expected.flip().mismatch(bytes);
        if (mismatch >= 0)
        {
            first = position + mismatch;
        }
    }

    boolean isEqual()
    {
        return first < 0;
    }

    /**
     * Where the two differ first.
     *
     * @param length of the disk: a longer file differs there.
     * @return byte, or a negative number if they are identical.
     * @throws IOException if the file's length can not be found out.
     */
    long differs(final long length) throws IOException
    {
        return first < 0 && file.size() > length ? length : first;
    }
}
