/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq;

/**
 * What a virtio device that is split between two VMs uses of their hypervisor, as a device tree would tell both.
 *
 * @param transport     how the driver reaches the registers.
 * @param registerPage  offset of the register page in the window.
 * @param requests      label of the message queue for register accesses, to the VM that has the device.
 * @param responses     label of the message queue for their results.
 * @param kick          label of the doorbell to the device: a queue has new buffers.
 * @param registerWrite label of the doorbell to the device: a write waits in the register page.
 * @param used          label of the doorbell to the driver: buffers were used.
 * @param config        label of the doorbell to the driver: configuration or status changed.
 */
public record DeviceBinding(
    ConfigTransport transport,
    long registerPage,
    int requests,
    int responses,
    int kick,
    int registerWrite,
    int used,
    int config)
{
}
