/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

/**
 * The payload of SET_VRING_KICK, CALL and ERR: index of the ring in bits 0 to 7, bit 8 set if none comes along.
 */
final class VringFd
{
    private static final long INDEX_MASK = 0xff;
    private static final long NO_FD = 0x100;

    private VringFd()
    {
    }

    static boolean hasFd(final long payload)
    {
        return 0 == (payload & NO_FD);
    }

    static long index(final long payload)
    {
        if (0 != (payload & ~(INDEX_MASK | NO_FD)))
        {
            throw new ProtocolException(
                "ring's descriptor has unknown bits: payload=0x" + Long.toHexString(payload));
        }
        return payload & INDEX_MASK;
    }

    static long payload(final int index, final boolean hasFd)
    {
        return index | (hasFd ? 0 : NO_FD);
    }
}
