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

/**
 * Clients, pools and extents that go while another thread takes or gives back a block of theirs.
 */
public final class LifecycleStress
{
    private static final int LENGTH = 64;

    private LifecycleStress()
    {
    }

    /** A pool of its own with one client. */
    abstract static class OneClient
    {
        final OwnPool own = new OwnPool();
        final PoolClient client = own.pool.open("client");

        /** Whether something could be closed, and did not find a block in somebody's hands. */
        static boolean isClosed(final Runnable close)
        {
            try
            {
                close.run();
                return true;
            }
            catch (final IllegalStateException e)
            {
                return false;
            }
        }

        /** A handle, or 0 if the client is closed. */
        final long taken()
        {
            try
            {
                return client.allocate(LENGTH);
            }
            catch (final IllegalStateException e)
            {
                return 0;
            }
        }
    }

    @JCStressTest
    @Outcome(id = {"true, true, true", "true, false, true"}, expect = Expect.ACCEPTABLE, desc = "Freed and not lost.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Not freed, or the block is lost.")
    @State
    public static class FreeAgainstClientClose extends OneClient
    {
        private final long block = client.allocate(LENGTH);

        @Actor
        public void user(final ZZZ_Result result)
        {
            result.r1 = client.tryFree(block, 0, 0);
        }

        @Actor
        public void owner(final ZZZ_Result result)
        {
            result.r2 = isClosed(client::close);
        }

        @Arbiter
        public void end(final ZZZ_Result result)
        {
            client.close();
            result.r3 = own.isWhole();
            own.pool.close();
        }
    }

    @JCStressTest
    @Outcome(id = {"true, true, true", "true, false, true"}, expect = Expect.ACCEPTABLE, desc = "Freed and not lost.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Not freed, or the closed pool has something still.")
    @State
    public static class FreeAgainstPoolClose extends OneClient
    {
        private final long block = client.allocate(LENGTH);

        @Actor
        public void user(final ZZZ_Result result)
        {
            result.r1 = client.tryFree(block, 0, 0);
        }

        @Actor
        public void owner(final ZZZ_Result result)
        {
            result.r2 = isClosed(own.pool::close);
        }

        @Arbiter
        public void end(final ZZZ_Result result)
        {
            // Nobody has anything; a second call does nothing.
            own.pool.close();
            result.r3 = 0 == taken();
        }
    }

    @JCStressTest
    @Outcome(id = {"true, false, true", "false, true, true"}, expect = Expect.ACCEPTABLE, desc = "One was first.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Served by what is closed, or neither.")
    @State
    public static class AllocateAgainstClientClose extends OneClient
    {
        private long block;

        public AllocateAgainstClientClose()
        {
            client.free(client.allocate(LENGTH));
        }

        @Actor
        public void user(final ZZZ_Result result)
        {
            block = taken();
            result.r1 = block > 0;
        }

        @Actor
        public void owner(final ZZZ_Result result)
        {
            result.r2 = isClosed(client::close);
        }

        @Arbiter
        public void end(final ZZZ_Result result)
        {
            final boolean frees = !result.r1 || client.tryFree(block, 0, 0);
            client.close();
            result.r3 = frees && own.isWhole();
            own.pool.close();
        }
    }

    @JCStressTest
    @Outcome(id = {"true, false, true", "false, true, true"}, expect = Expect.ACCEPTABLE, desc = "One was first.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Served by what is closed, or neither.")
    @State
    public static class AllocateAgainstPoolClose extends OneClient
    {
        private long block;

        public AllocateAgainstPoolClose()
        {
            client.free(client.allocate(LENGTH));
        }

        @Actor
        public void user(final ZZZ_Result result)
        {
            block = taken();
            result.r1 = block > 0;
        }

        @Actor
        public void owner(final ZZZ_Result result)
        {
            result.r2 = isClosed(own.pool::close);
        }

        @Arbiter
        public void end(final ZZZ_Result result)
        {
            result.r3 = !result.r1 || client.tryFree(block, 0, 0);
            own.pool.close();
        }
    }

    @JCStressTest
    @Outcome(id = "true, true, true", expect = Expect.ACCEPTABLE, desc = "The block is not in what is gone.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A block in an extent that is gone, or one that can not go.")
    @State
    public static class AllocateAgainstRetire extends OneClient
    {
        private long block;
        private long held;

        public AllocateAgainstRetire()
        {
            own.pool.grow(own.offset + OwnPool.PAGE, OwnPool.PAGE);
            client.free(client.allocate(LENGTH));
        }

        @Actor
        public void user(final ZZZ_Result result)
        {
            block = client.allocate(LENGTH);
            result.r1 = block > 0;
        }

        @Actor
        public void owner(final ZZZ_Result result)
        {
            held = own.pool.retire(own.offset);
            result.r2 = 0 == held || LENGTH == held;
        }

        @Arbiter
        public void end(final ZZZ_Result result)
        {
            final long place = client.busAddress(block) - own.pool.window().busAddress(own.offset);
            final boolean isInFirst = place >= 0 && place < OwnPool.PAGE;
            final boolean agree = isInFirst == (LENGTH == held);
            client.free(block);
            result.r3 = agree && (0 == held || 0 == own.pool.retire(own.offset)) && OwnPool.PAGE == own.pool.length();
            own.pool.close();
        }
    }
}
