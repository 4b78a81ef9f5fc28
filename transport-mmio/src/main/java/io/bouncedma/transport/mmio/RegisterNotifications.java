/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

/**
 * Notifications by registers alone, as virtio 1.4, section 4.2.2 has them: QueueNotify, InterruptStatus, InterruptACK.
 */
public final class RegisterNotifications implements MmioNotifications
{
    private final MmioOps ops;

    /**
     * Use the registers.
     *
     * @param ops to reach them by.
     */
    public RegisterNotifications(final MmioOps ops)
    {
        this.ops = ops;
    }

    @Override
    public void kick(final int queue, final int next)
    {
        // 4.2.3.3 and 2.9: without NOTIFICATION_DATA the upper half is zero, and so is next.
        ops.write32(MmioRegisters.QUEUE_NOTIFY, next << Short.SIZE | queue);
    }

    @Override
    public boolean carriesData()
    {
        return true;
    }

    @Override
    public int takeInterrupts()
    {
        final int bits = ops.read32(MmioRegisters.INTERRUPT_STATUS);
        if (0 != bits)
        {
            ops.write32(MmioRegisters.INTERRUPT_ACK, bits);
        }
        return bits;
    }
}
