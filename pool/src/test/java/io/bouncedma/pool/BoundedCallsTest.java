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
import java.util.concurrent.CountDownLatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What one call may do, and for how long what was done before it weighs: a free moves a bounded number of blocks, and
 * sizes and threads that are gone are forgotten after a bounded number of operations.
 */
class BoundedCallsTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int LENGTH = 64 << 20;
    private static final int BLOCKS = 100_000;
    /** More than any page of the smallest blocks has. */
    private static final int BOUND = 256;
    private static final int SOON = 20_000;
    private static final int THREADS = 40;

    private final Window window = WideWindow.open(PAGE + LENGTH);
    private final BouncePool pool = new BouncePool("pool", window, PAGE, LENGTH);

    @AfterEach
    void close()
    {
        pool.close();
        window.close();
    }

    @Test
    void shouldMoveABoundedNumberOfBlocksAtEachFree()
    {
        final long[] blocks = new long[BLOCKS];
        try (PoolClient client = pool.open("device"))
        {
            for (int i = 0; i < BLOCKS; i++)
            {
                blocks[i] = client.allocate(64);
            }
            long hot = client.statistics().hot();
            for (int i = 0; i < BLOCKS; i++)
            {
                client.free(blocks[i]);
                final long now = client.statistics().hot();
                assertTrue(Math.abs(now - hot) <= BOUND * 64L, "free " + i + ": " + hot + " to " + now);
                hot = now;
            }
        }
    }

    @Test
    void shouldForgetSizesThatNobodyAsksForAnyMore()
    {
        try (PoolClient client = pool.open("device"))
        {
            for (int size = 64; size <= 256 * 64; size += 64)
            {
                client.free(client.allocate(size));
            }
            for (int size = 64 * 257; size < 64 * 300; size += 64)
            {
                becomesHot(client, size);
            }
        }
    }

    /** All of them threads of one client, and what they leave is of no use to it. */
    @Test
    void shouldForgetTheThreadsThatAreGone() throws InterruptedException
    {
        try (PoolClient gone = pool.open("gone"); PoolClient device = pool.open("device"))
        {
            final CountDownLatch end = new CountDownLatch(1);
            final List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 16; i++)
            {
                final CountDownLatch freed = new CountDownLatch(1);
                threads.add(Thread.ofPlatform().start(() ->
                {
                    final long[] blocks = new long[1000];
                    for (int block = 0; block < blocks.length; block++)
                    {
                        blocks[block] = gone.allocate(PAGE + 64);
                    }
                    for (final long block : blocks)
                    {
                        gone.free(block);
                    }
                    freed.countDown();
                    awaitUninterrupted(end);
                }));
                freed.await();
            }
            end.countDown();
            for (final Thread thread : threads)
            {
                thread.join();
            }
            assertEquals(0, pool.usedBytes());
            becomesHot(device, 2 * PAGE);
            assertFalse(pool.isTight());
            // The same for whoever comes new to the same client, and for a thread that never was there.
            becomesHot(gone, 3 * PAGE);
            final List<Throwable> failure = new ArrayList<>();
            final Thread fresh = Thread.ofPlatform().unstarted(() -> becomesHot(gone, 5 * PAGE));
            fresh.setUncaughtExceptionHandler((thread, e) -> failure.add(e));
            fresh.start();
            fresh.join();
            assertEquals(List.of(), failure);
        }
    }

    /** However many threads live: each of them has a block of its own hot. */
    @Test
    void shouldKeepSomethingHotForEachThread() throws InterruptedException
    {
        try (PoolClient client = pool.open("device"))
        {
            final CountDownLatch end = new CountDownLatch(1);
            final List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++)
            {
                final CountDownLatch done = new CountDownLatch(1);
                threads.add(Thread.ofPlatform().start(() ->
                {
                    for (int round = 0; round < 100; round++)
                    {
                        client.free(client.allocate(PAGE));
                    }
                    done.countDown();
                    awaitUninterrupted(end);
                }));
                done.await();
            }
            final long hot = client.statistics().hot();
            end.countDown();
            for (final Thread thread : threads)
            {
                thread.join();
            }
            assertTrue(hot >= (long)THREADS * PAGE, () -> hot + " bytes are hot");
        }
    }

    /** Threads that live for one block: they leave no more than a few behind, and what is hot is used again. */
    @Test
    void shouldNotKeepABlockForEachVirtualThreadThatEverCame() throws InterruptedException
    {
        try (PoolClient client = pool.open("device"))
        {
            for (int i = 0; i < 10_000; i++)
            {
                Thread.ofVirtual().start(() -> client.free(client.allocate(PAGE))).join();
            }
            final long hot = client.statistics().hot();
            assertTrue(hot > 0 && hot <= LENGTH / 16, () -> hot + " bytes are hot");
            assertEquals(10_000, client.statistics().frees());
            final long all = client.allocate(LENGTH);
            assertTrue(all > 0, () -> client.explain(LENGTH).toString());
            client.free(all);
        }
    }

    /** Within a bounded number of operations, and then for good. */
    private void becomesHot(final PoolClient client, final int size)
    {
        int until = 0;
        while (until < SOON && !isHotAfterwards(client, size))
        {
            until++;
        }
        assertTrue(until < SOON, () -> size + " bytes are never hot: " + pool.statistics());
        int hot = 0;
        for (int i = 0; i < 100; i++)
        {
            hot += isHotAfterwards(client, size) ? 1 : 0;
        }
        assertTrue(hot > 90, "of 100 blocks of " + size + " bytes so many are kept hot: " + hot);
    }

    private static boolean isHotAfterwards(final PoolClient client, final int size)
    {
        final long block = client.allocate(size);
        final long before = client.statistics().hot();
        client.free(block);
        return client.statistics().hot() > before;
    }

    private static void awaitUninterrupted(final CountDownLatch latch)
    {
        try
        {
            latch.await();
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
    }
}
