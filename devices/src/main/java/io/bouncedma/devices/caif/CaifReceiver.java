/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.caif;

import io.bouncedma.memory.Window;
import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.Rings;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The half of an end that receives: plays the device role on a ring in the peer's memory, and copies each packet out of
 * the peer's memory before it looks at it.
 */
final class CaifReceiver
{
    private final DeviceRing ring;
    /** Linux's caif_virtio believes the modem's addresses; the chain checks each against the window. */
    private final DescriptorChain chain = new DescriptorChain();
    private final byte[] packet;
    private final UnsafeBuffer view;
    private int length;

    CaifReceiver(final CaifRing where, final Window memory, final int mtu)
    {
        ring = Rings.device(where.features(), where.in(memory));
        packet = new byte[mtu];
        view = new UnsafeBuffer(packet);
    }

    /**
     * Take the next chain out of the ring and give it back, with nothing written.
     *
     * @return false if there is none.
     * @throws io.bouncedma.virtio.RingException if the peer broke the ring.
     */
    boolean take()
    {
        if (!ring.poll(chain))
        {
            return false;
        }
        // A chain at fault has no bytes. One that asks to be written is none that a sender makes.
        length = 0 == chain.writable() && chain.readable() <= packet.length ? chain.readable() : 0;
        chain.read(0, packet, 0, length);
        ring.complete(chain, 0);
        return true;
    }

    /**
     * The packet that {@link #take()} took.
     *
     * @return private memory that begins with it.
     */
    DirectBuffer packet()
    {
        return view;
    }

    /**
     * How long the packet is.
     *
     * @return bytes, or zero if the chain was none that an honest peer makes.
     */
    int length()
    {
        return length;
    }

    boolean publish()
    {
        return ring.publish();
    }

    boolean arm()
    {
        return ring.enableKicks();
    }

    void disarm()
    {
        ring.disableKicks();
    }
}
