/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

/**
 * How the driver kicks the device and learns of its interrupts, chosen apart from how registers are reached.
 */
public interface MmioNotifications
{
    /**
     * Tell the device that a queue has new buffers.
     *
     * @param queue index from 0.
     * @param next  goes with it if {@link #carriesData()}, as NOTIFICATION_DATA has it; otherwise 0.
     */
    void kick(int queue, int next);

    /**
     * Whether a kick carries more than that there was one.
     *
     * @return false if it is a doorbell.
     */
    boolean carriesData();

    /**
     * Take what the device notified of since the last call. Never waits for it.
     *
     * @return bits of {@code VirtioTransport.INTERRUPT_*}.
     */
    int takeInterrupts();
}
