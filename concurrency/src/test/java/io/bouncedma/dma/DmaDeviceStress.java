/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.PoolSet;
import io.bouncedma.pool.StressPool;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Two threads that end one mapping.
 */
public final class DmaDeviceStress
{
    private static final DmaDevice DEVICE = new DmaDevice("device", PoolSet.of(StressPool.POOL));
    private static final byte[] BUFFER = new byte[100];

    private DmaDeviceStress()
    {
    }

    private static boolean unmap(final long mapping, final int written)
    {
        try
        {
            DEVICE.unmap(mapping, written);
            return true;
        }
        catch (final IllegalStateException e)
        {
            return false;
        }
    }

    @JCStressTest
    @Outcome(id = {"true, false", "false, true"}, expect = Expect.ACCEPTABLE, desc = "One of them ended it.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Both ended it, or none.")
    @State
    public static class TwoUnmapsWithoutCopy
    {
        private final long mapping = DEVICE.map(BUFFER, 0, BUFFER.length, Direction.TO_DEVICE);

        @Actor
        public void one(final ZZ_Result result)
        {
            result.r1 = unmap(mapping, 0);
        }

        @Actor
        public void two(final ZZ_Result result)
        {
            result.r2 = unmap(mapping, 0);
        }
    }

    @JCStressTest
    @Outcome(id = {"true, false", "false, true"}, expect = Expect.ACCEPTABLE, desc = "One of them ended it.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Both ended it, or none.")
    @State
    public static class TwoUnmapsWithCopy
    {
        private final long mapping = DEVICE.map(BUFFER, 0, BUFFER.length, Direction.BIDIRECTIONAL);

        @Actor
        public void one(final ZZ_Result result)
        {
            result.r1 = unmap(mapping, BUFFER.length);
        }

        @Actor
        public void two(final ZZ_Result result)
        {
            result.r2 = unmap(mapping, 0);
        }
    }
}
