/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

import io.bouncedma.lab.Trace;
import io.bouncedma.lab.TraceDirection;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class QueueWorkloadTest
{
    private static final List<DeviceDemand> DEVICES = List.of(
        DriverModel.LINUX.demand("disk", new BlkQueues(2, 16, 64 * 1024, false)),
        DriverModel.LINUX.demand("card", new NetQueues(2, 64, 1500, true, false)),
        DriverModel.LINUX.demand("console", new ConsolePorts(2, 8, 4096, false)),
        DriverModel.LINUX.demand("rng", new RngQueue(8, false)));

    @Test
    void shouldFillAllQueuesAndNeverMore()
    {
        final Trace trace = QueueWorkload.generate("full", DEVICES, 42);
        assertEquals(List.of("disk", "card", "console", "rng"), trace.devices());
        assertEquals(DEVICES.stream().mapToLong(DeviceDemand::mappings).sum(), trace.peakLiveMappings());
        long bytes = 0;
        for (int i = 0; i < trace.peakLiveMappings(); i++)
        {
            assertTrue(trace.isMap(i), "event " + i + " unmaps before all queues are full");
            bytes += trace.bytes(i);
        }
        assertEquals(bytes, trace.peakLiveBytes());
    }

    @Test
    void shouldMakeChainsAnewAndLeaveRingsAlone()
    {
        final Trace trace = QueueWorkload.generate("turns", DEVICES, 42);
        final long[] made = new long[DEVICES.size()];
        for (int i = 0; i < trace.size(); i++)
        {
            final boolean isCoherent = TraceDirection.COHERENT == trace.direction(i);
            assertTrue(!isCoherent || trace.isMap(i), "event " + i + " frees a ring");
            made[trace.device(i)] += trace.isMap(i) && !isCoherent ? 1 : 0;
        }
        // 8,192 chains in all, of each device so many of them as it has in flight.
        assertEquals(8192, (double)(made[0] / 4 + made[1] + made[2] + made[3]), 1500);
        assertEquals(32.0 / 220, made[0] / 4.0 / made[1], 0.05);
    }

    @Test
    void shouldMakeManyChainsAnewOnce()
    {
        final DeviceDemand many = DriverModel.LINUX.demand("card", new NetQueues(16, 1024, 1500, true, false));
        final Trace trace = QueueWorkload.generate("many", List.of(many), 42);
        assertEquals(2.0, (double)trace.maps() / many.mappings(), 0.01);
    }

    @Test
    void shouldNotMoveWhatStands()
    {
        final DeviceDemand own = DriverModel.BOUNCE_DMA.demand("card", new NetQueues(1, 64, 1500, true, false));
        final Trace trace = QueueWorkload.generate("standing", List.of(own), 42);
        for (int i = 0; i < trace.size(); i++)
        {
            assertTrue(trace.isMap(i) || 1514 == trace.bytes(i), "event " + i + " unmaps a receive buffer");
        }
    }

    @Test
    void shouldBeTheSameForTheSameSeed()
    {
        final Trace one = QueueWorkload.generate("seeds", DEVICES, 7);
        final Trace same = QueueWorkload.generate("seeds", DEVICES, 7);
        final Trace other = QueueWorkload.generate("seeds", DEVICES, 8);
        assertEquals(describe(one), describe(same));
        assertNotEquals(describe(one), describe(other));
    }

    @Test
    void shouldRefuseMoreThanCanBeReplayed()
    {
        final DeviceDemand huge = DriverModel.LINUX.demand("huge", new NetQueues(1024, 32768, 1500, true, false));
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
            () -> QueueWorkload.generate("huge", List.of(huge), 1));
        assertTrue(e.getMessage().contains("give fewer queues or less depth"), e.getMessage());
    }

    private static String describe(final Trace trace)
    {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < trace.size(); i++)
        {
            text.append(trace.isMap(i)).append(trace.mapping(i)).append(' ').append(trace.bytes(i)).append(' ');
        }
        return text.toString();
    }
}
