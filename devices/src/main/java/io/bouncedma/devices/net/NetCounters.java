/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.virtio.DescriptorChain;
import io.bouncedma.virtio.Failures;

import java.util.EnumMap;
import java.util.Map;

/**
 * What a {@link NetDevice} did so far, in both directions. Written by the device's thread; others may look and see
 * figures of a moment ago.
 */
public final class NetCounters
{
    private static final NetDrop[] REASONS = NetDrop.values();

    private final long[] drops = new long[REASONS.length];
    private final Failures failures = new Failures();
    private long sent;
    private long sentBytes;
    private long received;
    private long receivedBytes;
    private long commands;

    NetCounters()
    {
    }

    /**
     * Frames of the driver that the port took.
     *
     * @return a number that grows.
     */
    public long sent()
    {
        return sent;
    }

    /**
     * Bytes of those, without headers.
     *
     * @return a number that grows.
     */
    public long sentBytes()
    {
        return sentBytes;
    }

    /**
     * Frames of the port that the driver got.
     *
     * @return a number that grows.
     */
    public long received()
    {
        return received;
    }

    /**
     * Bytes of those, without headers.
     *
     * @return a number that grows.
     */
    public long receivedBytes()
    {
        return receivedBytes;
    }

    /**
     * Commands on the control queue, those that failed too.
     *
     * @return a number that grows.
     */
    public long commands()
    {
        return commands;
    }

    /**
     * Frames, or receive buffers that are malformed, that were not passed on for one reason.
     *
     * @param reason of the loss.
     * @return a number that grows.
     */
    public long dropped(final NetDrop reason)
    {
        return drops[reason.ordinal()];
    }

    /**
     * All losses.
     *
     * @return by reason, those that happened.
     */
    public Map<NetDrop, Long> dropped()
    {
        final Map<NetDrop, Long> figures = new EnumMap<>(NetDrop.class);
        for (final NetDrop reason : REASONS)
        {
            if (dropped(reason) > 0)
            {
                figures.put(reason, dropped(reason));
            }
        }
        return figures;
    }

    void countSent(final int bytes)
    {
        sent++;
        sentBytes += bytes;
    }

    void countReceived(final int bytes)
    {
        received++;
        receivedBytes += bytes;
    }

    void countCommand()
    {
        commands++;
    }

    void drop(final NetDrop reason)
    {
        drops[reason.ordinal()]++;
    }

    /** A driver's chain is none that can be used: beside the count, its operator hears what is wrong with it. */
    void dropMalformed(final DescriptorChain chain)
    {
        drop(NetDrop.MALFORMED_CHAIN);
        failures.record(null != chain.fault() ? chain.fault() : "chain is too short: readable=" + chain.readable() +
            ", writable=" + chain.writable());
    }

    Failures failures()
    {
        return failures;
    }
}
