/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

/**
 * The labels that the emulated hypervisor gives to what two VMs with one virtio device need.
 */
public final class Label
{
    /** Message queue from the secondary VM: register accesses. */
    public static final int REGISTER_REQUESTS = 1;
    /** Message queue from the primary VM: their results. */
    public static final int REGISTER_RESPONSES = 2;
    /** Doorbell from the secondary VM: a queue has new buffers. */
    public static final int KICK = 16;
    /** Doorbell from the secondary VM: a write waits in the register page. */
    public static final int REGISTER_WRITE = 17;
    /** Doorbell from the primary VM: buffers were used. */
    public static final int USED = 18;
    /** Doorbell from the primary VM: configuration or status changed. */
    public static final int CONFIG = 19;

    private Label()
    {
    }
}
