/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.caif;

import io.bouncedma.dma.DmaDevice;
import io.bouncedma.virtio.Doorbell;

/**
 * The remote side: fills buffers in its own memory and makes them available to the host, on a ring on which it plays
 * the driver role. A packet is a chain of as many of its buffers as it needs.
 */
public final class CaifModem extends CaifEnd
{
    /**
     * Lay the ring to the host into memory; the link is DOWN.
     *
     * @param dma          whose pools are the modem's own memory, all in one region that the host sees; it stays the
     *                     caller's.
     * @param settings     of the link.
     * @param bufferLength the longest buffer in bytes; the largest packet must not need more of them than the ring has
     *                     descriptors, nor more than 64.
     * @param host         to ring when the host wants to know of something.
     * @param listener     told of packets and flow.
     * @throws IllegalArgumentException            if the buffer length is out of its range.
     * @throws io.bouncedma.virtio.VirtioException if no pool has room for the ring and the reserve.
     */
    public CaifModem(
        final DmaDevice dma,
        final CaifSettings settings,
        final int bufferLength,
        final Doorbell host,
        final CaifListener listener)
    {
        super(dma, settings, requireLength(bufferLength), host, listener);
    }

    private static int requireLength(final int bufferLength)
    {
        if (bufferLength < 1)
        {
            throw new IllegalArgumentException("a buffer needs bytes: bufferLength=" + bufferLength);
        }
        return bufferLength;
    }
}
