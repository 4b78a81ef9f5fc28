/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.mmio;

import io.bouncedma.dma.DmaDevice;
import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.os.TestLimits;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.virtio.DeviceController;
import io.bouncedma.virtio.DriverRing;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.PeerMonitor;
import io.bouncedma.virtio.VirtioDriver;
import io.bouncedma.virtio.VirtioTransport;
import io.bouncedma.virtio.Waiting;
import io.bouncedma.virtio.testing.TestDoorbell;
import org.agrona.concurrent.NoOpIdleStrategy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A device behind its registers, and a shared window: a page for the register page, a pool, and a page of free bytes.
 */
final class Bench implements AutoCloseable
{
    static final int LENGTH = 1 << 16;
    static final int FREE = LENGTH - Extent.ALIGNMENT;
    static final Features WANTED = Features.of(3);

    final Window region;
    final BouncePool pool;
    final DmaDevice dma;
    final TestDevice device;
    final TestDoorbell used = new TestDoorbell();
    final TestDoorbell config = new TestDoorbell();
    final DeviceController controller;
    final MmioDevice registers;

    Bench()
    {
        try (Fd memory = Memfd.create("bench", LENGTH))
        {
            region = MemfdWindow.map(
                "bench", memory, List.of(new Extent(0, 0x4000_0000L, LENGTH)), BusAddressing.offset());
        }
        pool = new BouncePool("bench", region, Extent.ALIGNMENT, FREE - Extent.ALIGNMENT);
        final PoolSet pools = new PoolSet();
        pools.register(pool);
        dma = new DmaDevice("bench", pools);
        device = new TestDevice();
        controller = new DeviceController(device, region, used, config);
        registers = new MmioDevice(controller);
    }

    /**
     * Where a register page is put.
     */
    MemorySegment page()
    {
        return region.memory(0, RegisterPage.LENGTH);
    }

    /**
     * For devices that answer without being run meanwhile.
     */
    static Waiting waiting()
    {
        return waiting(TestLimits.millis(60_000));
    }

    static Waiting waiting(final long limitMs)
    {
        return new Waiting(NoOpIdleStrategy.INSTANCE, PeerMonitor.ALWAYS_PRESENT, limitMs);
    }

    VirtioDriver open(final VirtioTransport transport)
    {
        return new VirtioDriver(transport, dma, TestDevice.TYPE, WANTED);
    }

    /**
     * Send four bytes through queue 0 and back; the device is made to work by the caller's kick or here.
     */
    void echo(final DriverRing ring)
    {
        final byte[] bytes = {4, 3, 2, 1};
        MemorySegment.copy(bytes, 0, region.memory(FREE, 4), ValueLayout.JAVA_BYTE, 0, 4);
        ring.add(new long[]{FREE, FREE + 64}, new int[]{4, 4}, 1, 1, 1);
        ring.publish();
        assertEquals(1, controller.doWork());
        assertTrue(ring.poll());
        assertEquals(4, ring.written());
        assertArrayEquals(bytes, region.memory(FREE + 64, 4).toArray(ValueLayout.JAVA_BYTE));
    }

    @Override
    public void close()
    {
        dma.close();
        pool.close();
        region.close();
    }
}
