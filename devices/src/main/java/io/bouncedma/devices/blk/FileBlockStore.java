/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.FileErrors;
import io.bouncedma.os.SparseFile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A block store in an ordinary file. A file whose length is no multiple of 512 has one more sector, which reads as zero
 * behind the end of the file and makes the file longer when it is written. Discarding punches holes, and so does
 * zeroing that may give space back, where the filesystem has holes; elsewhere zeros are written.
 */
public final class FileBlockStore implements BlockStore
{
    /** For messages. */
    private final Path path;
    private final FileChannel channel;
    /** For what a channel can not do. Null if the file is never written. */
    private final SparseFile sparse;

    /**
     * Open a file.
     *
     * @param path       of an existing file.
     * @param isReadOnly whether to never write it.
     * @throws IOException if it can not be opened.
     */
    public FileBlockStore(final Path path, final boolean isReadOnly) throws IOException
    {
        this.path = path;
        if (isReadOnly)
        {
            sparse = null;
            channel = FileChannel.open(path, StandardOpenOption.READ);
            return;
        }
        try
        {
            sparse = SparseFile.open(path);
        }
        catch (final ErrnoException e)
        {
            throw new IOException(e.getMessage(), e);
        }
        try
        {
            // The very same file, also if another one takes its path just now.
            channel = FileChannel.open(sparse.path(), StandardOpenOption.READ, StandardOpenOption.WRITE);
        }
        catch (final IOException | RuntimeException e)
        {
            sparse.close();
            throw e;
        }
    }

    @Override
    public long sectors()
    {
        try
        {
            return Math.ceilDiv(channel.size(), BlkProtocol.SECTOR_SIZE);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(FileErrors.named(path, e));
        }
    }

    @Override
    public boolean isReadOnly()
    {
        return null == sparse;
    }

    @Override
    public void read(final long position, final ByteBuffer to) throws IOException
    {
        try
        {
            long at = position;
            while (to.hasRemaining())
            {
                final int count = channel.read(to, at);
                if (count < 0)
                {
                    while (to.hasRemaining())
                    {
                        to.put((byte)0);
                    }
                    return;
                }
                at += count;
            }
        }
        catch (final IOException e)
        {
            throw FileErrors.named(path, e);
        }
    }

    @Override
    public void write(final long position, final ByteBuffer from) throws IOException
    {
        try
        {
            long at = position;
            while (from.hasRemaining())
            {
                at += channel.write(from, at);
            }
        }
        catch (final IOException e)
        {
            throw FileErrors.named(path, e);
        }
    }

    @Override
    public boolean canDiscard()
    {
        return null != sparse && sparse.hasHoles();
    }

    @Override
    public void discard(final long position, final long length) throws IOException
    {
        if (canDiscard())
        {
            punchHole(position, length);
        }
    }

    @Override
    public void writeZeroes(final long position, final long length, final boolean mayUnmap) throws IOException
    {
        if (!(mayUnmap && canDiscard() ? punchHole(position, length) : zeroRange(position, length)))
        {
            BlockStore.super.writeZeroes(position, length, mayUnmap);
        }
    }

    @Override
    public void flush() throws IOException
    {
        try
        {
            if (!isReadOnly())
            {
                channel.force(false);
            }
        }
        catch (final IOException e)
        {
            throw FileErrors.named(path, e);
        }
    }

    @Override
    public void close() throws IOException
    {
        if (null != sparse)
        {
            sparse.close();
        }
        channel.close();
    }

    private boolean punchHole(final long position, final long length) throws IOException
    {
        try
        {
            return sparse.punchHole(position, length);
        }
        catch (final ErrnoException e)
        {
            throw new IOException(e.getMessage(), e);
        }
    }

    private boolean zeroRange(final long position, final long length) throws IOException
    {
        try
        {
            return null != sparse && sparse.zeroRange(position, length);
        }
        catch (final ErrnoException e)
        {
            throw new IOException(e.getMessage(), e);
        }
    }
}
