/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.WideWindow;
import io.bouncedma.memory.Window;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A request that is refused has no effect on others, and what is said of a refusal does not contradict itself. More
 * requests: {@code -Dpool.neighbour.requests=1000000}.
 */
class RefusedNeighbourTest
{
    private static final int REQUESTS = Integer.getInteger("pool.neighbour.requests", 5000);
    private static final int KIB = 1024;
    private static final int LENGTH = KIB * KIB;
    private static final int DOOMED = 1000 * KIB;
    private static final long SEED = 13;

    @Test
    void shouldServeWhatFitsBesideRequestsThatAreRefused() throws InterruptedException
    {
        final Window region = WideWindow.open(Extent.ALIGNMENT + LENGTH);
        try (BouncePool pool = new BouncePool("pool", region, Extent.ALIGNMENT, LENGTH);
            PoolClient pin = pool.open("pin");
            PoolClient greedy = pool.open("greedy");
            PoolClient small = pool.open("small"))
        {
            // Enough is free for the doomed ones, in two runs of which each is too short.
            final long below = pin.allocate(LENGTH / 2);
            final long middle = pin.allocate(4 * KIB);
            pin.free(below);
            final AtomicBoolean end = new AtomicBoolean();
            final List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 2; i++)
            {
                threads.add(Thread.ofPlatform().start(() -> askInVain(greedy, end)));
            }
            final SplittableRandom random = new SplittableRandom(SEED);
            int refused = 0;
            for (int i = 0; i < REQUESTS; i++)
            {
                final long block = small.allocate(17 * KIB + random.nextInt(4 * KIB));
                refused += block < 0 ? 1 : 0;
                if (block > 0)
                {
                    small.free(block);
                }
                final Refusal refusal = greedy.explain(DOOMED);
                assertTrue(refusal.free() >= refusal.largestRun(), refusal::toString);
                assertTrue(pool.statistics().free() >= 0);
            }
            end.set(true);
            for (final Thread thread : threads)
            {
                thread.join();
            }
            pin.free(middle);
            assertTrue(0 == refused, refused + " of " + REQUESTS + " were refused, seed " + SEED);
        }
        region.close();
    }

    private static void askInVain(final PoolClient greedy, final AtomicBoolean end)
    {
        while (!end.get())
        {
            final long block = greedy.allocate(DOOMED);
            if (block > 0)
            {
                throw new IllegalStateException("there is no such run: " + block);
            }
        }
    }
}
