/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.caif;

import com.sun.management.ThreadMXBean;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.testing.TestDoorbell;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.management.ManagementFactory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Packets both ways, flow going off and on among them, without an allocation once the code is compiled.
 */
class CaifAllocationTest
{
    private static final int PACKETS = 2_000;
    private static final int ROUNDS = 10_000;

    private final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();
    private final UnsafeBuffer packet = new UnsafeBuffer(new byte[CaifPair.MTU]);

    @ParameterizedTest
    @MethodSource("io.bouncedma.devices.caif.CaifPair#features")
    void shouldAllocateNothingInSteadyState(final Features features)
    {
        final CaifSettings settings = CaifPair.settings(features, 16);
        final CaifListener nobody = (buffer, offset, length) -> assertEquals(CaifPair.MTU, length);
        try (CaifMemory hostMemory = CaifMemory.of("host", CaifPair.HOST_PADDR, 512 * 1024);
            CaifMemory modemMemory = CaifMemory.of("modem", CaifPair.MODEM_PADDR, 512 * 1024);
            CaifHost host = new CaifHost(hostMemory.dma, settings, new TestDoorbell(), nobody);
            CaifModem modem = new CaifModem(
                modemMemory.dma, settings, CaifPair.BUFFER_LENGTH, new TestDoorbell(), nobody))
        {
            host.join(modemMemory.asPeerSeesIt, modem.ring());
            modem.join(hostMemory.asPeerSeesIt, host.ring());
            long least = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS && least > 0; round++)
            {
                final long before = threads.getCurrentThreadAllocatedBytes();
                work(host, modem);
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertEquals(0, least);
            assertTrue(host.flowOffs() > 0 && modem.flowOffs() > 0);
        }
    }

    private void work(final CaifEnd host, final CaifEnd modem)
    {
        for (int i = 0; i < PACKETS; i++)
        {
            // The modem's packets take three descriptors, or one with a table; either way both ends fill their rings.
            final CaifEnd from = 0 == (i & 64) ? host : modem;
            final CaifEnd to = from == host ? modem : host;
            if (CaifEnd.FLOW_OFF == from.send(packet, 0, CaifPair.MTU))
            {
                to.doWork();
                from.doWork();
            }
        }
    }
}
