/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * One client of {@link StressPool} on two threads.
 */
public final class PoolClientStress
{
    private static final PoolClient CLIENT = StressPool.POOL.open("client");
    private static final PoolClient OTHER = StressPool.POOL.open("other");
    /** More than the larger extent has: refused, but only after every hot block was taken back. */
    private static final int TOO_MUCH = StressPool.LENGTH;
    private static final int LENGTH = 128;
    private static final int TRIES = 100;

    private PoolClientStress()
    {
    }

    @JCStressTest
    @Outcome(id = "true, true, false", expect = Expect.ACCEPTABLE, desc = "Handed over and freed.")
    @Outcome(id = "false, true, true", expect = Expect.ACCEPTABLE, desc = "Not handed over in time.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The block was not the taker's, or not freed.")
    @State
    public static class HandOver
    {
        private volatile long block;

        @Actor
        public void taker()
        {
            final long taken = CLIENT.allocate(LENGTH);
            StressPool.stamp(CLIENT, taken, LENGTH);
            block = taken;
        }

        @Actor
        public void giver(final ZZZ_Result result)
        {
            long given = block;
            for (int i = 0; i < TRIES && 0 == given; i++)
            {
                Thread.onSpinWait();
                given = block;
            }
            result.r2 = 0 == given || StressPool.isIntact(CLIENT, given, LENGTH);
            result.r1 = 0 != given && CLIENT.tryFree(given, 0, 0);
        }

        @Arbiter
        public void end(final ZZZ_Result result)
        {
            result.r3 = CLIENT.tryFree(block, 0, 0);
        }
    }

    @JCStressTest
    @Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "Each has its own.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Blocks overlap.")
    @State
    public static class TwoTakers
    {
        private long one;
        private long two;

        @Actor
        public void one()
        {
            one = CLIENT.allocate(LENGTH);
            StressPool.stamp(CLIENT, one, LENGTH);
        }

        @Actor
        public void two()
        {
            two = CLIENT.allocate(2 * LENGTH);
            StressPool.stamp(CLIENT, two, 2 * LENGTH);
        }

        @Arbiter
        public void end(final ZZ_Result result)
        {
            result.r1 = StressPool.isIntact(CLIENT, one, LENGTH) && CLIENT.tryFree(one, 0, 0);
            result.r2 = StressPool.isIntact(CLIENT, two, 2 * LENGTH) && CLIENT.tryFree(two, 0, 0);
        }
    }

    @JCStressTest
    @Outcome(id = {"true, false", "false, true"}, expect = Expect.ACCEPTABLE, desc = "One of them freed it.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Both freed it, or none.")
    @State
    public static class TwoGivers
    {
        private final long block = CLIENT.allocate(LENGTH);

        @Actor
        public void one(final ZZ_Result result)
        {
            result.r1 = CLIENT.tryFree(block, 0, 0);
        }

        @Actor
        public void two(final ZZ_Result result)
        {
            result.r2 = CLIENT.tryFree(block, 0, 0);
        }
    }

    @JCStressTest
    @Outcome(id = {"true, false", "false, true"}, expect = Expect.ACCEPTABLE, desc = "One of them ended it.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Both ended it, or none.")
    @State
    public static class FreeAgainstRetire
    {
        private final long block = CLIENT.allocate(LENGTH);

        @Actor
        public void one(final ZZ_Result result)
        {
            result.r1 = CLIENT.tryFree(block, 0, 0);
        }

        @Actor
        public void two(final ZZ_Result result)
        {
            result.r2 = CLIENT.tryRetire(block);
            if (result.r2)
            {
                CLIENT.recycle(block, 0, 0);
            }
        }
    }

    @JCStressTest
    @Outcome(id = "true, true, true", expect = Expect.ACCEPTABLE, desc = "All as it should be.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A block was lost or given to two.")
    @State
    public static class FreeAgainstReclaim
    {
        private final long block = CLIENT.allocate(LENGTH);
        private long again;

        @Actor
        public void user(final ZZZ_Result result)
        {
            result.r1 = CLIENT.tryFree(block, 0, 0);
            again = CLIENT.allocate(LENGTH);
            StressPool.stamp(CLIENT, again, LENGTH);
        }

        @Actor
        public void greedy(final ZZZ_Result result)
        {
            result.r2 = OTHER.allocate(TOO_MUCH) < 0;
        }

        @Arbiter
        public void end(final ZZZ_Result result)
        {
            result.r3 = !CLIENT.has(block) && StressPool.isIntact(CLIENT, again, LENGTH) &&
                CLIENT.tryFree(again, 0, 0);
        }
    }
}
