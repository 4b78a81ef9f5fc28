/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDevice;
import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.devices.blk.BlkQueue;
import io.bouncedma.devices.console.ConsoleDevice;
import io.bouncedma.devices.console.ConsoleDriver;
import io.bouncedma.devices.console.ConsolePort;
import io.bouncedma.devices.entropy.RngDevice;
import io.bouncedma.devices.entropy.RngDriver;
import io.bouncedma.devices.net.NetDevice;
import io.bouncedma.devices.net.NetDriver;
import io.bouncedma.devices.net.NetDriverSettings;
import io.bouncedma.devices.net.NetSettings;
import io.bouncedma.devices.net.SinkPort;
import io.bouncedma.lab.sizing.BlkQueues;
import io.bouncedma.lab.sizing.ConsolePorts;
import io.bouncedma.lab.sizing.DriverModel;
import io.bouncedma.lab.sizing.NetQueues;
import io.bouncedma.lab.sizing.PoolParts;
import io.bouncedma.lab.sizing.RngQueue;
import io.bouncedma.lab.sizing.SizedAllocator;
import io.bouncedma.lab.sizing.SizedDevice;
import io.bouncedma.os.TestLimits;
import io.bouncedma.transport.msgq.ConfigTransport;
import io.bouncedma.transport.msgq.DriverLink;
import io.bouncedma.virtio.FeatureBits;
import io.bouncedma.virtio.Features;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The real front-ends with full queues take of a real pool what {@code size --drivers bounce-dma} says, to the byte.
 * Nothing is published, so nothing is completed meanwhile.
 */
class SizeDriversTest
{
    private static final Features PACKED = Features.of(FeatureBits.RING_PACKED);
    private static final int QUEUE_SIZE_MAX = 1024;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldKnowWhatADiskTakes(final boolean isPacked)
    {
        final int depth = 32;
        final int request = 8192;
        try (InProcessVms vms = new InProcessVms(ConfigTransport.MMIO,
            new BlkDevice(new MemoryBlockStore(2048), "disk", QUEUE_SIZE_MAX), 0))
        {
            final DriverLink link = link(vms);
            // As many descriptors as the model says: three for each request, for a split ring a power of two.
            try (BlkDriver disk = new BlkDriver(link.transport(), vms.dma, link.waiting(),
                isPacked ? 3 * depth : 128, isPacked ? PACKED : BlkDriver.USUAL_RING, 1))
            {
                final PoolParts parts = parts(new BlkQueues(1, depth, request, isPacked));
                assertEquals(parts.coherent(), vms.pool.usedBytes());
                final UnsafeBuffer buffer = new UnsafeBuffer(new byte[depth * request]);
                for (int i = 0; i < depth; i++)
                {
                    assertEquals(BlkQueue.SUBMITTED, disk.queue(0).submitRead(0, buffer, i * request, request, i));
                }
                assertEquals(parts.total(), vms.pool.usedBytes());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldKnowWhatACardTakes(final boolean isPacked)
    {
        final int depth = 128;
        try (InProcessVms vms = new InProcessVms(ConfigTransport.MMIO,
            new NetDevice(NetSettings.of(NetSettings.parseMac("52:54:00:00:00:01")), List.of(new SinkPort())), 0))
        {
            final DriverLink link = link(vms);
            final Features wanted = isPacked ? NetDriverSettings.USUAL.or(PACKED) : NetDriverSettings.USUAL;
            try (NetDriver net = new NetDriver(link.transport(), vms.dma, link.waiting(),
                new NetDriverSettings(1, depth, 2048, wanted), (pair, buffer, offset, length, header) ->
                {
                }))
            {
                final PoolParts parts = parts(new NetQueues(1, depth, 1500, true, isPacked));
                assertEquals(parts.coherent() + parts.longLived(), vms.pool.usedBytes());
                final UnsafeBuffer frame = new UnsafeBuffer(new byte[1514]);
                for (int i = 0; i < depth / 2; i++)
                {
                    assertTrue(net.send(0, frame, 0, frame.capacity()));
                }
                assertFalse(net.send(0, frame, 0, frame.capacity()));
                assertEquals(parts.total(), vms.pool.usedBytes());
            }
        }
    }

    @Test
    void shouldKnowWhatAConsoleTakes()
    {
        final int depth = 32;
        try (InProcessVms vms = new InProcessVms(
            ConfigTransport.MMIO, new ConsoleDevice(2, QUEUE_SIZE_MAX), 0))
        {
            final DriverLink link = link(vms);
            try (ConsoleDriver console = new ConsoleDriver(
                link.transport(), vms.dma, link.waiting(), depth, 2, ConsoleDriver.USUAL_RING))
            {
                assertEquals(2, console.maxPorts());
                // Ports that the device has not take no buffers.
                assertEquals(parts(new ConsolePorts(2, depth, 4096, false)).coherent(), vms.pool.usedBytes());
            }
        }
        try (InProcessVms vms = new InProcessVms(
            ConfigTransport.MMIO, new ConsoleDevice(new SilentPort(), QUEUE_SIZE_MAX), 0))
        {
            final DriverLink link = link(vms);
            try (ConsoleDriver console = new ConsoleDriver(
                link.transport(), vms.dma, link.waiting(), depth, 1, ConsoleDriver.USUAL_RING))
            {
                assertEquals(1, console.maxPorts());
                final PoolParts parts = parts(new ConsolePorts(1, depth, 4096, false));
                assertEquals(parts.coherent() + parts.longLived(), vms.pool.usedBytes());
            }
        }
    }

    @Test
    void shouldKnowWhatRandomNumbersTake()
    {
        try (InProcessVms vms = new InProcessVms(ConfigTransport.MMIO, new RngDevice(bytes ->
        {
        }, QUEUE_SIZE_MAX), 0))
        {
            final DriverLink link = link(vms);
            try (RngDriver rng = new RngDriver(
                link.transport(), vms.dma, link.waiting(), RngQueue.USUAL_DEPTH, RngDriver.USUAL_RING))
            {
                assertEquals(RngDriver.SUBMITTED, rng.submit(new byte[512], 0, 512, 0));
                assertEquals(parts(new RngQueue(RngQueue.USUAL_DEPTH, false)).total(), vms.pool.usedBytes());
            }
        }
    }

    private static DriverLink link(final InProcessVms vms)
    {
        return new DriverLink(vms.secondary, TestLimits.millis(30_000));
    }

    private static PoolParts parts(final SizedDevice device)
    {
        return PoolParts.of(SizedAllocator.BOUNCE_DMA, List.of(DriverModel.BOUNCE_DMA.demand("device", device)));
    }

    /** A host that neither sends nor takes anything. */
    private static final class SilentPort implements ConsolePort
    {
        @Override
        public int write(final byte[] bytes, final int offset, final int length)
        {
            return 0;
        }

        @Override
        public int read(final byte[] to)
        {
            return 0;
        }

        @Override
        public void close()
        {
        }
    }
}
