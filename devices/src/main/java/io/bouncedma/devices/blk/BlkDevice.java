/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.VirtioDevice;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The back-end: serves a {@link BlockStore} as a virtio block device. The request header is copied before it is looked
 * at; data moves between the store and the shared memory without a copy in between. What is wrong with a request is
 * told by its status byte; no request stops the device.
 */
public final class BlkDevice implements VirtioDevice
{
    /** How large the queue can be, in descriptors. */
    public static final int QUEUE_SIZE_MAX = 32768;

    /** Chains that are handled before others get their turn. */
    private static final int BATCH = 64;
    /** Two descriptors of a request are its header and its status (5.2.5.2). */
    private static final int CONTROL_SEGMENTS = 2;

    private final BlockStore store;
    private final byte[] id;
    private final DescriptorChain chain = new DescriptorChain();
    private final byte[] header = new byte[BlkProtocol.HEADER_LENGTH];
    private final UnsafeBuffer headerView = new UnsafeBuffer(header);
    private final byte[] status = new byte[1];
    private final UnsafeBuffer config = new UnsafeBuffer(new byte[BlkProtocol.CONFIG_LENGTH]);
    private final int queueSizeMax;
    private long requests;
    private long failures;
    private String lastFailure;

    /**
     * Serve a store.
     *
     * @param store        to serve; it stays the caller's.
     * @param id           of the device, at most 20 bytes of ASCII.
     * @param queueSizeMax descriptors of the queue at most, up to {@link #QUEUE_SIZE_MAX}. Linux's drivers want a
     *                     power of two for a split ring; those of this library take the largest one in it.
     * @throws IllegalArgumentException if the id is too long or the size out of range.
     */
    public BlkDevice(final BlockStore store, final String id, final int queueSizeMax)
    {
        this.store = store;
        this.id = new byte[BlkProtocol.ID_LENGTH];
        this.queueSizeMax = queueSizeMax;
        final byte[] text = id.getBytes(StandardCharsets.US_ASCII);
        if (text.length > BlkProtocol.ID_LENGTH)
        {
            throw new IllegalArgumentException(
                "device id is too long: id=" + id + ", maximum=" + BlkProtocol.ID_LENGTH + " bytes");
        }
        if (queueSizeMax < 1 || queueSizeMax > QUEUE_SIZE_MAX)
        {
            throw new IllegalArgumentException("queue size must be from 1 to " + QUEUE_SIZE_MAX + ": queueSizeMax=" +
                queueSizeMax);
        }
        System.arraycopy(text, 0, this.id, 0, text.length);
        config.putLong(BlkProtocol.CONFIG_CAPACITY, store.sectors(), ByteOrder.LITTLE_ENDIAN);
        config.putInt(
            BlkProtocol.CONFIG_SEG_MAX, Math.max(1, queueSizeMax - CONTROL_SEGMENTS), ByteOrder.LITTLE_ENDIAN);
        config.putInt(BlkProtocol.CONFIG_BLK_SIZE, BlkProtocol.SECTOR_SIZE, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * How many requests were handled.
     *
     * @return a number that grows.
     */
    public long requests()
    {
        return requests;
    }

    /**
     * How many of them were not {@link BlkProtocol#STATUS_OK}.
     *
     * @return a number that grows.
     */
    public long failures()
    {
        return failures;
    }

    /**
     * Why the last one of those failed.
     *
     * @return null if none did.
     */
    public String lastFailure()
    {
        return lastFailure;
    }

    @Override
    public int type()
    {
        return DeviceType.BLOCK;
    }

    @Override
    public Features features()
    {
        final Features features =
            Features.of(BlkProtocol.F_SEG_MAX, BlkProtocol.F_BLK_SIZE, BlkProtocol.F_FLUSH);
        return store.isReadOnly() ? features.with(BlkProtocol.F_RO) : features;
    }

    @Override
    public int queueCount()
    {
        return 1;
    }

    @Override
    public int queueSizeMax(final int queue)
    {
        return queueSizeMax;
    }

    @Override
    public int configLength()
    {
        return BlkProtocol.CONFIG_LENGTH;
    }

    @Override
    public int readConfig(final int offset)
    {
        return config.getByte(offset) & 0xff;
    }

    @Override
    public int process(final int queue, final DeviceRing ring)
    {
        int count = 0;
        while (count < BATCH && ring.poll(chain))
        {
            ring.complete(chain, handle());
            count++;
        }
        return count;
    }

    private int handle()
    {
        requests++;
        if (null != chain.fault() || chain.readable() < BlkProtocol.HEADER_LENGTH || chain.writable() < 1)
        {
            // There is no status byte to tell by: the driver sees that nothing was written.
            fail(null != chain.fault() ? chain.fault() : "request has no header or no status: readable=" +
                chain.readable() + ", writable=" + chain.writable());
            return 0;
        }
        chain.read(0, header, 0, header.length);
        final int type = headerView.getInt(0, ByteOrder.LITTLE_ENDIAN);
        final long sector = headerView.getLong(BlkProtocol.SECTOR_OFFSET, ByteOrder.LITTLE_ENDIAN);
        final int room = chain.writable() - 1;
        int written = 0;
        int result = BlkProtocol.STATUS_OK;
        try
        {
            switch (type)
            {
                case BlkProtocol.TYPE_IN -> written = read(sector, room);
                case BlkProtocol.TYPE_OUT -> write(sector, chain.readable() - BlkProtocol.HEADER_LENGTH);
                case BlkProtocol.TYPE_FLUSH -> store.flush();
                case BlkProtocol.TYPE_GET_ID -> written = getId(room);
                default ->
                {
                    fail("unsupported request: type=" + Integer.toUnsignedString(type));
                    result = BlkProtocol.STATUS_UNSUPP;
                }
            }
        }
        catch (final IOException e)
        {
            fail(BlkProtocol.typeName(type) + " of sector " + Long.toUnsignedString(sector) + ": " + e.getMessage());
            result = BlkProtocol.STATUS_IOERR;
        }
        status[0] = (byte)result;
        chain.write(room, status, 0, 1);
        // 2.7.8.2: the length counts from the start of the writable part without a gap, so the status byte counts only
        // if all before it was written.
        return written == room ? room + 1 : written;
    }

    private int read(final long sector, final int length) throws IOException
    {
        requireSectors(sector, length);
        int done = 0;
        while (done < length)
        {
            final ByteBuffer bytes = chain.writableBytes(done, length - done);
            final int count = bytes.remaining();
            store.read(sector * BlkProtocol.SECTOR_SIZE + done, bytes);
            done += count;
        }
        return length;
    }

    private void write(final long sector, final int length) throws IOException
    {
        if (store.isReadOnly())
        {
            throw new IOException("device is read-only");
        }
        requireSectors(sector, length);
        int done = 0;
        while (done < length)
        {
            final ByteBuffer bytes = chain.readableBytes(BlkProtocol.HEADER_LENGTH + done, length - done);
            final int count = bytes.remaining();
            store.write(sector * BlkProtocol.SECTOR_SIZE + done, bytes);
            done += count;
        }
    }

    private int getId(final int room)
    {
        final int length = Math.min(room, id.length);
        chain.write(0, id, 0, length);
        return length;
    }

    private void requireSectors(final long sector, final int length) throws IOException
    {
        final long count = length / BlkProtocol.SECTOR_SIZE;
        if (0 != length % BlkProtocol.SECTOR_SIZE)
        {
            throw new IOException("data is no whole number of sectors: length=" + length);
        }
        if (sector < 0 || sector > store.sectors() - count)
        {
            throw new IOException("sectors are outside the device: count=" + count + ", capacity=" + store.sectors());
        }
    }

    private void fail(final String reason)
    {
        failures++;
        lastFailure = reason;
    }
}
