/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.junit.jupiter.api.Assertions.assertEquals;

class PoolLockTest
{
    private static final int ROUNDS = 1000;

    private final PoolLock lock = new PoolLock();
    private int inside;

    @Test
    void shouldLetOneInAtATime() throws InterruptedException
    {
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++)
        {
            final Thread.Builder kind = 0 == i % 2 ? Thread.ofPlatform() : Thread.ofVirtual();
            threads.add(kind.start(() ->
            {
                for (int round = 0; round < 100 * ROUNDS; round++)
                {
                    lock.lock();
                    inside++;
                    lock.unlock();
                }
            }));
        }
        for (final Thread thread : threads)
        {
            thread.join();
        }
        assertEquals(4 * 100 * ROUNDS, inside);
    }

    /** Who is not woken sleeps for a tenth of a second each time: too long for this test. */
    @Test
    void shouldWakeWhoSleeps() throws InterruptedException
    {
        final AtomicInteger entered = new AtomicInteger();
        final AtomicInteger allowed = new AtomicInteger(1);
        final long start = System.nanoTime();
        final long limit = TimeUnit.SECONDS.toNanos(TestLimits.seconds(60));
        lock.lock();
        final Thread waiting = Thread.ofPlatform().daemon().start(() ->
        {
            while (entered.get() < ROUNDS)
            {
                while (entered.get() == allowed.get())
                {
                    Thread.onSpinWait();
                }
                lock.lock();
                entered.incrementAndGet();
                lock.unlock();
            }
        });
        for (int round = 1; round <= ROUNDS && System.nanoTime() - start < limit; round++)
        {
            while (Thread.State.TIMED_WAITING != waiting.getState())
            {
                Thread.onSpinWait();
            }
            lock.unlock();
            while (entered.get() < round)
            {
                Thread.onSpinWait();
            }
            lock.lock();
            allowed.incrementAndGet();
        }
        lock.unlock();
        assertEquals(ROUNDS, entered.get());
        waiting.join();
    }
}
