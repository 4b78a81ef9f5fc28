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
    TO_DEVICE(true, false),
    /**
     * The device writes. It sees zeros, never what the caller's buffer held, and what it does not write comes back as
     * zeros if the caller copies that far.
     */
    FROM_DEVICE(false, true),
    /** Both: the device sees the caller's bytes, and those that it does not write come back as they were. */
    BIDIRECTIONAL(true, true);

    private final boolean toDevice;
    private final boolean fromDevice;

    Direction(final boolean toDevice, final boolean fromDevice)
    {
        this.toDevice = toDevice;
        this.fromDevice = fromDevice;
    }

    /**
     * Whether the device may read the caller's bytes.
     *
     * @return true for {@link #TO_DEVICE} and {@link #BIDIRECTIONAL}.
     */
    public boolean isToDevice()
    {
        return toDevice;
    }

    /**
     * Whether the device may write the caller's bytes.
     *
     * @return true for {@link #FROM_DEVICE} and {@link #BIDIRECTIONAL}.
     */
    public boolean isFromDevice()
    {
        return fromDevice;
    }
}
