/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.DeviceRing;
import io.bouncedma.virtio.Features;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Moves frames from a port to one receive queue of the driver (virtio 1.4, section 5.1.6.4). While there is no buffer
 * for a frame no other one is taken from the port: there they wait, and what overflows is lost there. Buffers that do
 * not suffice for a frame are held until more come; there are none while no frame waits, but for one that was too long.
 */
final class ReceiveQueue
{
    /** Buffers that a frame may span, as in QEMU. */
    private static final int MAX_BUFFERS = 1024;

    private final NetPort port;
    private final NetCounters counters;
    private final long patienceNs;
    private final int batch;
    /** Chains that were taken from the ring and not completed, the first {@link #held} of them. */
    private DescriptorChain[] chains = {new DescriptorChain()};
    private int held;
    /** Bytes that they have room for. */
    private long room;
    /** A frame that waits for more of them. */
    private NetFrame pending;
    private HeaderRules rules;
    private int mtu;
    private boolean isMergeable;
    private boolean isStarved;
    /** Buffers are held for {@link #pending}, and no more of them came since. */
    private boolean isHolding;
    private long holdingSinceNs;
    private int work;

    /**
     * Create the device's end of a queue.
     *
     * @param port       that frames come from.
     * @param counters   of the device.
     * @param patienceMs milliseconds that buffers are held for a frame that they do not suffice for.
     * @param batch      frames that are handled before others get their turn.
     */
    ReceiveQueue(final NetPort port, final NetCounters counters, final long patienceMs, final int batch)
    {
        this.port = port;
        this.counters = counters;
        this.batch = batch;
        patienceNs = TimeUnit.MILLISECONDS.toNanos(patienceMs);
    }

    /**
     * The driver is set up.
     *
     * @param negotiated features.
     * @param longest    MTU that was told, or a larger number if none was.
     */
    void start(final Features negotiated, final int longest)
    {
        mtu = longest;
        rules = HeaderRules.toDriver(negotiated);
        isMergeable = negotiated.has(NetProtocol.F_MRG_RXBUF);
        isStarved = false;
    }

    /** Forget the driver's buffers: those that are held are the newest, so a ring can go on before them. */
    void reset()
    {
        stop();
        held = 0;
        room = 0;
    }

    /** The port gives no more frames: the one that waits is its memory, and may be another one soon. */
    void stop()
    {
        if (null != pending)
        {
            counters.drop(NetDrop.STOPPED);
            pending = null;
        }
        isStarved = false;
        isHolding = false;
    }

    /** Whether there was no buffer for a frame: frames are of no use before the driver adds some, and kicks. */
    boolean isStarved()
    {
        return isStarved;
    }

    /** Whether buffers are held for a frame that is lost soon if no more come. */
    boolean isHolding()
    {
        return isHolding;
    }

    /**
     * Move frames.
     *
     * @return how many chains were taken and frames moved or lost: a chain that is held counts, as a kick has to be
     * asked for anew after it, and so does a frame that went into chains that were held.
     */
    int process(final DeviceRing ring, final ReceiveFilter filter, final boolean isLinkUp)
    {
        work = 0;
        for (int i = 0; i < batch; i++)
        {
            if (null == pending && !receive(filter, isLinkUp))
            {
                break;
            }
            if (null != pending && !deliver(ring))
            {
                break;
            }
        }
        return work;
    }

    /** Take a frame from the port, which is pending if the driver is to get it; false if there is none. */
    private boolean receive(final ReceiveFilter filter, final boolean isLinkUp)
    {
        final NetFrame frame = port.receive();
        if (null == frame)
        {
            return false;
        }
        final NetDrop reason = judge(frame, filter, isLinkUp);
        if (null == reason)
        {
            pending = frame;
            isHolding = false;
        }
        else
        {
            lose(reason);
        }
        return true;
    }

