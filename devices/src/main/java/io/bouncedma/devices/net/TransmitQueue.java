/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;

import java.util.concurrent.TimeUnit;

/**
 * Moves frames from one transmit queue of the driver to a port. Header and frame are copied out of the shared memory
 * once, and only the copy is looked at (virtio 1.4, section 5.1.6.2).
 */
final class TransmitQueue
{
    private final NetPort port;
    private final NetCounters counters;
    private final long patienceNs;
    private final int batch;
    private final DescriptorChain chain = new DescriptorChain();
    private HeaderRules rules;
    private int mtu;
    private boolean isBlocked;
    private boolean isGivenUp;
    private long blockedSinceNs;

    /**
     * Create the device's end of a queue.
     *
     * @param port       that frames go to.
     * @param counters   of the device.
     * @param patienceMs milliseconds that the port may have no room before frames are lost.
     * @param batch      chains that are handled before others get their turn.
     */
    TransmitQueue(final NetPort port, final NetCounters counters, final long patienceMs, final int batch)
    {
        this.port = port;
        this.counters = counters;
        this.batch = batch;
        patienceNs = TimeUnit.MILLISECONDS.toNanos(patienceMs);
    }

    /**
     * The driver is set up.
     *
     * @param negotiated of the headers.
     * @param longest    MTU that was told, or a larger number if none was.
     */
    void start(final HeaderRules negotiated, final int longest)
    {
        mtu = longest;
        rules = negotiated;
        reset();
    }

    /** The driver's frames are gone, those too that waited for room. */
    void reset()
    {
        isBlocked = false;
    }

    /** Whether frames wait as the port has no room for them, not whether they are lost. */
    boolean isBlocked()
    {
        return isBlocked && !isGivenUp;
    }

    int process(final DeviceRing ring, final boolean isLinkUp)
    {
        int count = 0;
        while (count < batch)
        {
            final NetFrame frame = port.claim();
            if (null != frame)
            {
                // However little room there is: patience is for a port that takes nothing.
                isBlocked = false;
            }
            else if (!isPatienceOver())
            {
                break;
            }
            if (!ring.poll(chain))
            {
                break;
            }
            transmit(frame, isLinkUp);
            ring.complete(chain, 0);
            count++;
        }
        port.flush();
        return count;
    }

    /** The queue is switched off: what the driver sends is lost. */
    int discard(final DeviceRing ring)
    {
        int count = 0;
        while (count < batch && ring.poll(chain))
        {
            counters.drop(NetDrop.SWITCHED_OFF);
            ring.complete(chain, 0);
            count++;
        }
        return count;
    }

    /** The port has no room. Whether that is so for too long: then what comes is lost, or one driver stops another. */
    private boolean isPatienceOver()
    {
        final long now = System.nanoTime();
        if (!isBlocked)
        {
            isBlocked = true;
            blockedSinceNs = now;
        }
        isGivenUp = now - blockedSinceNs >= patienceNs;
        return isGivenUp;
    }

    private void transmit(final NetFrame frame, final boolean isLinkUp)
    {
        final NetDrop reason = null == frame ? NetDrop.NO_ROOM : fill(frame, isLinkUp);
        if (NetDrop.MALFORMED_CHAIN == reason)
        {
            counters.dropMalformed(chain);
        }
        else if (null != reason)
        {
            counters.drop(reason);
        }
        else if (!port.send())
        {
            counters.drop(NetDrop.REFUSED);
        }
        else
        {
            counters.countSent(frame.length());
        }
    }

    /** Copy a chain's bytes and judge the copy; null if the frame is good. */
    private NetDrop fill(final NetFrame frame, final boolean isLinkUp)
    {
        // The chain's lengths are this process's own: only the bytes are the driver's.
        final int length = chain.readable() - NetHeader.LENGTH;
        if (null != chain.fault() || length < 0)
        {
            return NetDrop.MALFORMED_CHAIN;
        }
        if (length < NetProtocol.ETHERNET_LENGTH)
        {
            return NetDrop.RUNT;
        }
        if (length > frame.capacity())
        {
            return NetDrop.TOO_LONG;
        }
        if (!isLinkUp)
        {
            return NetDrop.LINK_DOWN;
        }
        chain.read(0, frame.memory(), 0, NetHeader.LENGTH + length);
        frame.length(length);
        final NetHeader header = frame.header();
        final HeaderRules.Verdict verdict = rules.judge(header, length);
        if (HeaderRules.Verdict.GOOD != verdict)
        {
            return HeaderRules.Verdict.BAD == verdict ? NetDrop.BAD_HEADER : NetDrop.UNSUPPORTED_OFFLOAD;
        }
        if (frame.exceeds(mtu))
        {
            return NetDrop.TOO_LONG;
        }
        // What has no meaning in this direction is not for the other side to find one in.
        if (0 == (header.flags() & NetHeader.FLAG_NEEDS_CSUM))
        {
            header.clear();
        }
        else
        {
            header.flags(NetHeader.FLAG_NEEDS_CSUM);
            header.numBuffers(0);
        }
        return null;
    }
}
