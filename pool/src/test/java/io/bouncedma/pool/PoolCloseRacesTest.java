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

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What closes while another thread frees the last block, or retires while others are served. More rounds:
 * {@code -Dpool.close.rounds=20000}.
 */
class PoolCloseRacesTest
{
    private static final int ROUNDS = Integer.getInteger("pool.close.rounds", 1000);
    private static final int SPINS = 2048;
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int LENGTH = 64 * PAGE;

    private final Window region = WideWindow.open(PAGE + LENGTH);

    @AfterEach
    void close()
    {
        region.close();
    }

    @Test
    void shouldLoseNoBlockThatIsFreedWhileItsClientCloses() throws InterruptedException
    {
        try (BouncePool pool = new BouncePool("pool", region, PAGE, LENGTH))
        {
            for (int round = 0; round < ROUNDS; round++)
            {
                final PoolClient client = pool.open("device");
                final long block = client.allocate(64);
                final Thread freeing = Thread.ofPlatform().start(() -> client.free(block));
                closeWhenFree(client);
                freeing.join();
                assertEquals(LENGTH, pool.statistics().largestRun(), "round " + round);
            }
        }
    }

    @Test
    void shouldHandNothingOutOfAPoolThatIsClosedWhileABlockIsFreed() throws InterruptedException
    {
        for (int round = 0; round < ROUNDS; round++)
        {
            final int number = round;
            final BouncePool pool = new BouncePool("pool", region, PAGE, LENGTH);
            final PoolClient client = pool.open("device");
            final CountDownLatch taken = new CountDownLatch(1);
            final CountDownLatch closed = new CountDownLatch(1);
            final AtomicReference<IllegalStateException> refused = new AtomicReference<>();
            final Thread freeing = Thread.ofPlatform().start(() ->
            {
                final long block = client.allocate(64);
                taken.countDown();
                // So that all moments of a close are met, not only its first.
                for (int spin = 0; spin < number % SPINS; spin++)
                {
                    Thread.onSpinWait();
                }
                client.free(block);
                awaitUninterrupted(closed);
                refused.set(assertThrows(IllegalStateException.class, () -> client.allocate(64)));
            });
            taken.await();
            closeWhenFree(pool);
            closed.countDown();
            freeing.join();
            assertNotNull(refused.get(), "round " + round);
        }
    }

    /** A close that fails, as a block is held, must not be seen by those who allocate meanwhile. */
    @Test
    void shouldServeOthersWhileItCanNotBeClosed() throws InterruptedException
    {
        try (BouncePool pool = new BouncePool("pool", region, PAGE, LENGTH);
            PoolClient client = pool.open("device"))
        {
            final long held = client.allocate(64);
            final AtomicBoolean end = new AtomicBoolean();
            final Thread closing = Thread.ofPlatform().start(() ->
            {
                while (!end.get())
                {
                    assertFalse(isClosed(client));
                    assertFalse(isClosed(pool));
                }
            });
            for (int i = 0; i < 10 * ROUNDS; i++)
            {
                final long block = client.allocate(64 + i % PAGE);
                assertTrue(block > 0, "refused: " + block);
                client.free(block);
            }
            end.set(true);
            closing.join();
            client.free(held);
        }
    }

    /** What a retired extent has free counts as free neither for who is served nor for who is told. */
    @Test
    void shouldKeepReservesWhileExtentsComeAndGo() throws InterruptedException
    {
        final int half = LENGTH / 2;
        try (BouncePool pool = new BouncePool("pool", region, PAGE, half);
            PoolClient keeper = pool.open("keeper", new ClientLimits(half, half), AddressRules.NONE);
            PoolClient greedy = pool.open("greedy"))
        {
            final AtomicBoolean end = new AtomicBoolean();
            final Thread other = Thread.ofPlatform().start(() ->
            {
                while (!end.get())
                {
                    final long block = greedy.allocate(PAGE);
                    if (block > 0)
                    {
                        greedy.free(block);
                    }
                }
            });
            for (int round = 0; round < ROUNDS; round++)
            {
                pool.grow(PAGE + half, half);
                boolean gone = false;
                while (!gone)
                {
                    gone = 0 == retired(pool, PAGE + half);
                    final long kept = keeper.allocate(64);
                    assertTrue(kept > 0, () -> keeper.explain(64).toString());
                    keeper.free(kept);
                }
            }
            end.set(true);
            other.join();
        }
    }

    /** Bytes that are held still, or -1 if reserves need the extent at the moment. */
    private static long retired(final BouncePool pool, final long offset)
    {
        try
        {
            return pool.retire(offset);
        }
        catch (final IllegalStateException e)
        {
            return -1;
        }
    }

    private static void closeWhenFree(final AutoCloseable closeable)
    {
        while (!isClosed(closeable))
        {
            Thread.onSpinWait();
        }
    }

    private static boolean isClosed(final AutoCloseable closeable)
    {
        try
        {
            closeable.close();
            return true;
        }
        catch (final IllegalStateException e)
        {
            return false;
        }
        catch (final Exception e)
        {
            throw new AssertionError(e);
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
