/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ParallelReplayTest
{
    private static final int THREADS = 3;
    private static final int LIVE = 1 << 20;

    private final Trace trace = Workload.POWER_LAW.generate(5, 3000, LIVE);

    @Test
    void shouldAddUpWhatTheThreadsDid() throws InterruptedException
    {
        final ReplayResult result = ParallelReplay.run(trace, THREADS, 4L * THREADS * LIVE, DeviceMasks.of(0));
        assertEquals(0, result.refusals());
        assertEquals(3000 * THREADS, result.maps());
        assertEquals((long)trace.size() * THREADS, result.events());
        assertEquals(THREADS * trace.peakLiveBytes(), result.peakLiveBytes());
        assertEquals(4L * THREADS * LIVE, result.poolBytes());
        assertTrue(result.peakUsedBytes() >= trace.peakLiveBytes());
    }

    @Test
    void shouldRefuseInAPoolForOneOnly() throws InterruptedException
    {
        final ReplayResult result = ParallelReplay.run(trace, 16, 64 * 1024, DeviceMasks.of(0));
        assertTrue(result.refusals() > 0);
        assertTrue(result.peakUsedBytes() <= 64 * 1024);
    }

    @Test
    void shouldLeaveNothingBehindWhenTheClientsCanNotBe()
    {
        assertThrows(IllegalArgumentException.class, () -> ParallelReplay.run(trace, THREADS, LIVE, DeviceMasks.of(5)));
    }
}
