/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.Window;
import io.bouncedma.memory.WideWindow;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Figures that must be exact, and limits that must be kept to the byte, whoever comes at the same time.
 */
class PeakTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int LENGTH = 64 * PAGE;
    private static final int STEPS = 20_000;
    private static final int THREADS = 4;
    private static final int ROUNDS = 20_000;

    private final Window window = WideWindow.open(PAGE + LENGTH);
    private final BouncePool pool = new BouncePool("pool", window, PAGE, LENGTH);

    @AfterEach
    void close()
    {
        pool.close();
        window.close();
    }

    @Test
    void shouldKnowThePeakOfOneThreadToTheByte()
    {
        final SplittableRandom random = new SplittableRandom(5);
        final List<Long> blocks = new ArrayList<>();
        final List<Integer> sizes = new ArrayList<>();
        try (PoolClient client = pool.open("device"))
        {
            long used = 0;
            long peak = 0;
            for (int step = 0; step < STEPS; step++)
            {
                // Goes up and down, a little further each time, so that new peaks come after long valleys, too.
                final boolean up = random.nextInt(STEPS) < STEPS / 2 + (step % 1000 - 500) * 8 + step / 4;
                if (up && used < LENGTH / 2)
                {
                    final int length = 1 + random.nextInt(2048);
                    blocks.add(client.allocate(length));
                    assertTrue(blocks.getLast() > 0, "refused: " + blocks.getLast());
                    sizes.add(BlockSize.of(length));
                    used += sizes.getLast();
                }
                else if (!blocks.isEmpty())
                {
                    final int at = random.nextInt(blocks.size());
                    client.free(blocks.remove(at));
                    used -= sizes.remove(at);
                }
                peak = Math.max(peak, used);
                assertEquals(peak, pool.highWaterBytes(), "step " + step);
                assertEquals(used, client.usedBytes(), "step " + step);
            }
            assertEquals(peak, client.statistics().highWater());
            blocks.forEach(client::free);
        }
        assertEquals(LENGTH, pool.statistics().largestRun());
    }

    /** However much a thread frees at once: others find it among the free runs. */
    @Test
    void shouldKeepLittleHot()
    {
        final long[] blocks = new long[LENGTH / PAGE];
        try (PoolClient client = pool.open("device"))
        {
            for (int i = 0; i < blocks.length; i++)
            {
                blocks[i] = client.allocate(PAGE);
            }
            for (final long block : blocks)
            {
                client.free(block);
                assertTrue(pool.statistics().hot() <= LENGTH / 8, () -> pool.statistics().toString());
            }
        }
    }

    @Test
    void shouldNeverGiveMoreThanTheQuotaNorLoseSomeOfIt() throws InterruptedException
    {
        final long quota = 8L * PAGE + 64;
        final AtomicLong held = new AtomicLong();
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        try (PoolClient limited = pool.open("limited", ClientLimits.quota(quota), AddressRules.NONE);
            PoolClient keeper =
                pool.open("keeper", new ClientLimits(LENGTH, LENGTH - 16L * PAGE), AddressRules.NONE))
        {
            final List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < THREADS; t++)
            {
                final SplittableRandom random = new SplittableRandom(t);
                threads.add(Thread.ofPlatform().start(() ->
                {
                    try
                    {
                        hammer(limited, quota, held, random);
                    }
                    catch (final Throwable e)
                    {
                        failure.set(e);
                    }
                }));
            }
            for (final Thread thread : threads)
            {
                thread.join();
            }
            assertNull(failure.get());
            // What was refused has given back all that it was charged on the way.
            final long[] pages = new long[8];
            for (int i = 0; i < pages.length; i++)
            {
                pages[i] = limited.allocate(PAGE);
                assertTrue(pages[i] > 0, () -> limited.explain(PAGE).toString());
            }
            final long rest = limited.allocate(64);
            assertTrue(rest > 0, () -> limited.explain(64).toString());
            assertEquals(Refusal.Reason.QUOTA.code(), limited.allocate(1));
            assertEquals(quota, limited.usedBytes());
            limited.free(rest);
            for (final long page : pages)
            {
                limited.free(page);
            }
            final long all = keeper.allocate(LENGTH);
            assertTrue(all > 0, () -> keeper.explain(LENGTH).toString());
            keeper.free(all);
        }
    }

    private static void hammer(
        final PoolClient client, final long quota, final AtomicLong held, final SplittableRandom random)
    {
        for (int round = 0; round < ROUNDS; round++)
        {
            final int length = 64 + random.nextInt(3 * PAGE);
            final long block = client.allocate(length);
            if (block > 0)
            {
                final long now = held.addAndGet(BlockSize.of(length));
                held.addAndGet(-BlockSize.of(length));
                // Added after it was charged and taken away before it is credited: never more than is charged.
                assertTrue(now <= quota, () -> now + " bytes of " + quota);
                client.free(block);
            }
            else
            {
                assertEquals(Refusal.Reason.QUOTA.code(), block);
            }
        }
    }
}
