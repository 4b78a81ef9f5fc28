/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.net;

import com.sun.management.ThreadMXBean;
import io.bouncedma.virtio.Features;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.management.ManagementFactory;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Steady state allocates nothing, at either end and on the way, with frames of one buffer and of several.
 */
class NetAllocationTest
{
    private static final int FRAMES = 500;
    private static final int ROUNDS = 40_000;

    private final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();
    private final UnsafeBuffer frame = new UnsafeBuffer(new byte[4000]);
    private long came;

    @ParameterizedTest(name = "ring {0}")
    @MethodSource("io.bouncedma.devices.net.NetFrames#rings")
    void shouldAllocateNothingInSteadyState(final Features ring)
    {
        final NetDriverSettings settings = new NetDriverSettings(
            1, 32, 2048, NetDriverSettings.USUAL.minus(Features.RING).or(ring));
        try (NetPair cable = new NetPair("cable", 1, 64, 4000, NetPair.CHECKSUM);
            NetVm left = vm(cable.left(0), settings);
            NetVm right = vm(cable.right(0), settings))
        {
            left.work();
            right.work();
            long least = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS && least > 0; round++)
            {
                final long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < FRAMES; i++)
                {
                    (0 == (i & 1) ? left : right).driver.send(0, frame, 0, 0 == (i & 6) ? 4000 : 64);
                    left.driver.doWork();
                    left.work();
                    right.work();
                    right.driver.doWork();
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertEquals(0, least);
            assertTrue(came > FRAMES);
        }
    }

    private NetVm vm(final NetPort port, final NetDriverSettings settings)
    {
        return new NetVm(new NetDevice(NetSettings.of(NetFrames.MAC), List.of(port)), settings, 1024 * 1024,
            (pair, buffer, offset, length, header) -> came++);
    }
}
