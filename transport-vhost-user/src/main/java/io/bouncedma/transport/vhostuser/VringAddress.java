/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import net.openhft.chronicle.bytes.Bytes;

/**
 * Where a ring lies ("A vring address description"): addresses of the front-end's process, or of the device's address
 * space if it has an IOTLB.
 *
 * @param index  of the ring.
 * @param flags  {@link #F_LOG}.
 * @param desc   of the descriptor area.
 * @param device of the device area, the used ring.
 * @param driver of the driver area, the available ring.
 * @param log    guest address of the used ring, for the log.
 */
record VringAddress(long index, int flags, long desc, long device, long driver, long log)
{
    static final int LENGTH = 40;
    /** Writes to the ring are to be logged too. */
    static final int F_LOG = 1;

    static VringAddress read(final Bytes<?> from)
    {
        return new VringAddress(from.readUnsignedInt(), from.readInt(),
            from.readLong(), from.readLong(), from.readLong(), from.readLong());
    }

    void write(final Bytes<?> to)
    {
        to.writeUnsignedInt(index);
        to.writeInt(flags);
        to.writeLong(desc);
        to.writeLong(device);
        to.writeLong(driver);
        to.writeLong(log);
    }

    boolean isLogged()
    {
        return 0 != (flags & F_LOG);
    }

    @Override
    public String toString()
    {
        return "desc=0x" + Long.toHexString(desc) + ", driver=0x" + Long.toHexString(driver) + ", device=0x" +
            Long.toHexString(device);
    }
}
