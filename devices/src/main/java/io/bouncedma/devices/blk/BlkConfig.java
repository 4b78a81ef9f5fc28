/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.virtio.Features;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * The configuration of the back-end and the features that go with it (virtio 1.4, sections 5.2.3 and 5.2.4).
 */
final class BlkConfig
{
    /** Ranges of a request to discard: what Linux's drivers put together at most. */
    static final int MAX_DISCARD_RANGES = 256;
    /** Sectors of a range to discard, 2 GiB: a filesystem does so in no time. */
    static final int MAX_DISCARD_SECTORS = 1 << 22;
    /** Ranges of a request to zero. */
    static final int MAX_ZERO_RANGES = 16;
    /** Sectors of a range to zero, 16 MiB: where there are no holes they are written, and all other requests wait. */
    static final int MAX_ZERO_SECTORS = 1 << 15;

    /** Two descriptors of a request are its header and its status (5.2.5.2). */
    private static final int CONTROL_SEGMENTS = 2;
    /** The smallest queue that a VMM gives unasked: QEMU's default for a vhost-user disk. */
    private static final int SMALLEST_USUAL_QUEUE = 128;
    /** What filesystems punch holes in. */
    private static final int HOLE_ALIGNMENT = 4096;

    private final UnsafeBuffer bytes = new UnsafeBuffer(new byte[BlkProtocol.CONFIG_LENGTH]);
    private final Features features;
    private final boolean isInitiallyWriteBack;
    /** What was negotiated; before that, and so before a driver can know better, what is offered. */
    private Features negotiated;

    BlkConfig(final BlkSettings settings, final long sectors, final boolean isReadOnly, final boolean canDiscard)
    {
        features = offered(settings.queues() > 1, isReadOnly, canDiscard);
        negotiated = features;
        isInitiallyWriteBack = settings.isWriteBack();
        capacity(sectors);
        putInt(BlkProtocol.CONFIG_SEG_MAX, segMax(settings.queueSizeMax()));
        putShort(BlkProtocol.CONFIG_NUM_QUEUES, settings.queues());
        putTopology(settings.topology());
        putByte(BlkProtocol.CONFIG_WRITEBACK, isInitiallyWriteBack);
        if (features.has(BlkProtocol.F_DISCARD))
        {
            putInt(BlkProtocol.CONFIG_MAX_DISCARD_SECTORS, MAX_DISCARD_SECTORS);
            putInt(BlkProtocol.CONFIG_MAX_DISCARD_SEG, MAX_DISCARD_RANGES);
            putInt(BlkProtocol.CONFIG_DISCARD_ALIGNMENT,
                Math.max(HOLE_ALIGNMENT, settings.topology().physicalBlockSize()) / BlkProtocol.SECTOR_SIZE);
        }
        if (features.has(BlkProtocol.F_WRITE_ZEROES))
        {
            putInt(BlkProtocol.CONFIG_MAX_WRITE_ZEROES_SECTORS, MAX_ZERO_SECTORS);
            putInt(BlkProtocol.CONFIG_MAX_WRITE_ZEROES_SEG, MAX_ZERO_RANGES);
            putByte(BlkProtocol.CONFIG_WRITE_ZEROES_MAY_UNMAP, canDiscard);
        }
    }

    /** What the device offers. */
    Features features()
    {
        return features;
    }

    int read(final int offset)
    {
        return bytes.getByte(offset) & 0xff;
    }

    /** The driver writes a byte: of all there is, it may set the write cache's mode. */
    void write(final int offset, final int value)
    {
        // 5.2.6.2: a driver that can not flush would never have anything durable.
        if (BlkProtocol.CONFIG_WRITEBACK == offset && negotiated.has(BlkProtocol.F_CONFIG_WCE) &&
            negotiated.has(BlkProtocol.F_FLUSH))
        {
            putByte(offset, 0 != value);
        }
    }

    /**
     * The driver is set up.
     *
     * @return whether that changed the configuration.
     */
    boolean activate(final Features accepted)
    {
        negotiated = accepted;
        final boolean wasWriteBack = isWriteBack();
        // 5.2.5.2: without FLUSH it must begin as write-through.
        putByte(BlkProtocol.CONFIG_WRITEBACK, wasWriteBack && accepted.has(BlkProtocol.F_FLUSH));
        return wasWriteBack != isWriteBack();
    }

    void reset()
    {
        negotiated = features;
        putByte(BlkProtocol.CONFIG_WRITEBACK, isInitiallyWriteBack);
    }

    /** Whether what is written may become durable later. */
    boolean isWriteBack()
    {
        return 0 != bytes.getByte(BlkProtocol.CONFIG_WRITEBACK);
    }

    long capacity()
    {
        return bytes.getLong(BlkProtocol.CONFIG_CAPACITY, ByteOrder.LITTLE_ENDIAN);
    }

    void capacity(final long sectors)
    {
        bytes.putLong(BlkProtocol.CONFIG_CAPACITY, sectors, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * SIZE_MAX is not offered: a segment may be of any length. GEOMETRY is not: cylinders and heads mean nothing to a
     * file, and drivers make some up where they must show any. LIFETIME and SECURE_ERASE are not: a file has no cells
     * that wear out, and nobody can tell where a filesystem keeps old copies.
     */
    private static Features offered(final boolean isMultiQueue, final boolean isReadOnly, final boolean canDiscard)
    {
        Features offered = Features.of(BlkProtocol.F_SEG_MAX, BlkProtocol.F_BLK_SIZE, BlkProtocol.F_FLUSH,
            BlkProtocol.F_TOPOLOGY, BlkProtocol.F_CONFIG_WCE);
        offered = isMultiQueue ? offered.with(BlkProtocol.F_MQ) : offered;
        if (isReadOnly)
        {
            return offered.with(BlkProtocol.F_RO);
        }
        offered = offered.with(BlkProtocol.F_WRITE_ZEROES);
        return canDiscard ? offered.with(BlkProtocol.F_DISCARD) : offered;
    }

    /**
     * How many segments always fit: the driver may take a smaller queue than it could, a VMM may give it one, and
     * without INDIRECT_DESC a request of more descriptors than the queue has never gets in: Linux waits for ever.
     */
    private static int segMax(final int queueSizeMax)
    {
        return Math.max(1, Math.min(queueSizeMax, SMALLEST_USUAL_QUEUE) - CONTROL_SEGMENTS);
    }

    private void putTopology(final BlkTopology topology)
    {
        putInt(BlkProtocol.CONFIG_BLK_SIZE, topology.blockSize());
        bytes.putByte(BlkProtocol.CONFIG_PHYSICAL_BLOCK_EXP, (byte)topology.physicalBlockExp());
        bytes.putByte(BlkProtocol.CONFIG_ALIGNMENT_OFFSET, (byte)topology.alignmentOffset());
        putShort(BlkProtocol.CONFIG_MIN_IO_SIZE, topology.minIoSize());
        putInt(BlkProtocol.CONFIG_OPT_IO_SIZE, (int)topology.optIoSize());
    }

    private void putByte(final int offset, final boolean value)
    {
        bytes.putByte(offset, (byte)(value ? 1 : 0));
    }

    private void putShort(final int offset, final int value)
    {
        bytes.putShort(offset, (short)value, ByteOrder.LITTLE_ENDIAN);
    }

    private void putInt(final int offset, final int value)
    {
        bytes.putInt(offset, value, ByteOrder.LITTLE_ENDIAN);
    }
}
