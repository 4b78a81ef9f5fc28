/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.os.Fd;
import io.bouncedma.virtio.Features;

/**
 * A port that gives every frame back to the driver that sent it, in order: a cable from a card to itself.
 */
public final class EchoPort implements NetPort
{
    private static final int SLOTS = 256;

    private final NetFrame[] frames = new NetFrame[SLOTS];
    private long sent;
    private long received;

    /**
     * Create a port.
     *
     * @param mtu bytes of the longest packet, {@link NetProtocol#MIN_MTU} to 65535.
     * @throws IllegalArgumentException if frames of packets of that length can not be.
     */
    public EchoPort(final int mtu)
    {
        for (int i = 0; i < SLOTS; i++)
        {
            frames[i] = new NetFrame(mtu + NetProtocol.ETHERNET_LENGTH + NetProtocol.TAGS_LENGTH);
        }
    }

    @Override
    public Features offloads()
    {
        return NetPair.CHECKSUM;
    }

    @Override
    public void start(final Features negotiated)
    {
        received = sent;
    }

    @Override
    public void stop()
    {
        received = sent;
    }

    @Override
    public NetFrame claim()
    {
        // The frame that was received last is still looked at.
        return sent - received < SLOTS - 1 ? frames[(int)(sent % SLOTS)] : null;
    }

    @Override
    public boolean send()
    {
        sent++;
        return true;
    }

    @Override
    public NetFrame receive()
    {
        if (received == sent)
        {
            return null;
        }
        final NetFrame frame = frames[(int)(received % SLOTS)];
        received++;
        return frame;
    }

    @Override
    public Fd fd()
    {
        return null;
    }

    @Override
    public void close()
    {
    }
}
