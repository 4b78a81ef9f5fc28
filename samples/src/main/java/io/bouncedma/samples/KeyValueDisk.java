/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.samples;

import io.bouncedma.virtio.AnswerByte;
import io.bouncedma.virtio.ChainLimits;
import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.VirtioDevice;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/**
 * A disk whose sectors are the values of a map: what was never written is zero and costs nothing.
 */
final class KeyValueDisk implements VirtioDevice
{
    private static final int HEADER = 16;
    private static final int SECTOR = 512;
    private static final byte[] ZEROS = new byte[SECTOR];

    private final Map<Long, byte[]> sectors = new HashMap<>();
    private final DescriptorChain chain = new DescriptorChain(ChainLimits.USUAL, AnswerByte.LAST);
    private final UnsafeBuffer header = new UnsafeBuffer(new byte[HEADER]);
    private final long capacity;

    KeyValueDisk(final long capacity)
    {
        this.capacity = capacity;
    }

    @Override
    public int type()
    {
        return DeviceType.BLOCK;
    }

    @Override
    public int configLength()
    {
        return Long.BYTES;
    }

    @Override
    public int readConfig(final int offset)
    {
        return (int)(capacity >>> Byte.SIZE * offset) & 0xff;
    }

    @Override
    public int process(final int queue, final DeviceRing ring)
    {
        int count = 0;
        while (count < 64 && ring.poll(chain))
        {
            ring.complete(chain, serve());
            count++;
        }
        return count;
    }

    private int serve()
    {
        if (chain.readable() < HEADER)
        {
            return chain.answer(1, 0);
        }
        chain.read(0, header.byteArray(), 0, HEADER);
        final int type = header.getInt(0, ByteOrder.LITTLE_ENDIAN);
        final long first = header.getLong(8, ByteOrder.LITTLE_ENDIAN);
        final int given = chain.readable() - HEADER;
        final int room = chain.writable() - 1;
        final boolean isKnown = 0 == type || 1 == type;
        final int length = 0 == type ? room : given;
        final boolean isValid = isKnown && length == given + room && 0 == length % SECTOR &&
            first >= 0 && first <= capacity - length / SECTOR;
        for (int at = 0; isValid && at < length; at += SECTOR)
        {
            final long sector = first + at / SECTOR;
            if (0 == type)
            {
                chain.write(at, sectors.getOrDefault(sector, ZEROS), 0, SECTOR);
            }
            else
            {
                chain.read(HEADER + at, sectors.computeIfAbsent(sector, key -> new byte[SECTOR]), 0, SECTOR);
            }
        }
        return chain.answer(isValid ? 0 : isKnown ? 1 : 2, 0 == type && isValid ? room : 0);
    }
}
