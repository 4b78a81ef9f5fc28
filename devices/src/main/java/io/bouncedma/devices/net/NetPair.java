/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.os.EventFd;
import io.bouncedma.os.Fd;
import io.bouncedma.virtio.Features;
import org.agrona.BitUtil;

import java.lang.invoke.VarHandle;

/**
 * A cable between two {@link NetDevice}s: two VMs back to back. Each device has a thread of its own, or both have one.
 * <p>
 * A frame is copied twice: out of the sender's shared memory into a private frame of the cable, where it is checked,
 * and from there into the receiver's. One copy from memory to memory would save the warmer half of that, but needs both
 * rings in one thread, lets a reset of one VM reach into the memory of the other, and leaves nothing private to check
 * or to sum. With a frame of one's own each device stops, starts and fails alone.
 */
public final class NetPair implements AutoCloseable
{
    /** Slots of a direction unless it is said. */
    public static final int USUAL_SLOTS = 256;
    /**
     * Checksums may be left to the receiver. Always right: where the receiving driver does none, its device does.
     */
    public static final Features CHECKSUM = Features.of(NetProtocol.F_CSUM, NetProtocol.F_GUEST_CSUM);

    /**
     * Segmentation too. For two drivers that both agree to it: a frame for one that did not is lost, with
     * {@link NetDrop#UNSUPPORTED_OFFLOAD}, as no one segments on the way.
     */
    public static final Features SEGMENTATION = NetProtocol.HOST_OFFLOADS.or(NetProtocol.GUEST_OFFLOADS);

    private final Features offloads;
    private final End[] left;
    private final End[] right;

    /**
     * A cable.
     *
     * @param name     for messages.
     * @param queues   queue pairs of each device.
     * @param slots    frames that wait in one direction of one queue pair at most, a power of two.
     * @param mtu      of the cable in bytes, at least {@link NetProtocol#MIN_MTU}.
     * @param offloads that both drivers are offered, of {@link NetProtocol#HOST_OFFLOADS} and
     *                 {@link NetProtocol#GUEST_OFFLOADS}, see {@link #CHECKSUM} and {@link #SEGMENTATION}.
     * @throws IllegalArgumentException if a number is out of its range.
     */
    public NetPair(
        final String name, final int queues, final int slots, final int mtu, final Features offloads)
    {
        if (queues < 1 || queues > NetProtocol.MAX_PAIRS || slots < 2 || !BitUtil.isPowerOfTwo(slots) ||
            mtu < NetProtocol.MIN_MTU || mtu > 0xffff)
        {
            throw new IllegalArgumentException("a cable has 1 to " + NetProtocol.MAX_PAIRS + " queues, a power of " +
                "two of slots from 2 on, an MTU of " + NetProtocol.MIN_MTU + " to 65535: queues=" + queues +
                ", slots=" + slots + ", mtu=" + mtu);
        }
        this.offloads = offloads;
        final boolean isSegmented = offloads.has(NetProtocol.F_HOST_TSO4) ||
            offloads.has(NetProtocol.F_HOST_TSO6) || offloads.has(NetProtocol.F_HOST_UFO);
        final int capacity = isSegmented ?
            NetProtocol.FRAME_MAX : mtu + NetProtocol.ETHERNET_LENGTH + NetProtocol.TAGS_LENGTH;
        left = ends(name + "-left", queues, slots, capacity);
        right = ends(name + "-right", queues, slots, capacity);
    }

    /**
     * One end.
     *
     * @param queue pair of one device.
     * @return the port for it.
     */
    public NetPort left(final int queue)
    {
        return port(left, right, queue);
    }

    /**
     * The other end.
     *
     * @param queue pair of the other device.
     * @return the port for it.
     */
    public NetPort right(final int queue)
    {
        return port(right, left, queue);
    }

    /**
     * Give back what the cable holds, when neither device uses it any more; a second call does nothing.
     */
    @Override
    public void close()
    {
        for (final End end : left)
        {
            end.bell.close();
        }
        for (final End end : right)
        {
            end.bell.close();
        }
    }

    private NetPort port(final End[] ends, final End[] others, final int queue)
    {
        return new Port(ends[queue], others, queue, offloads);
    }

    private static End[] ends(final String name, final int queues, final int slots, final int capacity)
    {
        final End[] ends = new End[queues];
        for (int i = 0; i < queues; i++)
        {
            ends[i] = new End(name + i, new FrameRing(slots, capacity));
        }
        return ends;
    }

    /** Where the frames for one queue pair wait. */
    private static final class End
    {
        private final FrameRing frames;
        private final EventFd bell;
        /** A driver takes frames. */
        private volatile boolean isStarted;
        /** Who empties is about to sleep. */
        private volatile boolean isWaiting;

        End(final String name, final FrameRing frames)
        {
            this.frames = frames;
            bell = EventFd.create(name);
        }
    }

    /** All ports of one device are used by one thread, so each ring has one that fills and one that empties. */
    private static final class Port implements NetPort
    {
        private final End own;
        private final End[] others;
        private final int queue;
        private final Features offloads;
        /** For a frame that is sent to nobody. */
        private final NetFrame lost;
        private NetFrame claimed;
        private End target;
        /** Where frames were put of which nobody knows yet. */
        private End unflushed;

        Port(final End own, final End[] others, final int queue, final Features offloads)
        {
            this.own = own;
            this.others = others;
            this.queue = queue;
            this.offloads = offloads;
            lost = new NetFrame(own.frames.frameCapacity());
            claimed = lost;
            target = others[queue];
        }

        @Override
        public Features offloads()
        {
            return offloads;
        }

        @Override
        public void start(final Features negotiated)
        {
            own.frames.clear();
            own.isStarted = true;
        }

        @Override
        public void stop()
        {
            own.isStarted = false;
        }

        @Override
        public NetFrame claim()
        {
            // A driver that uses fewer queues gets the frames of the others by its first one.
            target = others[queue].isStarted ? others[queue] : others[0];
            claimed = target.isStarted ? target.frames.claim() : lost;
            return claimed;
        }

        @Override
        public boolean send()
        {
            if (claimed == lost)
            {
                return false;
            }
            target.frames.put();
            if (unflushed != target)
            {
                flush();
                unflushed = target;
            }
            return true;
        }

        @Override
        public void flush()
        {
            if (null != unflushed)
            {
                // The frames before the look at the wish, see prepareToWait.
                VarHandle.fullFence();
                if (unflushed.isWaiting)
                {
                    unflushed.bell.signal();
                }
                unflushed = null;
            }
        }

        @Override
        public NetFrame receive()
        {
            if (own.isWaiting)
            {
                own.isWaiting = false;
                own.bell.drain();
            }
            return own.frames.take();
        }

        @Override
        public Fd fd()
        {
            return own.bell.fd();
        }

        @Override
        public void prepareToWait()
        {
            own.isWaiting = true;
            // The wish before the look, or a frame that comes in between is never noticed.
            VarHandle.fullFence();
            if (!own.frames.isEmpty())
            {
                own.bell.signal();
            }
        }

        @Override
        public void close()
        {
            stop();
        }
    }
}
