/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.RingFormat;

/**
 * What a network driver asks for.
 *
 * @param pairs         of queues, at least 1; less if the device has less.
 * @param queueSize     descriptors of each queue, at least 4, and for split rings a power of two; less if the device
 *                      takes less. There is a receive buffer for each descriptor.
 * @param receiveLength bytes of a receive buffer with the header; at least {@link #MIN_RECEIVE_LENGTH}. Without
 *                      MRG_RXBUF it is the longest frame that comes.
 * @param wanted        features to use if they are offered, those of {@link Features#RING} among them. Without CTRL_VQ
 *                      all pairs that are asked for are used at once, as behind a vhost-user back-end.
 */
public record NetDriverSettings(int pairs, int queueSize, int receiveLength, Features wanted)
{
    /** The shortest receive buffer: a header and a frame of Ethernet, as Linux has it. */
    public static final int MIN_RECEIVE_LENGTH =
        NetHeader.LENGTH + NetProtocol.USUAL_MTU + NetProtocol.ETHERNET_LENGTH + NetProtocol.TAGS_LENGTH;
    /** The longest receive buffer that is of use (section 5.1.6.3.1, and two VLAN tags). */
    public static final int MAX_RECEIVE_LENGTH = NetHeader.LENGTH + NetProtocol.FRAME_MAX;
    /** Descriptors of the control queue at most; one command at a time takes two. */
    static final int CONTROL_QUEUE_SIZE = 16;

    /**
     * Features that are wanted unless it is said: the event index, mergeable buffers, checksums left to either side,
     * the configuration and the control queue; no segmentation.
     */
    public static final Features USUAL = Features.of(FeatureBits.EVENT_IDX, NetProtocol.F_CSUM,
        NetProtocol.F_GUEST_CSUM, NetProtocol.F_MTU, NetProtocol.F_MAC, NetProtocol.F_MRG_RXBUF, NetProtocol.F_STATUS,
        NetProtocol.F_CTRL_VQ, NetProtocol.F_CTRL_RX, NetProtocol.F_CTRL_VLAN, NetProtocol.F_GUEST_ANNOUNCE,
        NetProtocol.F_MQ, NetProtocol.F_CTRL_MAC_ADDR);

    /** All that this front-end knows. */
    private static final Features KNOWN = USUAL.or(Features.RING).or(Features.MANDATORY)
        .or(NetProtocol.HOST_OFFLOADS).or(NetProtocol.GUEST_OFFLOADS);

    /**
     * Check the numbers.
     *
     * @throws IllegalArgumentException if one is out of its range, or a feature is wanted that is not known here.
     */
    public NetDriverSettings
    {
        final boolean isPacked = RingFormat.PACKED == RingFormat.of(wanted);
        if (pairs < 1 || pairs > NetProtocol.MAX_PAIRS)
        {
            throw new IllegalArgumentException(
                "queue pairs must be from 1 to " + NetProtocol.MAX_PAIRS + ": pairs=" + pairs);
        }
        if (queueSize < 4 || queueSize > RingFormat.MAX_SIZE || !isPacked && Integer.bitCount(queueSize) != 1)
        {
            throw new IllegalArgumentException("queue size must be " + (isPacked ? "" : "a power of two, ") +
                "at least 4, at most " + RingFormat.MAX_SIZE + ": queueSize=" + queueSize);
        }
        if (receiveLength < MIN_RECEIVE_LENGTH || receiveLength > MAX_RECEIVE_LENGTH)
        {
            throw new IllegalArgumentException("receive buffer must have " + MIN_RECEIVE_LENGTH + " to " +
                MAX_RECEIVE_LENGTH + " bytes: receiveLength=" + receiveLength);
        }
        if (!wanted.isSubsetOf(KNOWN))
        {
            throw new IllegalArgumentException(
                "features are not known: unknown=" + wanted.minus(KNOWN) + ", known=" + KNOWN);
        }
    }

    /**
     * The usual driver: one pair, queues of 256, buffers of 2 KiB, {@link #USUAL} features.
     *
     * @return the settings.
     */
    public static NetDriverSettings usual()
    {
        return new NetDriverSettings(1, 256, 2048, USUAL);
    }
}
