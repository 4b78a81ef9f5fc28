/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDevice;
import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.devices.blk.BlkProtocol;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.os.TestLimits;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.transport.msgq.ConfigTransport;
import io.bouncedma.transport.msgq.DeviceAgent;
import io.bouncedma.transport.msgq.DriverLink;
import io.bouncedma.transport.msgq.emulation.EmulatedHypervisor;
import io.bouncedma.transport.msgq.emulation.EmulatedHypervisorContext;
import io.bouncedma.transport.msgq.emulation.EmulatedVm;
import io.bouncedma.virtio.Waiting;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

/**
 * Hypervisor and both VMs in one thread: whenever the driver waits, the primary VM's agent is invoked. So every run is
 * the same run.
 */
class OneThreadTest
{
    private static final int SECTORS = 256;
    private static final int LENGTH = SECTORS * BlkProtocol.SECTOR_SIZE;

    @ParameterizedTest(name = "{0}, bus addresses from {1}")
    @CsvSource({"MSGQ, 0", "MMIO, 0", "MSGQ, 0x100000000", "MMIO, 0x100000000", "MSGQ, -1", "MMIO, -1",
        "MSGQ, -0x7fffffff00000000", "MMIO, -0x7fffffff00000000"})
    void shouldMoveADiskThere(final ConfigTransport transport, final String dmaBase)
    {
        final byte[] bytes = new byte[LENGTH];
        new SplittableRandom(42).nextBytes(bytes);
        final UnsafeBuffer back = new UnsafeBuffer(new byte[LENGTH]);
        run(transport, Long.decode(dmaBase), disk ->
        {
            assertEquals(SECTORS, disk.capacity());
            disk.write(0, new UnsafeBuffer(bytes), 0, LENGTH);
            disk.flush();
            disk.read(0, back, 0, LENGTH);
        });
        assertArrayEquals(bytes, back.byteArray());
    }

    private interface Use
    {
        void use(BlkDriver disk);
    }

    private static void run(final ConfigTransport transport, final long dmaBase, final Use use)
    {
        final AtomicReference<Throwable> error = new AtomicReference<>();
        try (EmulatedHypervisor hypervisor = new EmulatedHypervisor(
            new EmulatedHypervisorContext().poolLength(1 << 20).transport(transport).dmaBase(dmaBase));
            EmulatedVm primary = hypervisor.attach(EmulatedHypervisor.PRIMARY);
            AgentInvoker agent = new AgentInvoker(error::set, null, new DeviceAgent(
                primary, new BlkDevice(new MemoryBlockStore(SECTORS), "disk", 64)));
            EmulatedVm secondary = hypervisor.attach(EmulatedHypervisor.SECONDARY);
            BouncePool pool = new BouncePool(
                "pool", secondary.window(), secondary.poolOffset(), secondary.poolLength()))
        {
            agent.start();
            final DmaDevice dma = new DmaDevice("disk", PoolSet.of(pool));
            final DriverLink link = new DriverLink(
                secondary, new Waiting(invoking(agent), secondary.monitor(), TestLimits.millis(60_000)));
            try (BlkDriver disk = new BlkDriver(link.transport(), dma, link.waiting(), 64))
            {
                use.use(disk);
            }
            assertEquals(0, pool.usedBytes());
        }
        assertNull(error.get());
    }

    private static IdleStrategy invoking(final AgentInvoker agent)
    {
        return new IdleStrategy()
        {
            @Override
            public void idle(final int workCount)
            {
                agent.invoke();
            }

            @Override
            public void idle()
            {
                agent.invoke();
            }

            @Override
            public void reset()
            {
            }
        };
    }
}
