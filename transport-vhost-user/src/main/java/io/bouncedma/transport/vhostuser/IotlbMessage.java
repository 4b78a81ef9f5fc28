/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import net.openhft.chronicle.bytes.Bytes;

/**
 * About an entry of the device's IOTLB ("An IOTLB message").
 *
 * @param iova        the device's address.
 * @param size        bytes.
 * @param userAddress where the memory table has it; means nothing in a miss or an invalidation.
 * @param permission  {@link #READ}, {@link #WRITE} or both; means nothing in an invalidation.
 * @param type        {@link #MISS}, {@link #UPDATE}, {@link #INVALIDATE}, {@link #ACCESS_FAIL} or another value.
 */
record IotlbMessage(long iova, long size, long userAddress, int permission, int type)
{
    static final int LENGTH = 32;
    static final int READ = 1;
    static final int WRITE = 2;
    static final int MISS = 1;
    static final int UPDATE = 2;
    static final int INVALIDATE = 3;
    static final int ACCESS_FAIL = 4;

    private static final int PADDING = 6;

    static IotlbMessage read(final Bytes<?> from)
    {
        final IotlbMessage message = new IotlbMessage(
            from.readLong(), from.readLong(), from.readLong(), from.readUnsignedByte(), from.readUnsignedByte());
        // QEMU leaves what was on its stack in the padding.
        from.readSkip(PADDING);
        return message;
    }

    void write(final Bytes<?> to)
    {
        to.writeLong(iova);
        to.writeLong(size);
        to.writeLong(userAddress);
        to.writeUnsignedByte(permission);
        to.writeUnsignedByte(type);
        to.write(new byte[PADDING]);
    }
}
