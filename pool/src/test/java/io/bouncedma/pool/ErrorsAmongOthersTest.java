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

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Errors at any point of a call, with other threads at work in the same client: those go on, or are told that the pool
 * must be abandoned; nobody hangs.
 */
class ErrorsAmongOthersTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int LENGTH = 64 * PAGE;
    private static final int OVERFLOWS = 200;
    private static final int SMALL_STACK = 256 * 1024;
    private static final int OTHERS = 3;
    private static final int MOST_HELD = 8;
    private static final int ROUNDS = 5000;
    private static final String LOST = "abandon the pool";

    private final Window window = WideWindow.open(PAGE + LENGTH);
    private final BouncePool pool = new BouncePool("pool", window, PAGE, LENGTH);
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final AtomicBoolean end = new AtomicBoolean();
    private final AtomicInteger rounds = new AtomicInteger();

    @AfterEach
    void close()
    {
        pool.abandon();
        window.close();
    }

    @Test
    void shouldLetOthersGoOnWhenAStackOverflows() throws InterruptedException
    {
        final PoolClient client = pool.open("device");
        final List<Thread> others = new ArrayList<>();
        for (int i = 0; i < OTHERS; i++)
        {
            final SplittableRandom random = new SplittableRandom(i);
            others.add(start(null, () -> workUntilTheEnd(client, random)));
        }
        final AtomicInteger overflows = new AtomicInteger();
        final Thread deep = start("deep", () ->
        {
            final SplittableRandom random = new SplittableRandom(99);
            for (int i = 0; i < OVERFLOWS; i++)
            {
                overflows.addAndGet(overflow(client, random, i));
            }
        });
        join(deep);
        assertNull(failure.get(), () -> failure.get() + " " + Arrays.toString(failure.get().getStackTrace()));
        assertEquals(OVERFLOWS, overflows.get());
        // Those who could go on do so for a while afterwards.
        final int before = rounds.get();
        while (rounds.get() < before + OTHERS * MOST_HELD && others.stream().anyMatch(Thread::isAlive))
        {
            Thread.onSpinWait();
        }
        end.set(true);
        for (final Thread other : others)
        {
            join(other);
        }
        assertNull(failure.get(), () -> failure.get() + " " + Arrays.toString(failure.get().getStackTrace()));
        final long used = pool.usedBytes();
        try
        {
            pool.close();
            assertEquals(0, used);
        }
        catch (final IllegalStateException e)
        {
            assertTrue(e.getMessage().contains("bytes=") || e.getMessage().contains(LOST), e.getMessage());
        }
    }

    private void workUntilTheEnd(final PoolClient client, final SplittableRandom random)
    {
        final Deque<Long> held = new ArrayDeque<>();
        try
        {
            while (!end.get())
            {
                step(client, random, held);
                rounds.incrementAndGet();
            }
            held.forEach(client::free);
        }
        catch (final IllegalStateException e)
        {
            assertTrue(e.getMessage().contains(LOST), e.getMessage());
        }
    }

    private static void step(final PoolClient client, final SplittableRandom random, final Deque<Long> held)
    {
        if (held.size() < MOST_HELD && random.nextBoolean())
        {
            final long block = client.allocate(1 + random.nextInt(PAGE));
            if (block > 0)
            {
                held.add(block);
            }
        }
        else if (!held.isEmpty())
        {
            client.free(held.remove());
        }
    }

    /** Each time from another depth, so that the stack ends at another point of a call. */
    private static int overflow(final PoolClient client, final SplittableRandom random, final int depth)
    {
        try
        {
            return depth > 0 ? overflow(client, random, depth - 1) : dive(client, random);
        }
        catch (final StackOverflowError e)
        {
            return 1;
        }
        catch (final IllegalStateException e)
        {
            assertTrue(e.getMessage().contains(LOST), e.getMessage());
            return 1;
        }
    }

    private static int dive(final PoolClient client, final SplittableRandom random)
    {
        final long block = client.allocate(64 + 64 * random.nextInt(40));
        if (block > 0)
        {
            client.free(block);
        }
        return dive(client, random);
    }

    private Thread start(final String name, final Runnable work)
    {
        final Thread thread = new Thread(null, () ->
        {
            try
            {
                work.run();
            }
            catch (final Throwable e)
            {
                failure.compareAndSet(null, e);
            }
        }, null == name ? "other" : name, SMALL_STACK);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void join(final Thread thread) throws InterruptedException
    {
        thread.join(TimeUnit.SECONDS.toMillis(TestLimits.seconds(60)));
        assertFalse(thread.isAlive(), () -> thread.getName() + " hangs: " + Arrays.toString(thread.getStackTrace()));
    }
}
