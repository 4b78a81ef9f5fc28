/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A block store in an ordinary file. A file whose length is no multiple of 512 has one more sector, which reads as zero
 * behind the end of the file and makes the file longer when it is written.
 */
public final class FileBlockStore implements BlockStore
{
    private final FileChannel channel;
    private final long sectors;
    private final boolean isReadOnly;

    /**
     * Open a file.
     *
     * @param path       of an existing file.
     * @param isReadOnly whether to never write it.
     * @throws IOException if it can not be opened.
     */
    public FileBlockStore(final Path path, final boolean isReadOnly) throws IOException
    {
        this.isReadOnly = isReadOnly;
        channel = isReadOnly ?
            FileChannel.open(path, StandardOpenOption.READ) :
            FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        sectors = Math.ceilDiv(channel.size(), BlkProtocol.SECTOR_SIZE);
    }

    @Override
    public long sectors()
    {
        return sectors;
    }

    @Override
    public boolean isReadOnly()
    {
        return isReadOnly;
    }

    @Override
    public void read(final long position, final ByteBuffer to) throws IOException
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

    @Override
    public void write(final long position, final ByteBuffer from) throws IOException
    {
        long at = position;
        while (from.hasRemaining())
        {
            at += channel.write(from, at);
        }
    }

    @Override
    public void flush() throws IOException
    {
        if (!isReadOnly)
        {
            channel.force(false);
        }
    }

    @Override
    public void close() throws IOException
    {
        channel.close();
    }
}
