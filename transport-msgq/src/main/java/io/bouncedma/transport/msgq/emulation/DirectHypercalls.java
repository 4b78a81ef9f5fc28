/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.msgq.emulation;

import io.bouncedma.os.Fd;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.util.List;

/**
 * Hypercalls of a VM that runs in the hypervisor's own process.
 */
final class DirectHypercalls implements Hypercalls
{
    private final EmulatedHypervisor hypervisor;
    private final int vm;
    /** Whether it is this that attached the VM, and not another one in this process or outside. */
    private boolean isAttached;

    DirectHypercalls(final EmulatedHypervisor hypervisor, final int vm)
    {
        this.hypervisor = hypervisor;
        this.vm = vm;
    }

    @Override
    public Attachment attach()
    {
        final Attachment attachment = hypervisor.attachVm(vm);
        if (null == attachment)
        {
            throw new IllegalStateException("VM is attached already: vm=" + EmulatedHypervisor.name(vm));
        }
        isAttached = true;
        return attachment;
    }

    @Override
    public int send(final int label, final DirectBuffer buffer, final int offset, final int length)
    {
        return hypervisor.send(vm, label, buffer, offset, length, false);
    }

    @Override
    public int receive(final int label, final MutableDirectBuffer buffer, final int offset, final int room)
    {
        return hypervisor.receive(vm, label, buffer, offset, room);
    }

    @Override
    public List<Fd> renew()
    {
        return isAttached ? hypervisor.renew(vm) : List.of();
    }

    @Override
    public void ready()
    {
        hypervisor.ready(vm);
    }

    @Override
    public Fd fd()
    {
        return null;
    }

    @Override
    public void close()
    {
        if (isAttached)
        {
            isAttached = false;
            hypervisor.detachVm(vm);
        }
    }
}
