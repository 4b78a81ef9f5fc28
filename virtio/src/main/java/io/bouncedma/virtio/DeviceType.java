/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * The device types that this project has ends for (virtio 1.4, section 5).
 */
public final class DeviceType
{
    /** No device in the slot: the driver goes away without an error. */
    public static final int NONE = 0;
    /** Network card. */
    public static final int NET = 1;
    /** Block device. */
    public static final int BLOCK = 2;
    /** Console. */
    public static final int CONSOLE = 3;
    /** Entropy source. */
    public static final int ENTROPY = 4;
    /** CAIF link to a modem: the specification has no more than the number, Linux's caif_virtio has the rest. */
    public static final int CAIF = 12;

    private DeviceType()
    {
    }
}
