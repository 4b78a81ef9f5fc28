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
    void shouldMakeEachChainAnewAFewTimes()
    {
        final Trace trace = QueueWorkload.generate("turns", DEVICES, 42);
        final long coherent = DEVICES.stream().flatMap(device -> device.coherent().stream())
            .mapToLong(DeviceDemand.Blocks::count).sum();
        final long chains = DEVICES.stream().mapToLong(DeviceDemand::mappings).sum() - coherent;
        assertEquals(4.0, (double)(trace.maps() - coherent) / chains, 0.4);
        for (int i = 0; i < trace.size(); i++)
        {
            assertTrue(i < coherent * 2 || trace.direction(i) != TraceDirection.COHERENT || trace.isMap(i));
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
