/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.os.Fd;
import io.bouncedma.virtio.Features;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * A port that keeps what is sent and gives what a test puts in.
 */
final class ListPort implements NetPort
{
    final List<Frame> sent = new ArrayList<>();
    final Deque<Frame> toReceive = new ArrayDeque<>();
    Features offloads = NetProtocol.HOST_OFFLOADS.or(NetProtocol.GUEST_OFFLOADS);
    boolean hasRoom = true;
    /** How many frames it has room for, if it has. */
    int room = Integer.MAX_VALUE;
    boolean refuses;
    boolean isStarted;
    private final NetFrame out = new NetFrame(NetProtocol.FRAME_MAX);
    private final NetFrame in = new NetFrame(NetProtocol.FRAME_MAX);

    /** Header and frame. */
    record Frame(byte[] header, byte[] bytes)
    {
    }

    @Override
    public Features offloads()
    {
        return offloads;
    }

    @Override
    public void start(final Features negotiated)
    {
        isStarted = true;
    }

    @Override
    public void stop()
    {
        isStarted = false;
    }

    @Override
    public NetFrame claim()
    {
        return hasRoom && room > 0 ? out : null;
    }

    @Override
    public boolean send()
    {
        if (refuses)
        {
            return false;
        }
        room--;
        final byte[] all = new byte[NetHeader.LENGTH + out.length()];
        out.bytes().getBytes(0, all);
        sent.add(new Frame(Arrays.copyOf(all, NetHeader.LENGTH),
            Arrays.copyOfRange(all, NetHeader.LENGTH, all.length)));
        return true;
    }

    @Override
    public NetFrame receive()
    {
        final Frame frame = toReceive.poll();
        if (null == frame)
        {
            return null;
        }
        in.bytes().putBytes(0, frame.header());
        in.bytes().putBytes(NetHeader.LENGTH, frame.bytes());
        in.length(frame.bytes().length);
        return in;
    }

    @Override
    public Fd fd()
    {
        return null;
    }

    @Override
    public void close()
    {
        stop();
    }
}
