/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import net.openhft.chronicle.bytes.Bytes;

/**
 * A range of the device's configuration, its bytes behind it ("Virtio device config space").
 *
 * @param offset of the first byte.
 * @param size   bytes.
 * @param flags  {@link #WRITABLE} or {@link #MIGRATION}.
 */
record ConfigRange(int offset, int size, int flags)
{
    static final int LENGTH = 12;
    /** The most that a configuration has (QEMU's VHOST_USER_MAX_CONFIG_SIZE). */
    static final int MAX_SIZE = 256;
    /** The driver writes what it may. */
    static final int WRITABLE = 0;
    /** The front-end restores everything. */
    static final int MIGRATION = 1;

    static ConfigRange read(final Bytes<?> from)
    {
        final long offset = from.readUnsignedInt();
        final long size = from.readUnsignedInt();
        final long flags = from.readUnsignedInt();
        if (offset + size > MAX_SIZE || size != from.readRemaining() || flags > MIGRATION)
        {
            throw new ProtocolException("range of the configuration can not be: offset=" + offset + ", size=" + size +
                ", flags=" + flags + ", bytes=" + from.readRemaining() + ", maximum=" + MAX_SIZE);
        }
        return new ConfigRange((int)offset, (int)size, (int)flags);
    }

    void write(final Bytes<?> to)
    {
        to.writeInt(offset);
        to.writeInt(size);
        to.writeInt(flags);
    }

    /** A field of a configuration, which is little-endian on every machine. */
    static long readField(final Bytes<?> from, final int width)
    {
        long value = 0;
        for (int i = 0; i < width; i++)
        {
            value |= (long)from.readUnsignedByte() << Byte.SIZE * i;
        }
        return value;
    }

    static void writeField(final Bytes<?> to, final int width, final long value)
    {
        for (int i = 0; i < width; i++)
        {
            to.writeUnsignedByte((int)(value >>> Byte.SIZE * i) & 0xff);
        }
    }
}
