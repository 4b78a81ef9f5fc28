/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import net.openhft.chronicle.bytes.Bytes;

/**
 * A number of a ring ("A vring state description").
 *
 * @param index of the ring, as an unsigned number: any value.
 * @param num   size, base or 0 and 1: any value.
 */
record VringState(long index, long num)
{
    static final int LENGTH = 8;

    static VringState read(final Bytes<?> from)
    {
        return new VringState(from.readUnsignedInt(), from.readUnsignedInt());
    }

    void write(final Bytes<?> to)
    {
        to.writeUnsignedInt(index);
        to.writeUnsignedInt(num);
    }
}
