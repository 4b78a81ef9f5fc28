/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.os.Membarrier;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Exclusion by {@link StripeLock} with everything that it guards plain.
 */
public final class StripeLockStress
{
    private static final int TIMES = 4;
    /** As long inside as the barrier takes, for who does not wait after it. */
    private static final int SLOW = 200;

    private StripeLockStress()
    {
    }

    /** What a lock guards. */
    abstract static class Guarded
    {
        final StripeLock lock = new StripeLock();
        int counter;
        int first;
        int second;

        final void enterAndCount()
        {
            for (int i = 0; i < TIMES; i++)
            {
                final boolean biased = lock.enter();
                counter++;
                lock.exit(biased);
            }
        }

        final void claimAndCount()
        {
            for (int i = 0; i < TIMES; i++)
            {
                claim();
                counter++;
                lock.release();
            }
        }

        final boolean adoptAndCount()
        {
            final boolean isMine = lock.adopt();
            if (isMine)
            {
                enterAndCount();
            }
            else
            {
                claimAndCount();
            }
            return isMine;
        }

        final void claim()
        {
            if (lock.claim())
            {
                Membarrier.barrier();
            }
            lock.awaitOwner();
        }

        /** How far the two fields are apart, which no one who is inside may see. Takes its time. */
        final int move()
        {
            final int apart = first - second;
            first++;
            for (int i = 0; i < SLOW; i++)
            {
                Thread.onSpinWait();
            }
            second++;
            return apart;
        }
    }

    @JCStressTest
    @Outcome(id = "8", expect = Expect.ACCEPTABLE, desc = "Every increment counted.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "An increment is lost: both were inside.")
    @State
    public static class OwnerAgainstClaim extends Guarded
    {
        @Actor
        public void owner()
        {
            lock.adopt();
            enterAndCount();
        }

        @Actor
        public void other()
        {
            claimAndCount();
        }

        @Arbiter
        public void count(final I_Result result)
        {
            result.r1 = counter;
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0, 0", expect = Expect.ACCEPTABLE, desc = "Nobody saw half a change.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The two fields were apart.")
    @State
    public static class NothingTorn extends Guarded
    {
        @Actor
        public void owner(final III_Result result)
        {
            lock.adopt();
            for (int i = 0; i < TIMES; i++)
            {
                final boolean biased = lock.enter();
                result.r1 |= move();
                lock.exit(biased);
            }
        }

        @Actor
        public void other(final III_Result result)
        {
            for (int i = 0; i < TIMES; i++)
            {
                claim();
                result.r2 |= move();
                lock.release();
            }
        }

        @Arbiter
        public void compare(final III_Result result)
        {
            result.r3 = first - second | first - 2 * TIMES;
        }
    }

    @JCStressTest
    @Outcome(id = "8", expect = Expect.ACCEPTABLE, desc = "Every increment counted.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "An increment is lost: both were inside.")
    @State
    public static class NobodysLock extends Guarded
    {
        @Actor
        public void one()
        {
            enterAndCount();
        }

        @Actor
        public void other()
        {
            enterAndCount();
        }

        @Arbiter
        public void count(final I_Result result)
        {
            result.r1 = counter;
        }
    }

    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "The owner was outside, or knew.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The owner was inside and did not know that it shares.")
    @State
    public static class OwnerAgainstShare extends Guarded
    {
        private boolean sharing;

        @Actor
        public void owner(final I_Result result)
        {
            lock.adopt();
            for (int i = 0; i < TIMES; i++)
            {
                final boolean biased = lock.enter();
                if (!lock.isShared() && sharing)
                {
                    result.r1++;
                }
                lock.exit(biased);
            }
        }

        @Actor
        public void other()
        {
            lock.share();
            sharing = true;
        }
    }

    @JCStressTest
    @Outcome(id = {"true, false", "false, true"}, expect = Expect.ACCEPTABLE, desc = "One owner.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Two owners, or none.")
    @State
    public static class OneOwner extends Guarded
    {
        private Thread one;
        private Thread other;

        @Actor
        public void one(final ZZ_Result result)
        {
            one = Thread.currentThread();
            result.r1 = adoptAndCount();
        }

        @Actor
        public void other(final ZZ_Result result)
        {
            other = Thread.currentThread();
            result.r2 = adoptAndCount();
        }

        @Arbiter
        public void count(final ZZ_Result result)
        {
            final boolean complete = 2 * TIMES == counter;
            final Thread self = Thread.currentThread();
            if (self != one && self != other)
            {
                // jcstress measures what a state takes: its actors ended at once, and the second may have inherited.
                result.r1 |= result.r2;
                result.r2 = false;
            }
            result.r1 &= complete;
            result.r2 &= complete;
        }
    }
}
