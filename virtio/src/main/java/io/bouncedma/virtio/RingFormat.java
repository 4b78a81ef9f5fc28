/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * How a ring lies in memory: one of the two formats of virtio 1.4, section 2.6, chosen by RING_PACKED.
 */
public enum RingFormat
{
    /** Three areas: a table of descriptors, a ring of what is available, a ring of what is used (section 2.7). */
    SPLIT,
    /** One ring of descriptors that both sides write, and an event structure of each side (section 2.8). */
    PACKED;

    /** The largest ring: 16-bit positions tell full from empty, or carry a wrap counter, up to here. */
    public static final int MAX_SIZE = 32768;

    static final int CACHE_LINE = 64;

    /**
     * The format of a set of features.
     *
     * @param negotiated features that both sides have.
     * @return {@link #PACKED} with RING_PACKED.
     */
    public static RingFormat of(final Features negotiated)
    {
        return negotiated.has(FeatureBits.RING_PACKED) ? PACKED : SPLIT;
    }

    /**
     * Refuse a size that no ring of this format has.
     *
     * @param size entries.
     * @throws IllegalArgumentException unless it is from 1 to {@link #MAX_SIZE}, and for a split ring a power of two.
     */
    public void requireSize(final int size)
    {
        if (SPLIT == this)
        {
            SplitRingLayout.requireSize(size);
        }
        else
        {
            PackedRingLayout.requireSize(size);
        }
    }

    /**
     * The largest size of this format that is not larger than another.
     *
     * @param size entries, from 1.
     * @return entries.
     */
    public int fit(final int size)
    {
        final int capped = Math.min(size, MAX_SIZE);
        return SPLIT == this ? Integer.highestOneBit(capped) : capped;
    }

    /**
     * The length of the descriptor area.
     *
     * @param size entries.
     * @return bytes.
     */
    public int descLength(final int size)
    {
        return SplitRingLayout.DESC_LENGTH * size;
    }

    /**
     * The length of the driver area: what is available, or the driver's event structure.
     *
     * @param size entries.
     * @return bytes.
     */
    public int driverLength(final int size)
    {
        return SPLIT == this ? SplitRingLayout.driverLength(size) : PackedRingLayout.EVENT_LENGTH;
    }

    /**
     * The length of the device area: what is used, or the device's event structure.
     *
     * @param size entries.
     * @return bytes.
     */
    public int deviceLength(final int size)
    {
        return SPLIT == this ? SplitRingLayout.deviceLength(size) : PackedRingLayout.EVENT_LENGTH;
    }

    /**
     * The length of one block that holds all three areas. The device area starts a cache line of its own: the two sides
     * write different areas.
     *
     * @param size entries.
     * @return bytes.
     */
    public int totalLength(final int size)
    {
        return deviceOffset(size) + deviceLength(size);
    }

    int driverOffset(final int size)
    {
        return descLength(size);
    }

    int deviceOffset(final int size)
    {
        return driverOffset(size) + driverLength(size) + CACHE_LINE - 1 & -CACHE_LINE;
    }

    int driverAlignment()
    {
        return SPLIT == this ? SplitRingLayout.DRIVER_ALIGNMENT : PackedRingLayout.EVENT_ALIGNMENT;
    }

    int deviceAlignment()
    {
        return SPLIT == this ? SplitRingLayout.DEVICE_ALIGNMENT : PackedRingLayout.EVENT_ALIGNMENT;
    }
}
