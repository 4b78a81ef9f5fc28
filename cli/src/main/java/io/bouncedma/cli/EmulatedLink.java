/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.pool.BouncePool;
import io.bouncedma.transport.msgq.DriverLink;
import io.bouncedma.transport.msgq.emulation.EmulatedVm;
import io.bouncedma.transport.msgq.emulation.VmStatistics;
import io.bouncedma.virtio.VirtioTransport;
import io.bouncedma.virtio.Waiting;

/**
 * A demo's link through the emulated hypervisor.
 */
final class EmulatedLink implements DemoLink
{
    private final EmulatedVm vm;
    private final BouncePool pool;
    private final long limitMs;
    private DriverLink link;

    EmulatedLink(final EmulatedVm vm, final long limitMs)
    {
        this.vm = vm;
        this.limitMs = limitMs;
        pool = new BouncePool("demo", vm.window(), vm.poolOffset(), vm.poolLength());
    }

    @Override
    public BouncePool pool()
    {
        return pool;
    }

    @Override
    public VirtioTransport transport()
    {
        return link().transport();
    }

    @Override
    public Waiting waiting()
    {
        return link().waiting();
    }

    private DriverLink link()
    {
        if (null == link)
        {
            link = new DriverLink(vm, limitMs);
        }
        return link;
    }

    @Override
    public Traffic traffic()
    {
        final VmStatistics figures = vm.statistics();
        return new Traffic(null == link ? 0 : link.configAccesses(), figures.messages(), figures.doorbellsRung(),
            figures.doorbellsCoalesced());
    }

    @Override
    public void close()
    {
        // After a failure the device may hold blocks that nobody will ever give back.
        pool.abandon();
        vm.close();
    }
}
