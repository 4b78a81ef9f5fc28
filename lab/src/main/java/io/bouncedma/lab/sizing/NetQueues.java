/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

/**
 * A network card.
 *
 * @param pairs       of a receive and a transmit queue.
 * @param depth       descriptors of each queue, a power of two unless it is packed.
 * @param mtu         bytes of the longest packet, without its Ethernet header.
 * @param isMergeable whether a frame may lie in several receive buffers (MRG_RXBUF).
 * @param isPacked    whether its rings are packed.
 */
public record NetQueues(int pairs, int depth, int mtu, boolean isMergeable, boolean isPacked) implements SizedDevice
{
    /** As of {@code NetDriverSettings.usual()} and of QEMU. */
    public static final int USUAL_PAIRS = 1;
    /** As of {@code NetDriverSettings.usual()} and of QEMU. */
    public static final int USUAL_DEPTH = 256;
    /** Of Ethernet. */
    public static final int USUAL_MTU = 1500;
    /** The least that IPv4 allows. */
    public static final int MIN_MTU = 68;
    /** The most that the device can tell. */
    public static final int MAX_MTU = 65_535;
    /** The least descriptors of a queue. */
    public static final int MIN_DEPTH = 4;

    /** Destination, source, type. */
    static final int ETHERNET = 14;

    /**
     * Check the numbers.
     *
     * @throws IllegalArgumentException if one is out of its range.
     */
    public NetQueues
    {
        SizedDevice.requireRange("pairs", pairs, 1, MAX_QUEUES);
        SizedDevice.requireRange("depth", depth, MIN_DEPTH, MAX_DEPTH);
        SizedDevice.requireRange("mtu", mtu, MIN_MTU, MAX_MTU);
        SizedDevice.requireRingSize(depth, isPacked);
    }

    @Override
    public String kind()
    {
        return "net";
    }
}
