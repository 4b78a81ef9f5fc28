/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.dma.DmaDevice;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.transport.msgq.ConfigTransport;
import io.bouncedma.transport.msgq.DeviceAgent;
import io.bouncedma.transport.msgq.emulation.EmulatedHypervisor;
import io.bouncedma.transport.msgq.emulation.EmulatedHypervisorContext;
import io.bouncedma.transport.msgq.emulation.EmulatedVm;
import io.bouncedma.virtio.RingException;
import io.bouncedma.virtio.VirtioDevice;
import org.agrona.CloseHelper;
import org.agrona.concurrent.AgentRunner;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Hypervisor, primary VM with a device, and secondary VM, all in this process.
 */
final class InProcessVms implements AutoCloseable
{
    final EmulatedHypervisor hypervisor;
    final EmulatedVm primary;
    EmulatedVm secondary;
    BouncePool pool;
    DmaDevice dma;
    /** What the primary VM's agent or its device threw first, if anything. */
    private final AtomicReference<Throwable> primaryError = new AtomicReference<>();
    private final VirtioDevice device;
    private final AgentRunner primaryRunner;

    InProcessVms(final ConfigTransport transport, final VirtioDevice device, final long dmaBase)
    {
        this.device = device;
        hypervisor = new EmulatedHypervisor(
            new EmulatedHypervisorContext().poolLength(1 << 20).transport(transport).dmaBase(dmaBase));
        primary = hypervisor.attach(EmulatedHypervisor.PRIMARY);
        final DeviceAgent agent = new DeviceAgent(primary, watched());
        primaryRunner = new AgentRunner(
            primary.idleStrategy(), e -> primaryError.compareAndSet(null, e), null, agent);
        AgentRunner.startOnThread(primaryRunner);
        attachSecondary();
    }

    /**
     * Have another secondary VM in the place of the one that is there, as after it was killed.
     */
    void replaceSecondary()
    {
        pool.abandon();
        secondary.close();
        attachSecondary();
    }

    /**
     * End all.
     *
     * @throws AssertionError if the primary VM's agent threw anything, or the device anything but that a ring is
     *                        broken: a front-end must not make them.
     */
    @Override
    public void close()
    {
        primaryRunner.close();
        CloseHelper.close(device instanceof final AutoCloseable closeable ? closeable : null);
        // What a hostile peer made a front-end leave behind goes with the window.
        pool.abandon();
        secondary.close();
        primary.close();
        hypervisor.close();
        if (null != primaryError.get())
        {
            throw new AssertionError("the primary VM's agent or device threw", primaryError.get());
        }
    }

    /** A device of which is seen what it throws, whatever becomes of that in the agent. */
    private VirtioDevice watched()
    {
        return (VirtioDevice)Proxy.newProxyInstance(
            VirtioDevice.class.getClassLoader(), new Class<?>[]{VirtioDevice.class}, (proxy, method, arguments) ->
            {
                try
                {
                    return method.invoke(device, arguments);
                }
                catch (final InvocationTargetException e)
                {
                    if (!(e.getCause() instanceof RingException))
                    {
                        primaryError.compareAndSet(null, e.getCause());
                    }
                    throw e.getCause();
                }
            });
    }

    private void attachSecondary()
    {
        secondary = hypervisor.attach(EmulatedHypervisor.SECONDARY);
        pool = new BouncePool("test", secondary.window(), secondary.poolOffset(), secondary.poolLength());
        dma = new DmaDevice("device", PoolSet.of(pool));
    }
}
