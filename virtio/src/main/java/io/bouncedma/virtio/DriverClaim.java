/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * Who drives a device: one {@link VirtioDriver} at a time. A second one would reset the device under the first, which
 * then waits for what never comes; so it is refused. What leads to a device has one claim for its life.
 */
public final class DriverClaim
{
    private VirtioDriver holder;
    private String maker;

    /**
     * Nobody drives the device yet.
     */
    public DriverClaim()
    {
    }

    /** A driver begins; nothing happens if it is the one that has the device already. */
    synchronized void take(final VirtioDriver driver)
    {
        if (driver == holder)
        {
            return;
        }
        if (null != holder)
        {
            throw new IllegalStateException("device has a driver already, made by thread \"" + maker +
                "\": close that one first, or use it; two would reset the device under each other");
        }
        holder = driver;
        maker = Thread.currentThread().getName();
    }

    /** The driver that took it ends. */
    synchronized void release()
    {
        holder = null;
    }
}
