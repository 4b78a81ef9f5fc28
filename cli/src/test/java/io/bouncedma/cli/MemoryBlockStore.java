/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.devices.blk.BlockStore;

import java.nio.ByteBuffer;

/**
 * A block store in a byte array.
 */
final class MemoryBlockStore implements BlockStore
{
    private final ByteBuffer bytes;

    MemoryBlockStore(final long sectors)
    {
        bytes = ByteBuffer.allocate((int)(sectors * BlkProtocol.SECTOR_SIZE));
    }

    @Override
    public long sectors()
    {
        return bytes.capacity() / BlkProtocol.SECTOR_SIZE;
    }

    @Override
    public boolean isReadOnly()
    {
        return false;
    }

    @Override
    public void read(final long position, final ByteBuffer to)
    {
        to.put(bytes.slice((int)position, to.remaining()));
    }

    @Override
    public void write(final long position, final ByteBuffer from)
    {
        bytes.slice((int)position, from.remaining()).put(from);
    }

    @Override
    public void flush()
    {
    }

    @Override
    public void close()
    {
    }
}
