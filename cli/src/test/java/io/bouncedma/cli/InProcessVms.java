/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDevice;
import io.bouncedma.devices.blk.BlockStore;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.transport.msgq.ConfigTransport;
import io.bouncedma.transport.msgq.DeviceAgent;
import io.bouncedma.transport.msgq.emulation.EmulatedHypervisor;
import io.bouncedma.transport.msgq.emulation.EmulatedHypervisorContext;
import io.bouncedma.transport.msgq.emulation.EmulatedVm;
import org.agrona.concurrent.AgentRunner;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Hypervisor, primary VM with a block device in memory, and secondary VM, all in this process.
 */
final class InProcessVms implements AutoCloseable
{
    final EmulatedHypervisor hypervisor;
    final EmulatedVm primary;
    final EmulatedVm secondary;
    final BouncePool pool;
    final DmaDevice dma;
    /** What ended the primary VM's agent, if anything did. */
    final AtomicReference<Throwable> primaryError = new AtomicReference<>();
    private final BlockStore store;
    private final AgentRunner primaryRunner;

    InProcessVms(final ConfigTransport transport, final long sectors, final long dmaBase)
    {
        hypervisor = new EmulatedHypervisor(
            new EmulatedHypervisorContext().poolLength(1 << 20).transport(transport).dmaBase(dmaBase));
        primary = hypervisor.attach(EmulatedHypervisor.PRIMARY);
        store = new MemoryBlockStore(sectors);
        final DeviceAgent agent = new DeviceAgent(primary, new BlkDevice(store, "in-memory", 256));
        primaryRunner = new AgentRunner(primary.idleStrategy(), primaryError::set, null, agent);
        AgentRunner.startOnThread(primaryRunner);
        secondary = hypervisor.attach(EmulatedHypervisor.SECONDARY);
        pool = new BouncePool("test", secondary.region(), secondary.poolOffset(), secondary.poolLength());
        dma = new DmaDevice("blk", PoolSet.of(pool));
    }

    @Override
    public void close()
    {
        primaryRunner.close();
        // What a hostile peer made a front-end leave behind goes with the window.
        pool.abandon();
        secondary.close();
        primary.close();
        hypervisor.close();
    }
}
