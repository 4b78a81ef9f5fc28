/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

import io.bouncedma.virtio.Doorbell;
import io.bouncedma.virtio.VirtioTransport;

/**
 * Notifications by doorbells, where a register access would be a message: one for kicks of any queue, one for used
 * buffers of any queue, one for configuration changes. No register is touched but to acknowledge the last.
 */
public final class DoorbellNotifications implements MmioNotifications
{
    private final MmioOps ops;
    private final Doorbell kick;
    private final Doorbell used;
    private final Doorbell config;

    /**
     * Use three doorbells.
     *
     * @param ops    to acknowledge configuration changes by.
     * @param kick   rung for the device.
     * @param used   rung by the device when it used buffers.
     * @param config rung by the device when its configuration or status changed.
     */
    public DoorbellNotifications(final MmioOps ops, final Doorbell kick, final Doorbell used, final Doorbell config)
    {
        this.ops = ops;
        this.kick = kick;
        this.used = used;
        this.config = config;
    }

    @Override
    public void kick(final int queue, final int next)
    {
        kick.ring();
    }

    @Override
    public boolean carriesData()
    {
        return false;
    }

    @Override
    public int takeInterrupts()
    {
        int bits = used.clear() > 0 ? VirtioTransport.INTERRUPT_USED_BUFFER : 0;
        if (config.clear() > 0)
        {
            bits |= VirtioTransport.INTERRUPT_CONFIG_CHANGE;
            ops.write32(MmioRegisters.INTERRUPT_ACK, VirtioTransport.INTERRUPT_CONFIG_CHANGE);
        }
        return bits;
    }
}
