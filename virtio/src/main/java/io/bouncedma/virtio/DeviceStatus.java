/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * The bits of the device status field (virtio 1.4, section 2.1). The driver sets them one after the other and takes
 * none back but by a reset.
 */
public final class DeviceStatus
{
    /** Written by the driver to reset the device, read by it when the reset is done. */
    public static final int RESET = 0;
    /** The driver found the device. */
    public static final int ACKNOWLEDGE = 0x01;
    /** The driver knows how to drive it. */
    public static final int DRIVER = 0x02;
    /** The driver is set up: the device may use buffers. */
    public static final int DRIVER_OK = 0x04;
    /** The driver is done with features; reads as clear if the device refuses them. */
    public static final int FEATURES_OK = 0x08;
    /** The device met an error that only a reset cures. */
    public static final int DEVICE_NEEDS_RESET = 0x40;
    /** The driver gave up. */
    public static final int FAILED = 0x80;

    private DeviceStatus()
    {
    }

    /**
     * The status in words, for messages.
     *
     * @param status any value.
     * @return for example {@code ACKNOWLEDGE|DRIVER}.
     */
    public static String describe(final int status)
    {
        if (RESET == status)
        {
            return "RESET";
        }
        final StringBuilder text = new StringBuilder();
        final String[] names = {"ACKNOWLEDGE", "DRIVER", "DRIVER_OK", "FEATURES_OK", "SUSPEND", "0x20",
            "DEVICE_NEEDS_RESET", "FAILED"};
        for (int i = 0; i < names.length; i++)
        {
            if (0 != (status & 1 << i))
            {
                text.append(text.isEmpty() ? "" : "|").append(names[i]);
            }
        }
        return text.isEmpty() ? "0x" + Integer.toHexString(status) : text.toString();
    }
}
