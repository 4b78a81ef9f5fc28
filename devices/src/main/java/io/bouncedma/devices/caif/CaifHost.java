/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.caif;

import io.bouncedma.dma.DmaDevice;
import io.bouncedma.virtio.Doorbell;

/**
 * The end that Linux's caif_virtio plays: the side with the virtio driver. What it sends is a buffer in one piece, on a
 * ring on which it plays the driver role as usual. What it receives lies in the modem's memory, on a ring on which the
 * <em>modem</em> plays the driver role: the host posts no empty buffers, and the modem writes nothing in the host's
 * memory but that it is done with a packet.
 */
public final class CaifHost extends CaifEnd
{
    /**
     * Lay the ring to the modem into memory; the link is DOWN.
     *
     * @param dma      whose pools are the host's own memory, all in one region that the modem sees; it stays the
     *                 caller's.
     * @param settings of the link.
     * @param modem    to ring when the modem wants to know of something.
     * @param listener told of packets and flow.
     * @throws io.bouncedma.virtio.VirtioException if no pool has room for the ring and the reserve.
     */
    public CaifHost(
        final DmaDevice dma, final CaifSettings settings, final Doorbell modem, final CaifListener listener)
    {
        super(dma, settings, settings.mtu(), modem, listener);
    }
}
