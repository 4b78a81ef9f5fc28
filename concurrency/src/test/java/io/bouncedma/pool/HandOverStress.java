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
 * Blocks that one thread takes and another one gives back.
 */
public final class HandOverStress
{
    private static final int LENGTH = 64;
    private static final int TRIES = 100;
    /** More than any first table of a client has. */
    private static final int MANY = 80;

    private HandOverStress()
    {
    }

    /** The whole of a pool is in one block: who asks for it gets it or not, but it is never lost, and never twice. */
    @JCStressTest
    @Outcome(id = {"true, true, true", "false, true, true"}, expect = Expect.ACCEPTABLE, desc = "Served, or too early.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The block is lost, or was there twice.")
    @State
    public static class FreeAgainstAllocate
    {
        private final OwnPool own = new OwnPool();
        private final PoolClient client = own.pool.open("client");
        private final long block = client.allocate(OwnPool.PAGE);
        private long next;

        @Actor
        public void taker(final ZZZ_Result result)
        {
            next = client.allocate(OwnPool.PAGE);
            result.r1 = next > 0;
        }

        @Actor
        public void giver(final ZZZ_Result result)
        {
            result.r2 = client.tryFree(block, 0, 0);
        }

        @Arbiter
        public void end(final ZZZ_Result result)
        {
            final long other = client.allocate(OwnPool.PAGE);
            final boolean once = result.r1 ? other < 0 : other > 0;
            client.free(result.r1 ? next : other);
            result.r3 = once && !client.has(block) && own.isWhole();
            own.pool.close();
        }
    }

    /**
     * A handle that another thread reads from a plain field may have overtaken the tables that it leads to. It leads
     * to its block all the same, or is said to be none.
     */
    @JCStressTest
    @Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "It led to its block, or was not seen.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "It led nowhere.")
    @State
    public static class PlainHandOver
    {
        private final PoolClient client = StressPool.POOL.open("plain");
        private final long[] blocks = new long[MANY];
        private long block;

        @Actor
        public void taker()
        {
            for (int i = 0; i < MANY; i++)
            {
                final long taken = client.allocate(LENGTH);
                blocks[i] = taken;
                block = taken;
            }
        }

        @Actor
        public void giver(final ZZ_Result result)
        {
            boolean isWell = true;
            for (int i = 0; i < TRIES; i++)
            {
                isWell &= leads(block);
                Thread.onSpinWait();
            }
            result.r1 = isWell;
        }

        @Arbiter
        public void end(final ZZ_Result result)
        {
            boolean all = true;
            for (final long each : blocks)
            {
                all &= client.has(each) && client.tryFree(each, 0, 0);
            }
            client.close();
            result.r2 = all;
        }

        private boolean leads(final long given)
        {
            try
            {
                // The others are told apart by throwing: has() may say that it is none, if it was overtaken.
                return 0 == given || !client.has(given) || client.busAddress(given) > 0;
            }
            catch (final RuntimeException e)
            {
                return false;
            }
        }
    }
}
