/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq;

import io.bouncedma.transport.mmio.CountingMmioOps;
import io.bouncedma.transport.mmio.DoorbellNotifications;
import io.bouncedma.transport.mmio.MmioOps;
import io.bouncedma.transport.mmio.MmioTransport;
import io.bouncedma.transport.mmio.PageMmioOps;
import io.bouncedma.transport.mmio.RegisterPage;
import io.bouncedma.virtio.VirtioTransport;
import io.bouncedma.virtio.Waiting;

/**
 * The secondary VM's way to the device: waits for the primary VM, and reaches its registers as the
 * hypervisor says, by messages or by a page.
 */
public final class DriverLink
{
    private final CountingMmioOps ops;
    private final Waiting waiting;
    private final MmioTransport transport;

    /**
     * Wait until the other VM is ready and link to its device, idling as the port does.
     *
     * @param vm      the secondary VM's port; it stays the caller's.
     * @param limitMs milliseconds that each wait may take.
     * @throws io.bouncedma.virtio.VirtioException if the other VM does not become ready in time or goes away.
     */
    public DriverLink(final HypervisorPort vm, final long limitMs)
    {
        this(vm, new Waiting(vm.idleStrategy(), vm.monitor(), limitMs));
    }

    /**
     * Wait until the other VM is ready and link to its device.
     *
     * @param vm      the secondary VM's port; it stays the caller's.
     * @param waiting how to wait, for example by running the other VM's agent in this thread.
     * @throws io.bouncedma.virtio.VirtioException if the other VM does not become ready in time or goes away.
     */
    public DriverLink(final HypervisorPort vm, final Waiting waiting)
    {
        this.waiting = waiting;
        final Waiting.Wait wait = waiting.start("ready " + vm.peerName() + " VM");
        while (PeerState.READY != vm.peerState())
        {
            wait.pause();
        }
        // From here on it must stay this very VM.
        vm.monitor().requirePresent();
        final DeviceBinding device = vm.device();
        ops = new CountingMmioOps(registers(vm, device, waiting));
        final DoorbellNotifications notifications = new DoorbellNotifications(
            ops, vm.doorbell(device.kick()), vm.doorbell(device.used()), vm.doorbell(device.config()));
        transport = new MmioTransport(ops, notifications, waiting, vm.claim());
    }

    /**
     * The driver's view of the device.
     *
     * @return for a front-end.
     */
    public VirtioTransport transport()
    {
        return transport;
    }

    /**
     * How to wait for the other VM.
     *
     * @return for a front-end.
     */
    public Waiting waiting()
    {
        return waiting;
    }

    /**
     * How many registers were read and written.
     *
     * @return a number that grows.
     */
    public long configAccesses()
    {
        return ops.reads() + ops.writes();
    }

    private static MmioOps registers(final HypervisorPort vm, final DeviceBinding device, final Waiting waiting)
    {
        return switch (device.transport())
        {
            case MSGQ -> new MessageMmioOps(
                vm.sender(device.requests()), vm.receiver(device.responses()), waiting);
            case MMIO -> new PageMmioOps(
                vm.window().memory(device.registerPage(), RegisterPage.LENGTH),
                vm.doorbell(device.registerWrite()), waiting);
        };
    }
}
