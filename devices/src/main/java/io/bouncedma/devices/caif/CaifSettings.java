/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.caif;

import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.RingFormat;

/**
 * How a link is to be. Features and MTU must be the same at both ends.
 *
 * @param features  of both rings, for example EVENT_IDX or RING_PACKED.
 * @param ringSize  descriptors of the ring that this end sends on.
 * @param mtu       the largest packet in bytes, either way.
 * @param watermark flow goes off when so few descriptors are free, or fewer; and whenever the largest packet would not
 *                  find room any more.
 * @param reserve   packets of the largest size whose memory is kept back, at least 1: the packet that finds the pool
 *                  used up by others still goes, and flow is off until the reserve is full again.
 */
public record CaifSettings(Features features, int ringSize, int mtu, int watermark, int reserve)
{
    private static final int MAX_RESERVE = 64;

    /** An event index on split rings of 256 descriptors, packets up to 4096 bytes as in Linux's caif_virtio. */
    public static final CaifSettings USUAL =
        new CaifSettings(Features.MANDATORY.with(FeatureBits.EVENT_IDX), 256, 4096, 4, 1);

    /**
     * Check the numbers.
     *
     * @param features  any.
     * @param ringSize  as described.
     * @param mtu       from 1 to 1 MiB.
     * @param watermark zero to a quarter of the ring, where flow comes on again.
     * @param reserve   1 to 64.
     * @throws IllegalArgumentException if a number is out of its range.
     */
    public CaifSettings
    {
        RingFormat.of(features).requireSize(ringSize);
        if (mtu < 1 || mtu > 1 << 20)
        {
            throw new IllegalArgumentException("need an MTU of 1 to 1048576 bytes: mtu=" + mtu);
        }
        if (watermark < 0 || watermark > ringSize / 4 || reserve < 1 || reserve > MAX_RESERVE)
        {
            throw new IllegalArgumentException("need a watermark of 0 to a quarter of the ring and a reserve of 1 to " +
                MAX_RESERVE + ": watermark=" + watermark + ", reserve=" + reserve + ", ringSize=" + ringSize);
        }
    }

    /**
     * The same with other features.
     *
     * @param other of both rings.
     * @return the changed settings.
     */
    public CaifSettings features(final Features other)
    {
        return new CaifSettings(other, ringSize, mtu, watermark, reserve);
    }
}
