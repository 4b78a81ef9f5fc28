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
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

/**
 * A request is never refused that the pool could serve all the time, with what is free and what is hot for others:
 * however that changes hands while it is looked for. In a pool with plenty of room, so that blocks do become hot.
 */
class ExactRefusalTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int LENGTH = 4096 * PAGE;
    private static final int HALF = PAGE / 2;
    /** Clients between the two, so that it takes a moment to look from one to the other. */
    private static final int BETWEEN = 200;
    private static final int ROUNDS = 100;
    private static final int CYCLES = 20;

    private final Window window = WideWindow.open(PAGE + LENGTH);
    private final BouncePool pool = new BouncePool("pool", window, PAGE, LENGTH);
    private final List<Long> kept = new ArrayList<>();

    @AfterEach
    void close()
    {
        pool.close();
        window.close();
    }

    /** Of two blocks a thread has one or none, and another one wants one: there always is one. */
    @Test
    void shouldSeeABlockThatIsHotNowHereNowThere() throws InterruptedException
    {
        final List<PoolClient> clients = new ArrayList<>();
        for (int i = 0; i < BETWEEN; i++)
        {
            clients.add(pool.open("client " + i));
            clients.getLast().free(clients.getLast().allocate(HALF));
        }
        final PoolClient first = clients.getFirst();
        final PoolClient last = clients.getLast();
        try (PoolClient filler = pool.open("filler"))
        {
            leaveTwoPages(filler);
            assertEquals(Refusal.Reason.FRAGMENTED.code(), first.allocate(2 * PAGE));
            assertFalse(pool.isTight());
            final AtomicBoolean isDone = new AtomicBoolean();
            final AtomicInteger refused = new AtomicInteger();
            final AtomicInteger rounds = new AtomicInteger();
            final Thread other = Thread.ofPlatform().start(() ->
            {
                for (int i = 0; i < ROUNDS; i++)
                {
                    take(clients.get(1), refused);
                    // Both blocks are hot at times for the other thread, again.
                    pool.core().reclaim();
                    final int until = rounds.get() + CYCLES;
                    while (rounds.get() < until)
                    {
                        Thread.onSpinWait();
                    }
                }
                isDone.set(true);
            });
            long held = last.allocate(PAGE);
            while (!isDone.get())
            {
                final PoolClient now = 0 == rounds.get() % 2 ? last : first;
                final PoolClient next = now == last ? first : last;
                if (held > 0)
                {
                    now.free(held);
                }
                else
                {
                    refused.incrementAndGet();
                }
                held = next.allocate(PAGE);
                rounds.incrementAndGet();
            }
            other.join();
            if (held > 0)
            {
                (0 == rounds.get() % 2 ? last : first).free(held);
            }
            assertEquals(0, refused.get());
            kept.forEach(filler::free);
        }
        clients.forEach(PoolClient::close);
    }

    private static void take(final PoolClient client, final AtomicInteger refused)
    {
        final long block = client.allocate(PAGE);
        if (block > 0)
        {
            client.free(block);
        }
        else
        {
            refused.incrementAndGet();
        }
    }

    /** Half of the pool is free, and of runs of a page there are only two. */
    private void leaveTwoPages(final PoolClient filler)
    {
        final long[] halves = new long[LENGTH / HALF];
        for (int i = 0; i < halves.length; i++)
        {
            halves[i] = filler.allocate(HALF);
        }
        for (int i = 0; i < halves.length; i++)
        {
            // Every second one, and twice the one between two of them.
            if (1 == i % 2 || 100 == i || 200 == i)
            {
                filler.free(halves[i]);
            }
            else
            {
                kept.add(halves[i]);
            }
        }
    }
}
