/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.os.Fd;
import io.bouncedma.virtio.Features;

/**
 * A port that takes every frame and gives none: what a driver and its device can do at most.
 */
public final class SinkPort implements NetPort
{
    private final NetFrame frame = new NetFrame(NetProtocol.FRAME_MAX);

    /**
     * Create a port.
     */
    public SinkPort()
    {
    }

    @Override
    public Features offloads()
    {
        return NetProtocol.HOST_OFFLOADS;
    }

    @Override
    public void start(final Features negotiated)
    {
    }

    @Override
    public void stop()
    {
    }

    @Override
    public NetFrame claim()
    {
        return frame;
    }

    @Override
    public boolean send()
    {
        return true;
    }

    @Override
    public NetFrame receive()
    {
        return null;
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
