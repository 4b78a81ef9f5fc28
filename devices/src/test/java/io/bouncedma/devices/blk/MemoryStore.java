/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import java.nio.ByteBuffer;

/**
 * A block store in a byte array that has no holes and knows what of it is durable.
 */
class MemoryStore implements BlockStore
{
    byte[] bytes;
    byte[] durable;
    long flushes;

    MemoryStore(final int sectors)
    {
        bytes = new byte[sectors * BlkProtocol.SECTOR_SIZE];
        durable = bytes.clone();
    }

    @Override
    public long sectors()
    {
        return bytes.length / BlkProtocol.SECTOR_SIZE;
    }

    @Override
    public boolean isReadOnly()
    {
        return false;
    }

    @Override
    public void read(final long position, final ByteBuffer to)
    {
        to.put(bytes, (int)position, to.remaining());
    }

    @Override
    public void write(final long position, final ByteBuffer from)
    {
        from.get(bytes, (int)position, from.remaining());
    }

    @Override
    public void flush()
    {
        flushes++;
        durable = bytes.clone();
    }

    @Override
    public void close()
    {
    }
}
