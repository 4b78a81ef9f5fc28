/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import net.openhft.chronicle.bytes.Bytes;

/**
 * How many descriptors a message carries. One that carries others is refused: what came too much would leak
 * (CVE-2019-14818, CVE-2020-10726).
 */
enum FdRule
{
    NONE,
    ONE,
    /** Old front-ends send the region's descriptor along. */
    NONE_OR_ONE,
    /** One, unless the payload says that there is none. */
    VRING,
    /** One a region of the payload. */
    REGIONS;

    boolean allows(final int count, final Bytes<?> payload)
    {
        return switch (this)
        {
            case NONE -> 0 == count;
            case ONE -> 1 == count;
            case NONE_OR_ONE -> count <= 1;
            case VRING -> count == (VringFd.hasFd(payload.readLong(payload.readPosition())) ? 1 : 0);
            case REGIONS -> count == payload.readUnsignedInt(payload.readPosition());
        };
    }
}