    /** What keeps a frame from the driver, and what is to be done for it before; null if nothing does. */
    private NetDrop judge(final NetFrame frame, final ReceiveFilter filter, final boolean isLinkUp)
    {
        if (!isLinkUp)
        {
            return NetDrop.LINK_DOWN;
        }
        if (frame.length() < NetProtocol.ETHERNET_LENGTH)
        {
            return NetDrop.RUNT;
        }
        if (frame.length() > frame.capacity() || frame.exceeds(mtu))
        {
            return NetDrop.TOO_LONG;
        }
        if (!filter.passes(frame))
        {
            return NetDrop.FILTERED;
        }
        final NetHeader header = frame.header();
        final boolean needsChecksum = 0 != (header.flags() & NetHeader.FLAG_NEEDS_CSUM);
        if (needsChecksum && !rules.hasChecksum() && NetHeader.GSO_NONE == header.gsoType())
        {
            if (!HeaderRules.isChecksumInside(header, frame.length()))
            {
                return NetDrop.BAD_HEADER;
            }
            // 5.1.6.4.1: without GUEST_CSUM the driver gets whole checksums and no flags.
            frame.completeChecksum();
            return null;
        }
        final HeaderRules.Verdict verdict = rules.judge(header, frame.length());
        if (HeaderRules.Verdict.GOOD != verdict)
        {
            return HeaderRules.Verdict.BAD == verdict ? NetDrop.BAD_HEADER : NetDrop.UNSUPPORTED_OFFLOAD;
        }
        header.flags(rules.hasChecksum() ?
            header.flags() & (NetHeader.FLAG_NEEDS_CSUM | NetHeader.FLAG_DATA_VALID) : 0);
        return null;
    }

    /** Put the pending frame into buffers; false if it waits for more of them. */
    private boolean deliver(final DeviceRing ring)
    {
        final NetFrame frame = pending;
        final int length = NetHeader.LENGTH + frame.length();
        while (room < length && (0 == held || isMergeable && held < MAX_BUFFERS))
        {
            if (!take(ring))
            {
                if (!isHopeless(ring))
                {
                    return false;
                }
                pending = null;
                isHolding = false;
                // The next frame may be shorter, and a driver that has given all its buffers kicks no more.
                isStarved = false;
                lose(NetDrop.NO_BUFFERS);
                return true;
            }
        }
        pending = null;
        if (room < length)
        {
            // The buffers stay, for a shorter frame.
            lose(NetDrop.TOO_LONG);
            return true;
        }
        int buffers = 0;
        for (int covered = 0; covered < length; buffers++)
        {
            covered += Math.min(length - covered, chains[buffers].writable());
        }
        // 5.1.6.4.1: one, too, if buffers can not be merged.
        frame.header().numBuffers(buffers);
        int done = 0;
        for (int i = 0; i < buffers; i++)
        {
            final DescriptorChain chain = chains[i];
            final int part = Math.min(length - done, chain.writable());
            chain.write(0, frame.memory(), done, part);
            ring.complete(chain, part);
            room -= chain.writable();
            done += part;
        }
        recycle(buffers);
        while (held > 0 && 0 == chains[0].writable())
        {
            // A malformed one that was behind those.
            ring.complete(chains[0], 0);
            recycle(1);
        }
        counters.countReceived(frame.length());
        work++;
        return true;
    }

    /**
     * Buffers are held that do not suffice, and there are no others. Whether none will come: the device has all that
     * the ring can have, or the driver adds none for too long, as it may wait for those that are held.
     */
    private boolean isHopeless(final DeviceRing ring)
    {
        if (0 == held)
        {
            return false;
        }
        final long now = System.nanoTime();
        if (!isHolding)
        {
            isHolding = true;
            holdingSinceNs = now;
        }
        return held >= ring.size() || now - holdingSinceNs >= patienceNs;
    }

    /** Take one more buffer from the ring; false if there is none. */
    private boolean take(final DeviceRing ring)
    {
        DescriptorChain chain = nextChain();
        while (ring.poll(chain))
        {
            // The first one takes the header; none may be empty, or a frame never ends.
            if (null == chain.fault() && chain.writable() >= (0 == held ? NetHeader.LENGTH : 1))
            {
                isHolding = false;
                work++;
                held++;
                room += chain.writable();
                isStarved = false;
                return true;
            }
            counters.dropMalformed(chain);
            work++;
            if (0 == held)
            {
                ring.complete(chain, 0);
            }
            else
            {
                // 2.7.9: with IN_ORDER it does not go back before those that are held.
                held++;
                chain = nextChain();
            }
        }
        isStarved = true;
        return false;
    }

    /** Where to take the next chain to. */
    private DescriptorChain nextChain()
    {
        if (held == chains.length)
        {
            chains = Arrays.copyOf(chains, held * 2);
        }
        if (null == chains[held])
        {
            chains[held] = new DescriptorChain();
        }
        return chains[held];
    }

    private void lose(final NetDrop reason)
    {
        counters.drop(reason);
        work++;
    }

    /** The first chains are completed; their objects go behind the others. */
    private void recycle(final int count)
    {
        for (int i = count; i < held; i++)
        {
            final DescriptorChain free = chains[i - count];
            chains[i - count] = chains[i];
            chains[i] = free;
        }
        held -= count;
    }
}
