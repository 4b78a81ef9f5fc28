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
    private int written;
    /** Which range is looked at; less than zero for none. */
    private int range;
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
     * Handle a request and write its status.
     *
     * @param chain that it lies in, made for an answer in its last byte.
     * @return bytes written from the start of the chain's writable part.
     */
    int execute(final DescriptorChain chain)
    {
        failure = null;
        if (null != chain.fault() || chain.readable() < BlkProtocol.HEADER_LENGTH)
        {
            failure = null != chain.fault() ? chain.fault() : "request has no header: readable=" + chain.readable() +
                ", required=" + BlkProtocol.HEADER_LENGTH;
            return chain.answer(BlkProtocol.STATUS_IOERR, 0);
        }
        chain.read(0, header, 0, header.length);
        final int type = headerView.getInt(0, ByteOrder.LITTLE_ENDIAN);
        final long sector = headerView.getLong(BlkProtocol.SECTOR_OFFSET, ByteOrder.LITTLE_ENDIAN);
        final int room = chain.writable() - 1;
        written = 0;
        range = -1;
        int result;
        try
        {
            result = execute(chain, type, sector, room);
        }
        catch (final IOException e)
        {
            failure = BlkProtocol.typeName(type) + place(type, sector) + ": " + e.getMessage();
            result = BlkProtocol.STATUS_IOERR;
        }
        return chain.answer(result, written);
    }

    private int execute(final DescriptorChain chain, final int type, final long sector, final int room)
        throws IOException
    {
        final int given = chain.readable() - BlkProtocol.HEADER_LENGTH;
        switch (type)
        {
            case BlkProtocol.TYPE_IN ->
            {
                requireNone(given, "readable");
                read(chain, sector, room);
            }
            case BlkProtocol.TYPE_OUT ->
            {
                requireNone(room, "writable");
                write(chain, sector, given);
            }
            // 5.2.6.1: a driver SHOULD NOT give data, so there may be some; what is asked for is done all the same.
            case BlkProtocol.TYPE_FLUSH -> store.flush();
            case BlkProtocol.TYPE_GET_ID ->
            {
                requireNone(given, "readable");
                getId(chain, room);
            }
            case BlkProtocol.TYPE_DISCARD ->
            {
                requireNone(room, "writable");
                return discard(chain, given);
            }
            case BlkProtocol.TYPE_WRITE_ZEROES ->
            {
                requireNone(room, "writable");
                return writeZeroes(chain, given);
            }
            default ->
            {
                failure = "unsupported request: type=" + Integer.toUnsignedString(type);
                return BlkProtocol.STATUS_UNSUPP;
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
        if (hasUnknownFlags(count, 0))
        {
            return unsupported(BlkProtocol.TYPE_DISCARD);
        }
        requireRanges(count, BlkConfig.MAX_DISCARD_SECTORS);
        for (range = 0; range < count; range++)
        {
            if (0 != rangeSectors(range))
            {
                store.discard(rangePosition(range), rangeSectors(range) * BlkProtocol.SECTOR_SIZE);
            }
        }
        return BlkProtocol.STATUS_OK;
    }

    private int writeZeroes(final DescriptorChain chain, final int length) throws IOException
    {
        final int count = takeRanges(chain, length, BlkConfig.MAX_ZERO_RANGES);
        if (hasUnknownFlags(count, BlkProtocol.FLAG_UNMAP))
        {
            return unsupported(BlkProtocol.TYPE_WRITE_ZEROES);
        }
        requireRanges(count, BlkConfig.MAX_ZERO_SECTORS);
        for (range = 0; range < count; range++)
        {
            if (0 != rangeSectors(range))
            {
                store.writeZeroes(rangePosition(range), rangeSectors(range) * BlkProtocol.SECTOR_SIZE,
                    0 != rangeFlags(range));
            }
        }
        range = -1;
        flushIfWriteThrough();
        return BlkProtocol.STATUS_OK;
    }

    private void getId(final DescriptorChain chain, final int room) throws IOException
    {
        if (0 == room)
        {
            throw new IOException("request has no room for an id: writable=" + chain.writable());
        }
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

    /** Whether a range has flags that it may not have: it is {@link #range} then. */
    private boolean hasUnknownFlags(final int count, final int known)
    {
        for (range = 0; range < count; range++)
        {
            if (0 != (rangeFlags(range) & ~known))
            {
                return true;
            }
        }
        return false;
    }

    private void requireRanges(final int count, final long most) throws IOException
    {
        for (range = 0; range < count; range++)
        {
            if (rangeSectors(range) > most)
            {
                throw new IOException("range has more sectors than it may have: count=" + rangeSectors(range) +
                    ", maximum=" + most);
            }
            requireSectors(rangeSector(range), rangeSectors(range));
        }
    }

    /** Where a request failed: the sector of its header means something only if its data is of sectors (5.2.6). */
    private String place(final int type, final long sector)
    {
        if (range >= 0)
        {
            return " of sector " + Long.toUnsignedString(rangeSector(range)) + " (range " + range + ')';
        }
        return BlkProtocol.TYPE_IN == type || BlkProtocol.TYPE_OUT == type ?
            " of sector " + Long.toUnsignedString(sector) : "";
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

    /** 5.2.6: the data of a request goes in one direction. The other way nothing would move, and that succeed. */
    private static void requireNone(final int length, final String direction) throws IOException
    {
        if (0 != length)
        {
            throw new IOException("request has data of the wrong direction: " + direction + "=" + length);
        }
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

    private int unsupported(final int type)
    {
        failure = BlkProtocol.typeName(type) + place(type, 0) + ": unsupported flags: flags=0x" +
            Integer.toHexString(rangeFlags(range));
        return BlkProtocol.STATUS_UNSUPP;
    }
}
