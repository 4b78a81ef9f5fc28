/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.Window;
import io.bouncedma.memory.WideWindow;
import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Every free that makes room wakes who waits for it, at whatever moment it comes: threads that hand one block on and
 * on, each waiting for the other. A signal that is lost ends in a time limit.
 */
class WaitersTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int ROUNDS = 3000;
    private static final long LONG = TimeUnit.SECONDS.toNanos(TestLimits.seconds(30));

    private final Window window = WideWindow.open(3 * PAGE);
    private final BouncePool pool = new BouncePool("pool", window, PAGE, PAGE);
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<Thread> threads = new ArrayList<>();

    @AfterEach
    void close()
    {
        pool.close();
        window.close();
    }

    @Test
    void shouldWakeWhoWaitsForTheWholePool() throws InterruptedException
    {
        try (PoolClient one = pool.open("one"); PoolClient other = pool.open("other"))
        {
            handOn(one, PAGE);
            handOn(other, PAGE);
            handOn(other, PAGE / 2);
            join();
        }
    }

    @Test
    void shouldWakeWhoWaitsForItsQuota() throws InterruptedException
    {
        try (PoolClient limited = pool.open("limited", ClientLimits.quota(PAGE / 2), AddressRules.NONE))
        {
            handOn(limited, PAGE / 2);
            handOn(limited, PAGE / 2);
            join();
        }
    }

    @Test
    void shouldWakeWhoWaitsWhenAnExtentComes() throws InterruptedException
    {
        try (PoolClient client = pool.open("device"))
        {
            final long all = client.allocate(PAGE);
            for (int round = 0; round < ROUNDS / 10; round++)
            {
                final Thread waiting = start(() -> client.free(taken(client, PAGE)));
                pool.grow(2 * PAGE, PAGE);
                waiting.join();
                while (pool.retire(2 * PAGE) > 0)
                {
                    Thread.onSpinWait();
                }
            }
            client.free(all);
            assertNull(failure.get());
        }
    }

    private void handOn(final PoolClient client, final int length)
    {
        threads.add(start(() ->
        {
            for (int round = 0; round < ROUNDS && null == failure.get(); round++)
            {
                client.free(taken(client, length));
            }
        }));
    }

    private static long taken(final PoolClient client, final int length)
    {
        final long block = client.allocate(length, 0, 0, LONG);
        assertTrue(block > 0, () -> "not woken: " + client.explain(length));
        return block;
    }

    private Thread start(final Runnable work)
    {
        return Thread.ofPlatform().daemon().start(() ->
        {
            try
            {
                work.run();
            }
            catch (final Throwable e)
            {
                failure.compareAndSet(null, e);
            }
        });
    }

    private void join() throws InterruptedException
    {
        for (final Thread thread : threads)
        {
            thread.join();
        }
        assertNull(failure.get());
        assertEquals(0, pool.usedBytes());
        assertFalse(pool.isTight());
    }
}
