/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Threads that have used a pool and may do so again: what is kept for each of them must not cost the others anything.
 */
final class Bystanders
{
    private static final int THREADS = 4;

    private final CountDownLatch end = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();

    /**
     * @param use what each does once.
     */
    Bystanders(final Runnable use) throws InterruptedException
    {
        final CountDownLatch used = new CountDownLatch(THREADS);
        for (int i = 0; i < THREADS; i++)
        {
            threads.add(Thread.ofPlatform().name("bystander-" + i).daemon().start(() ->
            {
                try
                {
                    use.run();
                }
                finally
                {
                    used.countDown();
                }
                awaitEnd();
            }));
        }
        used.await();
    }

    private void awaitEnd()
    {
        try
        {
            end.await();
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
    }

    /** Let them go. */
    void stop() throws InterruptedException
    {
        end.countDown();
        for (final Thread thread : threads)
        {
            thread.join();
        }
    }
}
