/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.WideWindow;
import io.bouncedma.memory.Window;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Which thread has which stripe: its own for as long as it lives, and then another thread's.
 */
class StripesTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int LENGTH = 1024 * PAGE;
    /** Threads whose ids are the same for a table that has not grown so far. */
    private static final int APART = 64;
    private static final int COLLIDING = 9;
    private static final int LATER = 300;

    private final Window window = WideWindow.open(PAGE + LENGTH);
    private final BouncePool pool = new BouncePool("pool", window, PAGE, LENGTH);
    private final PoolCore core = pool.core();
    private final Stripes stripes = new Stripes(
        new FreeRuns(core.lock(), core.arenas(), core.ledger(), new Account(ClientLimits.NONE)), core.lock());

    @AfterEach
    void close()
    {
        stripes.end();
        pool.close();
        window.close();
    }

    /** Also where nobody who had them comes by: what they keep hot would be of no use any more. */
    @Test
    void shouldPassTheStripesOfThreadsOnThatHaveEnded() throws InterruptedException
    {
        final Map<Thread, Stripe> owners = new HashMap<>();
        final CountDownLatch end = new CountDownLatch(1);
        for (final Thread thread : colliding(owners, end))
        {
            thread.start();
        }
        awaitSize(owners, COLLIDING);
        assertEquals(COLLIDING, owners.values().stream().distinct().count(), "each has one of its own");
        end.countDown();
        for (final Thread thread : owners.keySet())
        {
            thread.join();
        }
        for (int i = 0; i < LATER; i++)
        {
            Thread.ofPlatform().start(stripes::mine).join();
        }
        assertEquals(COLLIDING, stripes.all().size(), "new ones though all of them are left");
    }

    @Test
    void shouldKeepAThreadsStripeWhenOthersCome() throws InterruptedException
    {
        final Stripe mine = stripes.mine();
        final Map<Thread, Stripe> owners = new HashMap<>();
        final CountDownLatch end = new CountDownLatch(1);
        final List<Thread> threads = colliding(owners, end);
        for (final Thread thread : threads)
        {
            thread.start();
        }
        awaitSize(owners, COLLIDING);
        assertSame(mine, stripes.mine());
        assertTrue(owners.values().stream().noneMatch(stripe -> stripe == mine));
        end.countDown();
        for (final Thread thread : threads)
        {
            thread.join();
        }
        assertEquals(1 + COLLIDING, stripes.all().size());
        for (int i = 0; i <= COLLIDING; i++)
        {
            final Stripe stripe = stripes.all().get(i);
            assertSame(stripe, stripes.at(i));
            assertEquals(stripe.liveIn(), PieceTable.liveIn(i));
        }
    }

    /** They own none, or there would be one for each of a million. */
    @Test
    void shouldLetVirtualThreadsShareAFew() throws InterruptedException
    {
        final Set<Stripe> seen = new HashSet<>();
        for (int i = 0; i < LATER; i++)
        {
            Thread.ofVirtual().start(() -> seen.add(stripes.mine())).join();
        }
        final int few = stripes.all().size();
        assertTrue(few <= 16, () -> few + " stripes");
        assertTrue(stripes.all().stream().noneMatch(Stripe::hasOwner));
        assertTrue(seen.size() > 1, "all of them in the same one");
    }

    /** Threads that find each other in the table; each notes its stripe and stays until the end. */
    private List<Thread> colliding(final Map<Thread, Stripe> owners, final CountDownLatch end)
    {
        final List<Thread> threads = new ArrayList<>();
        long id = -1;
        while (threads.size() < COLLIDING)
        {
            final Thread thread = Thread.ofPlatform().unstarted(() ->
            {
                Stripe mine = null;
                try
                {
                    mine = stripes.mine();
                }
                finally
                {
                    synchronized (owners)
                    {
                        owners.put(Thread.currentThread(), mine);
                        owners.notifyAll();
                    }
                }
                awaitUninterrupted(end);
            });
            id = id < 0 ? thread.threadId() : id;
            if (0 == (thread.threadId() - id) % APART)
            {
                threads.add(thread);
            }
        }
        return threads;
    }

    private static void awaitSize(final Map<Thread, Stripe> owners, final int size) throws InterruptedException
    {
        synchronized (owners)
        {
            while (owners.size() < size)
            {
                owners.wait();
            }
        }
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
