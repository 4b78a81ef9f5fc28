/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Exclusion by {@link ThreadGuard} with what it guards plain: whoever comes while the other one is inside is refused.
 */
public final class ThreadGuardStress
{
    private static final int TIMES = 4;

    private ThreadGuardStress()
    {
    }

    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Each change of who was let in is there.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A change is lost, or was seen half: both were inside.")
    @State
    public static class OneInside
    {
        private final ThreadGuard guard = new ThreadGuard("a counter", "take turns");
        private int first;
        private int second;
        private int byOne;
        private int byOther;

        @Actor
        public void one(final II_Result result)
        {
            byOne = count(result);
        }

        @Actor
        public void other(final II_Result result)
        {
            byOther = count(result);
        }

        @Arbiter
        public void compare(final II_Result result)
        {
            result.r2 = byOne + byOther - first | first - second;
        }

        /** How often this thread was let in. */
        private int count(final II_Result result)
        {
            int entered = 0;
            for (int i = 0; i < TIMES; i++)
            {
                try (ThreadGuard.Turn _ = guard.enter())
                {
                    result.r1 |= first - second;
                    first++;
                    // What is nested does not let the other one in.
                    guard.enter().close();
                    second++;
                    entered++;
                }
                catch (final IllegalStateException e)
                {
                    Thread.onSpinWait();
                }
            }
            return entered;
        }
    }
}
