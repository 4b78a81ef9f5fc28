/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.virtio.DescriptorChain;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Does what a request asks of a store. Header and ranges are copied before they are looked at; data moves between the
 * store and the shared memory without a copy in between. How the driver cut the request into descriptors does not
 * matter (virtio 1.4, section 2.7.4).
 */
final class BlkExecutor
{
    private final BlockStore store;
    private final BlkConfig config;
    private final byte[] id;
    private final byte[] header = new byte[BlkProtocol.HEADER_LENGTH];
    private final UnsafeBuffer headerView = new UnsafeBuffer(header);
    private final byte[] ranges = new byte[BlkConfig.MAX_DISCARD_RANGES * BlkProtocol.RANGE_LENGTH];
    private final UnsafeBuffer rangesView = new UnsafeBuffer(ranges);
    private final byte[] status = new byte[1];
    private int written;
    private String failure;

    BlkExecutor(final BlockStore store, final BlkConfig config, final byte[] id)
    {
        this.store = store;
        this.config = config;
        this.id = id;
    }

    /** Why the last request failed; null if it did not. */
    String failure()
    {
        return failure;
    }

    /**
     * Handle a request.
     *
     * @param chain that it lies in.
     * @return bytes written from the start of the chain's writable part.
     */
    int execute(final DescriptorChain chain)
    {
        failure = null;
        if (null != chain.fault() || chain.readable() < BlkProtocol.HEADER_LENGTH || chain.writable() < 1)
        {
            // There is no status byte to tell by: the driver sees that nothing was written.
            failure = null != chain.fault() ? chain.fault() : "request has no header or no status: readable=" +
                chain.readable() + ", writable=" + chain.writable();
            return 0;
        }
        chain.read(0, header, 0, header.length);
        final int type = headerView.getInt(0, ByteOrder.LITTLE_ENDIAN);
        final long sector = headerView.getLong(BlkProtocol.SECTOR_OFFSET, ByteOrder.LITTLE_ENDIAN);
        final int room = chain.writable() - 1;
        written = 0;
        int result;
        try
        {
            result = execute(chain, type, sector, room);
        }
        catch (final IOException e)
        {
            failure =
                BlkProtocol.typeName(type) + " of sector " + Long.toUnsignedString(sector) + ": " + e.getMessage();
            result = BlkProtocol.STATUS_IOERR;
        }
        status[0] = (byte)result;
        chain.write(room, status, 0, 1);
        // 2.7.8.2: the length counts from the start of the writable part without a gap, so the status byte counts only
        // if all before it was written.
        return written == room ? room + 1 : written;
    }

    private int execute(final DescriptorChain chain, final int type, final long sector, final int room)
        throws IOException
    {
        final int given = chain.readable() - BlkProtocol.HEADER_LENGTH;
        switch (type)
        {
            case BlkProtocol.TYPE_IN -> read(chain, sector, room);
            case BlkProtocol.TYPE_OUT -> write(chain, sector, given);
            case BlkProtocol.TYPE_FLUSH -> store.flush();
            case BlkProtocol.TYPE_GET_ID -> getId(chain, room);
            case BlkProtocol.TYPE_DISCARD ->
            {
                return discard(chain, given);
            }
            case BlkProtocol.TYPE_WRITE_ZEROES ->
            {
                return writeZeroes(chain, given);
            }
            default ->
            {
                return unsupported("unsupported request: type=" + Integer.toUnsignedString(type));
            }
        }
        return BlkProtocol.STATUS_OK;
    }

    private void read(final DescriptorChain chain, final long sector, final int length) throws IOException
    {
        requireSectors(sector, sectors(length));
        int done = 0;
        while (done < length)
        {
            final ByteBuffer bytes = chain.writableBytes(done, length - done);
            final int count = bytes.remaining();
            store.read(sector * BlkProtocol.SECTOR_SIZE + done, bytes);
            done += count;
        }
        written = length;
    }

    private void write(final DescriptorChain chain, final long sector, final int length) throws IOException
    {
        requireWritable();
        requireSectors(sector, sectors(length));
        int done = 0;
        while (done < length)
        {
            final ByteBuffer bytes = chain.readableBytes(BlkProtocol.HEADER_LENGTH + done, length - done);
            final int count = bytes.remaining();
            store.write(sector * BlkProtocol.SECTOR_SIZE + done, bytes);
            done += count;
        }
        flushIfWriteThrough();
    }

