/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.WideWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Who waits for space is woken by what ends the waiting, also if nothing becomes free, and no wake-up is lost to the
 * locks that are waited for on the way.
 */
class WakeUpTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int LENGTH = 2 * PAGE;
    private static final long FOR_EVER = TimeUnit.DAYS.toNanos(1);

    private final Window window = WideWindow.open(PAGE + LENGTH);
    private final BouncePool pool = new BouncePool("pool", window, PAGE, LENGTH);
    private final CompletableFuture<Long> result = new CompletableFuture<>();

    @AfterEach
    void close()
    {
        pool.abandon();
        window.close();
    }

    @Test
    void shouldWakeWhoWaitsForAPoolThatIsAbandoned()
    {
        final PoolClient client = pool.open("device");
        assertTrue(client.allocate(LENGTH) > 0);
        await(waiting(client, 64, result), Thread.State.TIMED_WAITING);
        pool.abandon();
        assertThrowsClosed();
    }

    @Test
    void shouldWakeWhoWaitsBehindOthersForAClientThatIsClosed() throws Exception
    {
        final PoolClient other = pool.open("other");
        final long all = other.allocate(LENGTH);
        final CompletableFuture<Long> first = new CompletableFuture<>();
        await(waiting(other, LENGTH, first), Thread.State.TIMED_WAITING);
        final PoolClient client = pool.open("device");
        await(waiting(client, 64, result), Thread.State.TIMED_WAITING);
        client.close();
        assertThrowsClosed();
        assertFalse(first.isDone());
        other.free(all);
        other.free(first.get(TestLimits.seconds(30), TimeUnit.SECONDS));
    }

    /** A lock that is waited for takes the same permit to go on that a wake-up gives. */
    @Test
    void shouldNotLoseAWakeUpToALockThatIsWaitedFor() throws Exception
    {
        final PoolCore core = pool.core();
        final PoolClient limited = pool.open("limited", ClientLimits.quota(PAGE), AddressRules.NONE);
        final long block = limited.allocate(PAGE);
        final Slow slow = new Slow(limited.member(), core.waiters());
        final Thread thread = Thread.ofPlatform().daemon().start(
            () -> result.complete(core.waiters().allocate(slow, PAGE, 0, 0, FOR_EVER)));
        slow.refused.await();
        synchronized (core.waiters())
        {
            // It was refused and is about to say so.
            slow.goOn.countDown();
            await(thread, Thread.State.BLOCKED);
            limited.free(block);
            core.lock().lock();
        }
        await(thread, Thread.State.TIMED_WAITING);
        core.lock().unlock();
        limited.free(result.get(TestLimits.seconds(30), TimeUnit.SECONDS));
    }

    private void assertThrowsClosed()
    {
        final ExecutionException e = assertThrows(ExecutionException.class,
            () -> result.get(TestLimits.seconds(30), TimeUnit.SECONDS));
        assertInstanceOf(IllegalStateException.class, e.getCause());
    }

    private static Thread waiting(final PoolClient client, final int length, final CompletableFuture<Long> result)
    {
        return Thread.ofPlatform().daemon().start(() ->
        {
            try
            {
                result.complete(client.allocate(length, 0, 0, FOR_EVER));
            }
            catch (final Throwable e)
            {
                result.completeExceptionally(e);
            }
        });
    }

    private static void await(final Thread thread, final Thread.State state)
    {
        while (state != thread.getState())
        {
            Thread.onSpinWait();
        }
    }

    /** Stops behind its first attempt that is made from the queue. */
    private static final class Slow implements Requester
    {
        private final Requester client;
        private final SpaceQueue queue;
        private final CountDownLatch refused = new CountDownLatch(1);
        private final CountDownLatch goOn = new CountDownLatch(1);

        Slow(final Requester client, final SpaceQueue queue)
        {
            this.client = client;
            this.queue = queue;
        }

        @Override
        public long attempt(final int length, final int alignMask, final long low)
        {
            final long attempted = client.attempt(length, alignMask, low);
            if (!queue.isEmpty())
            {
                refused.countDown();
                try
                {
                    goOn.await();
                }
                catch (final InterruptedException e)
                {
                    Thread.currentThread().interrupt();
                }
            }
            return attempted;
        }

        @Override
        public boolean couldServe(final int length, final int alignMask, final long low)
        {
            return client.couldServe(length, alignMask, low);
        }

        @Override
        public boolean isClosed()
        {
            return client.isClosed();
        }
    }
}
