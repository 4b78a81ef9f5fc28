/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.os.Fd;
import io.bouncedma.os.UnixDatagram;
import io.bouncedma.virtio.Features;

/**
 * A Unix datagram socket, one bare Ethernet frame a datagram, as QEMU's {@code -netdev dgram} has it. There is no
 * header on the way, so it carries whole frames with their checksum only.
 */
public final class DatagramPort implements NetPort
{
    private static final int STALE_MAX = 4096;

    private final UnixDatagram socket;
    private final NetFrame toSend = new NetFrame(NetProtocol.FRAME_MAX);
    private final NetFrame received = new NetFrame(NetProtocol.FRAME_MAX);
    private boolean isStarted;
    /** The frame that was sent last is still here, as the peer had no room. */
    private boolean isUnsent;

    /**
     * Use a socket.
     *
     * @param socket this port closes it.
     */
    public DatagramPort(final UnixDatagram socket)
    {
        this.socket = socket;
    }

    @Override
    public Features offloads()
    {
        return Features.NONE;
    }

    @Override
    public void start(final Features negotiated)
    {
        isStarted = true;
        isUnsent = false;
        for (int i = 0; i < STALE_MAX && socket.receive(received.memory(), NetHeader.LENGTH) >= 0; i++)
        {
            received.length(0);
        }
    }

    @Override
    public void stop()
    {
        isStarted = false;
    }

    @Override
    public NetFrame claim()
    {
        return isUnsent && !send() || isUnsent ? null : toSend;
    }

    @Override
    public boolean send()
    {
        final int sent = socket.send(toSend.memory(), NetHeader.LENGTH, toSend.length());
        // Linux queues few datagrams for a reader: the frame waits here, and the next one is not claimed before.
        isUnsent = UnixDatagram.WOULD_BLOCK == sent;
        return UnixDatagram.REFUSED != sent;
    }

    @Override
    public NetFrame receive()
    {
        final int length = isStarted ? socket.receive(received.memory(), NetHeader.LENGTH) : UnixDatagram.WOULD_BLOCK;
        if (length < 0)
        {
            return null;
        }
        received.header().clear();
        // A longer one was cut off, and its length tells.
        received.length(length);
        return received;
    }

    @Override
    public Fd fd()
    {
        return socket.fd();
    }

    @Override
    public void close()
    {
        isStarted = false;
        socket.close();
    }
}