    private int discard(final DescriptorChain chain, final int length) throws IOException
    {
        final int count = takeRanges(chain, length, BlkConfig.MAX_DISCARD_RANGES);
        // 5.2.6.2: neither an unknown flag, nor the one that is another request's.
        final int flags = flags(count);
        if (0 != flags)
        {
            return unsupported("unsupported flags of DISCARD: flags=0x" + Integer.toHexString(flags));
        }
        requireRanges(count, BlkConfig.MAX_DISCARD_SECTORS);
        for (int i = 0; i < count; i++)
        {
            if (0 != rangeSectors(i))
            {
                store.discard(rangePosition(i), rangeSectors(i) * BlkProtocol.SECTOR_SIZE);
            }
        }
        return BlkProtocol.STATUS_OK;
    }

    private int writeZeroes(final DescriptorChain chain, final int length) throws IOException
    {
        final int count = takeRanges(chain, length, BlkConfig.MAX_ZERO_RANGES);
        final int unknown = flags(count) & ~BlkProtocol.FLAG_UNMAP;
        if (0 != unknown)
        {
            return unsupported("unsupported flags of WRITE_ZEROES: flags=0x" + Integer.toHexString(unknown));
        }
        requireRanges(count, BlkConfig.MAX_ZERO_SECTORS);
        for (int i = 0; i < count; i++)
        {
            if (0 != rangeSectors(i))
            {
                store.writeZeroes(rangePosition(i), rangeSectors(i) * BlkProtocol.SECTOR_SIZE, 0 != rangeFlags(i));
            }
        }
        flushIfWriteThrough();
        return BlkProtocol.STATUS_OK;
    }

    private void getId(final DescriptorChain chain, final int room)
    {
        written = Math.min(room, id.length);
        chain.write(0, id, 0, written);
    }

    private void flushIfWriteThrough() throws IOException
    {
        if (!config.isWriteBack())
        {
            store.flush();
        }
    }

    /** Copy the ranges of a request; what is wrong with one of them is to be found before any is touched. */
    private int takeRanges(final DescriptorChain chain, final int length, final int most) throws IOException
    {
        requireWritable();
        if (0 == length || 0 != length % BlkProtocol.RANGE_LENGTH || length > most * BlkProtocol.RANGE_LENGTH)
        {
            throw new IOException("data is not 1 to " + most + " ranges of " + BlkProtocol.RANGE_LENGTH +
                " bytes: length=" + length);
        }
        chain.read(BlkProtocol.HEADER_LENGTH, ranges, 0, length);
        return length / BlkProtocol.RANGE_LENGTH;
    }

    private int flags(final int count)
    {
        int flags = 0;
        for (int i = 0; i < count; i++)
        {
            flags |= rangeFlags(i);
        }
        return flags;
    }

    private void requireRanges(final int count, final long most) throws IOException
    {
        for (int i = 0; i < count; i++)
        {
            if (rangeSectors(i) > most)
            {
                throw new IOException("range has more sectors than it may have: index=" + i + ", count=" +
                    rangeSectors(i) + ", maximum=" + most);
            }
            requireSectors(rangeSector(i), rangeSectors(i));
        }
    }

    private long rangePosition(final int index)
    {
        return rangeSector(index) * BlkProtocol.SECTOR_SIZE;
    }

    private long rangeSector(final int index)
    {
        return rangesView.getLong(index * BlkProtocol.RANGE_LENGTH, ByteOrder.LITTLE_ENDIAN);
    }

    private long rangeSectors(final int index)
    {
        return Integer.toUnsignedLong(rangesView.getInt(
            index * BlkProtocol.RANGE_LENGTH + BlkProtocol.RANGE_SECTORS, ByteOrder.LITTLE_ENDIAN));
    }

    private int rangeFlags(final int index)
    {
        return rangesView.getInt(index * BlkProtocol.RANGE_LENGTH + BlkProtocol.RANGE_FLAGS, ByteOrder.LITTLE_ENDIAN);
    }

    private static long sectors(final int length) throws IOException
    {
        if (0 != length % BlkProtocol.SECTOR_SIZE)
        {
            throw new IOException("data is no whole number of sectors: length=" + length);
        }
        return length / BlkProtocol.SECTOR_SIZE;
    }

    private void requireWritable() throws IOException
    {
        if (store.isReadOnly())
        {
            throw new IOException("device is read-only");
        }
    }

    private void requireSectors(final long sector, final long count) throws IOException
    {
        if (sector < 0 || sector > config.capacity() - count)
        {
            throw new IOException("sectors are outside the device: count=" + count + ", capacity=" + config.capacity());
        }
    }

    private int unsupported(final String reason)
    {
        failure = reason;
        return BlkProtocol.STATUS_UNSUPP;
    }
}
