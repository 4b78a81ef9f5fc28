/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ThreadGuardTest
{
    private static final int THREADS = 4;
    private static final int ROUNDS = 20_000;

    private final ThreadGuard guard = new ThreadGuard("a queue", "take turns");

    @Test
    void shouldLetAThreadInAgainWhileItIsInside()
    {
        try (ThreadGuard.Turn _ = guard.enter())
        {
            guard.enter().close();
            guard.enter().close();
        }
        guard.enter().close();
    }

    @Test
    void shouldNotBeEndedFromInside()
    {
        guard.enterToClose().close();
        try (ThreadGuard.Turn _ = guard.enter())
        {
            assertTrue(assertThrows(IllegalStateException.class, guard::enterToClose).getMessage()
                .startsWith("a queue is closed by a callback of its own: "));
            guard.enter().close();
        }
        guard.enterToClose().close();
    }

    @Test
    void shouldLetOneThreadInAfterAnother() throws InterruptedException
    {
        guard.enter().close();
        final List<String> seen = new ArrayList<>();
        final Thread other = new Thread(() ->
        {
            guard.enter().close();
            seen.add("inside");
        });
        other.start();
        other.join();
        assertEquals(List.of("inside"), seen);
        guard.enter().close();
    }

    @Test
    void shouldNameBothThreadsAndWhatToDo() throws InterruptedException
    {
        // Not the one that was inside before.
        guard.enter().close();
        final CountDownLatch isInside = new CountDownLatch(1);
        final CountDownLatch isEnough = new CountDownLatch(1);
        final Thread reader = new Thread(() ->
        {
            try (ThreadGuard.Turn _ = guard.enter())
            {
                // What is nested does not let the others in.
                guard.enter().close();
                isInside.countDown();
                isEnough.await();
            }
            catch (final InterruptedException e)
            {
                throw new AssertionError(e);
            }
        }, "reader");
        reader.start();
        isInside.await();
        final Thread me = Thread.currentThread();
        final IllegalStateException e = assertThrows(IllegalStateException.class, guard::enter);
        isEnough.countDown();
        reader.join();
        assertEquals("a queue is used by two threads at once: thread \"" + me.getName() + "\" (#" + me.threadId() +
            ") calls while thread \"reader\" (#" + reader.threadId() + ") is inside; take turns", e.getMessage());
        guard.enter().close();
    }

    @Test
    void shouldNeverHaveTwoInside() throws InterruptedException
    {
        final AtomicInteger inside = new AtomicInteger();
        final AtomicInteger most = new AtomicInteger();
        final AtomicInteger entered = new AtomicInteger();
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++)
        {
            threads.add(new Thread(() ->
            {
                for (int round = 0; round < ROUNDS; round++)
                {
                    try (ThreadGuard.Turn _ = guard.enter())
                    {
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        entered.incrementAndGet();
                        inside.decrementAndGet();
                    }
                    catch (final IllegalStateException e)
                    {
                        Thread.onSpinWait();
                    }
                }
            }));
        }
        threads.forEach(Thread::start);
        for (final Thread thread : threads)
        {
            thread.join();
        }
        assertEquals(1, most.get());
        assertTrue(entered.get() >= ROUNDS / THREADS, () -> "entered=" + entered.get());
    }
}
