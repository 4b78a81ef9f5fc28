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

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Requests that wait for space: first come first served, and nobody waits for what can not be.
 */
class SpaceQueueTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int LENGTH = 2 * PAGE;
    private static final long LONG = TimeUnit.SECONDS.toNanos(TestLimits.seconds(60));

    private final Window region = WideWindow.open(PAGE + LENGTH);
    private final BouncePool pool = new BouncePool("pool", region, PAGE, LENGTH);
    private final PoolClient client = pool.open("client");
    private final List<Integer> served = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void close()
    {
        client.close();
        pool.close();
        region.close();
    }

    @Test
    void shouldServeWhoCameFirst() throws InterruptedException
    {
        final long all = client.allocate(LENGTH);
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++)
        {
            // Some could be served as soon as little is free; none of them may be before those who came earlier.
            threads.add(waiting(i, i % 3 == 2 ? 64 : LENGTH));
        }
        assertTrue(pool.isTight());
        client.free(all);
        for (final Thread thread : threads)
        {
            thread.join();
        }
        assertEquals(IntStream.range(0, 8).boxed().toList(), served);
        assertFalse(pool.isTight());
    }

    @Test
    void shouldNotOvertakeWithASmallerRequest() throws InterruptedException
    {
        final long half = client.allocate(PAGE);
        final Thread large = waiting(0, LENGTH);
        final Thread small = waiting(1, 64);
        assertEquals(List.of(), served, "a page is free, but somebody came first");
        // Who may not wait passes by.
        client.free(client.allocate(64));
        client.free(half);
        large.join();
        small.join();
        assertEquals(List.of(0, 1), served);
    }

    @Test
    void shouldLetTheNextOneTryWhenTheFirstGivesUp() throws InterruptedException
    {
        final long half = client.allocate(PAGE);
        final Thread large = waiting(0, LENGTH);
        final Thread small = waiting(1, 64);
        large.interrupt();
        large.join();
        small.join();
        // Who gives up has left the queue before he notes it, so the other one may be first with that.
        assertEquals(List.of(Refusal.Reason.EXHAUSTED.code(), 1), served.stream().sorted().toList());
        client.free(half);
    }

    @Test
    void shouldNotWaitForWhatCanNotBe()
    {
        assertEquals(Refusal.Reason.TOO_LARGE.code(), client.allocate(LENGTH + 1, 0, 0, LONG));
        final long all = client.allocate(LENGTH);
        assertEquals(Refusal.Reason.EXHAUSTED.code(), client.allocate(1, 0, 0, 0));
        assertEquals(Refusal.Reason.EXHAUSTED.code(), client.allocate(1, 0, 0, 1));
        Thread.currentThread().interrupt();
        assertEquals(Refusal.Reason.EXHAUSTED.code(), client.allocate(1, 0, 0, LONG));
        assertTrue(Thread.interrupted(), "the interrupt is lost");
        assertTrue(pool.core().waiters().isEmpty());
        client.free(all);
    }

    @Test
    void shouldServeWhoWaitsWhenThePoolGrows() throws InterruptedException
    {
        client.close();
        pool.close();
        try (BouncePool small = new BouncePool("small", region, PAGE, PAGE); PoolClient user = small.open("user"))
        {
            final long all = user.allocate(PAGE);
            final Thread thread = waiting(small, user, 0, 64);
            small.grow(2 * PAGE, PAGE);
            thread.join();
            assertEquals(List.of(0), served);
            user.free(all);
        }
    }

    @Test
    void shouldNotHoldUpOtherClientsForOnesQuota() throws InterruptedException
    {
        try (PoolClient limited = pool.open("limited", new ClientLimits(PAGE, 0), AddressRules.NONE))
        {
            final long most = limited.allocate(PAGE - 64);
            final Thread large = waiting(pool, limited, 0, PAGE);
            final Thread small = waiting(pool, limited, 1, 64);
            final long other = client.allocate(64, 0, 0, LONG);
            assertTrue(other > 0, "result=" + other);
            assertEquals(List.of(), served, "the quota would do for the small one, but the large one came first");
            client.free(other);
            limited.free(most);
            large.join();
            small.join();
            assertEquals(List.of(0, 1), served);
        }
    }

    @Test
    void shouldNotWaitBehindOthersForWhatCanNotBe() throws InterruptedException
    {
        final long all = client.allocate(LENGTH);
        final Thread thread = waiting(0, 64);
        assertEquals(Refusal.Reason.TOO_LARGE.code(), client.allocate(LENGTH + 1, 0, 0, LONG));
        assertThrows(IllegalArgumentException.class, () -> client.allocate(0, 0, 0, LONG));
        assertThrows(IllegalArgumentException.class, () -> client.allocate(64, 2, 0, LONG));
        client.free(all);
        thread.join();
    }

    @Test
    void shouldNotWaitForMoreThanItsQuota() throws InterruptedException
    {
        try (PoolClient limited = pool.open("limited", ClientLimits.quota(PAGE), AddressRules.NONE))
        {
            assertEquals(Refusal.Reason.TOO_LARGE.code(), limited.allocate(PAGE + 1, 0, 0, LONG));
            final long all = client.allocate(LENGTH);
            final Thread thread = waiting(0, 64);
            assertEquals(Refusal.Reason.TOO_LARGE.code(), limited.allocate(PAGE + 1, 0, 0, LONG));
            client.free(all);
            thread.join();
        }
    }

    @Test
    void shouldNotWaitForWhatOthersReserve()
    {
        final int reserve = PAGE + 64;
        final PoolClient other = pool.open("other", new ClientLimits(LENGTH, reserve), AddressRules.NONE);
        final int most = LENGTH - reserve;
        // It would hold up everybody behind it, too, for as long as it is patient.
        assertEquals(Refusal.Reason.TOO_LARGE.code(), client.allocate(most + 64, 0, 0, LONG));
        assertEquals(Refusal.Reason.TOO_LARGE.code(), client.allocate(LENGTH, 0, 0, LONG));
        assertEquals(most, client.explain(LENGTH).most());
        assertEquals(LENGTH, other.explain(64).most());
        client.free(client.allocate(most, 0, 0, LONG));
        other.free(other.allocate(LENGTH, 0, 0, LONG));
        other.close();
        client.free(client.allocate(LENGTH, 0, 0, LONG));
    }

    @Test
    void shouldTellTheReasonToWhoWasNeverFirst() throws InterruptedException
    {
        try (PoolClient limited = pool.open("limited", new ClientLimits(PAGE, 0), AddressRules.NONE))
        {
            final long all = client.allocate(LENGTH);
            final Thread thread = waiting(0, 64);
            assertEquals(Refusal.Reason.EXHAUSTED.code(), limited.allocate(PAGE, 0, 0, 1));
            client.free(all);
            thread.join();
        }
    }

    @Test
    void shouldCountARefusalOnlyWhenTheTimeIsOver() throws InterruptedException
    {
        final long all = client.allocate(LENGTH);
        final Thread served = waiting(0, 64);
        assertEquals(List.of(0L, 0L, 0L, 0L), client.statistics().refusals());
        client.free(all);
        served.join();
        assertEquals(List.of(0L, 0L, 0L, 0L), client.statistics().refusals());
        final long again = client.allocate(LENGTH);
        final Thread refused = waiting(1, 64);
        refused.interrupt();
        refused.join();
        assertEquals(List.of(1L, 0L, 0L, 0L), client.statistics().refusals());
        client.free(again);
    }

    private Thread waiting(final int number, final int length)
    {
        return waiting(pool, client, number, length);
    }

    /**
     * Start a thread that takes a block, notes its number and gives the block back.
     *
     * @return when the thread is in the queue.
     */
    private Thread waiting(final BouncePool from, final PoolClient taker, final int number, final int length)
    {
        final Thread thread = new Thread(() ->
        {
            final long block = taker.allocate(length, 0, 0, LONG);
            served.add(block > 0 ? number : (int)block);
            if (block > 0)
            {
                taker.free(block);
            }
        });
        thread.start();
        while (thread.isAlive() && LockSupport.getBlocker(thread) != from.core().waiters())
        {
            Thread.onSpinWait();
        }
        assertTrue(thread.isAlive(), () -> "request " + number + " did not wait");
        return thread;
    }
}
