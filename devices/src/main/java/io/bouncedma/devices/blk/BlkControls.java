/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.virtio.PoolRoom;
import io.bouncedma.virtio.Waiting;

import java.nio.ByteOrder;

/**
 * The headers and status bytes of a queue's requests, by slot, in one coherent block.
 */
final class BlkControls implements AutoCloseable
{
    /** Bytes of a slot: header, status, room to a power of two. */
    static final int LENGTH = 32;
    /** No device writes this status, so what still has it was not written. */
    static final int STATUS_NOT_WRITTEN = 0xff;

    private static final int STATUS = BlkProtocol.HEADER_LENGTH;

    private final CoherentBuffer memory;

    BlkControls(final DmaDevice dma, final Waiting waiting, final int slots)
    {
        memory = PoolRoom.allocate(dma, waiting, "request headers: requests=" + slots, slots * LENGTH, LENGTH);
    }

    /** Write a request's header, and mark its status as not written. */
    void put(final int slot, final int type, final long sector)
    {
        final int at = slot * LENGTH;
        memory.view().putInt(at, type, ByteOrder.LITTLE_ENDIAN);
        memory.view().putInt(at + Integer.BYTES, 0, ByteOrder.LITTLE_ENDIAN);
        memory.view().putLong(at + BlkProtocol.SECTOR_OFFSET, sector, ByteOrder.LITTLE_ENDIAN);
        memory.view().putByte(at + STATUS, (byte)STATUS_NOT_WRITTEN);
    }

    /** Read a status, to be used as it was read: the device may change it at any time. */
    int status(final int slot)
    {
        return memory.view().getByte(slot * LENGTH + STATUS) & 0xff;
    }

    long headerAddress(final int slot)
    {
        return memory.busAddress() + (long)slot * LENGTH;
    }

    long statusAddress(final int slot)
    {
        return headerAddress(slot) + STATUS;
    }

    @Override
    public void close()
    {
        memory.close();
    }
}
