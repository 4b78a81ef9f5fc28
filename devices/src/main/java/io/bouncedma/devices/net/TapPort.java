/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.os.Fd;
import io.bouncedma.os.Tap;
import io.bouncedma.virtio.Features;

/**
 * One queue of a Linux tap interface: the kernel's network stack, or a bridge, is at the other end. It takes and gives
 * frames with checksum and segmentation left to do.
 */
public final class TapPort implements NetPort
{
    /** Frames of the time before a driver that are taken out: more than the kernel keeps unless it is told to. */
    private static final int STALE_MAX = 4096;

    private final Tap tap;
    private final boolean isOneOfSeveral;
    private final NetFrame toSend = new NetFrame(NetProtocol.FRAME_MAX);
    private final NetFrame received = new NetFrame(NetProtocol.FRAME_MAX);
    /** A queue of several takes part from the start on. */
    private boolean isAttached = true;
    private boolean isStarted;

    /**
     * Use a queue of an interface.
     *
     * @param tap            this port closes it.
     * @param isOneOfSeveral whether the interface was opened for several queues: then this one takes part only while
     *                       a driver uses it.
     */
    public TapPort(final Tap tap, final boolean isOneOfSeveral)
    {
        this.tap = tap;
        this.isOneOfSeveral = isOneOfSeveral;
    }

    @Override
    public Features offloads()
    {
        // Since Linux 6.2 the kernel may lack UFO towards the driver; the others are as old as the header.
        return NetProtocol.HOST_OFFLOADS.or(NetProtocol.GUEST_OFFLOADS).without(NetProtocol.F_GUEST_UFO);
    }

    @Override
    public void start(final Features negotiated)
    {
        attach(true);
        isStarted = true;
        tap.offloads(offloadsFor(negotiated));
        for (int i = 0; i < STALE_MAX && tap.read(received.memory()) >= 0; i++)
        {
            received.length(0);
        }
    }

    @Override
    public void stop()
    {
        isStarted = false;
        attach(false);
    }

    @Override
    public NetFrame claim()
    {
        return toSend;
    }

    @Override
    public boolean send()
    {
        // A tap has no room to run out of that would come free: what it does not take now is lost.
        return isStarted && tap.write(toSend.memory(), NetHeader.LENGTH + toSend.length()) >= 0;
    }

    @Override
    public NetFrame receive()
    {
        final int length = isStarted ? tap.read(received.memory()) : Tap.WOULD_BLOCK;
        if (length < 0)
        {
            return null;
        }
        received.length(Math.max(0, length - NetHeader.LENGTH));
        return received;
    }

    @Override
    public Fd fd()
    {
        return tap.fd();
    }

    @Override
    public void close()
    {
        isStarted = false;
        tap.close();
    }

    private void attach(final boolean attached)
    {
        if (isOneOfSeveral && isAttached != attached)
        {
            tap.attach(attached);
            isAttached = attached;
        }
    }

    /** What the kernel may leave to the driver; UDP fragments and checksums by the device stay out of it. */
    private static int offloadsFor(final Features negotiated)
    {
        if (!negotiated.has(NetProtocol.F_GUEST_CSUM))
        {
            return 0;
        }
        int bits = Tap.OFFLOAD_CSUM;
        bits |= negotiated.has(NetProtocol.F_GUEST_TSO4) ? Tap.OFFLOAD_TSO4 : 0;
        bits |= negotiated.has(NetProtocol.F_GUEST_TSO6) ? Tap.OFFLOAD_TSO6 : 0;
        final boolean hasTcp = 0 != (bits & (Tap.OFFLOAD_TSO4 | Tap.OFFLOAD_TSO6));
        bits |= hasTcp && negotiated.has(NetProtocol.F_GUEST_ECN) ? Tap.OFFLOAD_TSO_ECN : 0;
        return bits;
    }
}
