/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

/**
 * Who writes a mapped buffer.
 */
public enum Direction
{
    /** The device reads what the caller wrote; nothing is copied back. */
    TO_DEVICE(Direction.READ),
    /**
     * The device writes. It sees zeros, never what the caller's buffer held, and what it does not write comes back as
     * zeros if the caller copies that far.
     */
    FROM_DEVICE(Direction.WRITTEN),
    /** Both: the device sees the caller's bytes, and those that it does not write come back as they were. */
    BIDIRECTIONAL(Direction.READ | Direction.WRITTEN);

    private static final int READ = 1;
    private static final int WRITTEN = 2;
    /** Kept, as each call of values() makes another array. */
    private static final Direction[] VALUES = values();

    private final int ways;

    Direction(final int ways)
    {
        this.ways = ways;
    }

    /** What the device does, for one who keeps it in a few bits. */
    int ways()
    {
        return ways;
    }

    static boolean isToDevice(final int ways)
    {
        return 0 != (ways & READ);
    }

    static boolean isFromDevice(final int ways)
    {
        return 0 != (ways & WRITTEN);
    }

    static Direction of(final int ways)
    {
        return VALUES[ways - 1];
    }

    /**
     * Whether the device may read the caller's bytes.
     *
     * @return true for {@link #TO_DEVICE} and {@link #BIDIRECTIONAL}.
     */
    public boolean isToDevice()
    {
        return isToDevice(ways);
    }

    /**
     * Whether the device may write the caller's bytes.
     *
     * @return true for {@link #FROM_DEVICE} and {@link #BIDIRECTIONAL}.
     */
    public boolean isFromDevice()
    {
        return isFromDevice(ways);
    }
}
