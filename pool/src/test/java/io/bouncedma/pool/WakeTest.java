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

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Who waits for space sleeps until something is freed, and does not look again and again.
 */
class WakeTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int BEATS = 100;
    private static final int SPURIOUS = 3;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final Window window = WideWindow.open(2 * PAGE);
    private final BouncePool pool = new BouncePool("pool", window, PAGE, PAGE);

    @AfterEach
    void close()
    {
        pool.close();
        window.close();
    }

    @Test
    void shouldSleepUntilSomethingIsFreed() throws InterruptedException
    {
        try (PoolClient client = pool.open("device"))
        {
            final long all = client.allocate(PAGE);
            final Thread waiting = Thread.ofPlatform().daemon().start(() -> client.free(
                client.allocate(PAGE, 0, 0, TimeUnit.SECONDS.toNanos(TestLimits.seconds(600)))));
            while (0 == waits(waiting))
            {
                Thread.onSpinWait();
            }
            // A thread that sleeps for a millisecond each time is the clock: one that polls keeps up with it.
            final Thread clock = Thread.ofPlatform().daemon().start(() ->
            {
                for (int i = 0; i < BEATS; i++)
                {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
                }
            });
            final long before = waits(waiting);
            clock.join();
            final long woken = waits(waiting) - before;
            assertTrue(woken <= SPURIOUS, "woke up " + woken + " times though nothing was freed");
            assertTrue(waiting.isAlive());
            client.free(all);
            waiting.join(TimeUnit.SECONDS.toMillis(TestLimits.seconds(30)));
            assertFalse(waiting.isAlive(), "not woken");
        }
    }

    private static long waits(final Thread thread)
    {
        return THREADS.getThreadInfo(thread.threadId()).getWaitedCount();
    }
}
