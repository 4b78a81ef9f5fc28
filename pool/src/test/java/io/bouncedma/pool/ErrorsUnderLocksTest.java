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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Whatever is thrown where a lock is held: whoever called gets it, nobody else hangs, and nothing is lost by a hook.
 */
class ErrorsUnderLocksTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int LENGTH = 16 * PAGE;
    private static final int OVERFLOWS = 60;
    private static final int SMALL_STACK = 256 * 1024;
    private static final int WARM_UP = 30_000;

    private final Window region = WideWindow.open(PAGE + LENGTH);
    private final BouncePool pool = new BouncePool("pool", region, PAGE, LENGTH);

    /** A block whose hook throws when it is told to. */
    private static final class Moody extends Block
    {
        private boolean isBad;

        @Override
        protected void forget()
        {
            if (isBad)
            {
                throw new UnsupportedOperationException("the user's");
            }
        }
    }

    @AfterEach
    void close()
    {
        pool.close();
        region.close();
    }

    @Test
    void shouldLeaveABlockWithItsOwnerIfItsHookThrows() throws Exception
    {
        try (PoolClient<Moody> client = pool.open("device", ClientLimits.NONE, AddressRules.NONE, Moody::new))
        {
            final long block = client.allocate(64);
            client.find(block).isBad = true;
            assertThrows(UnsupportedOperationException.class, () -> client.free(block));
            assertEquals(64, usedAsSeenByAnother());
            assertTrue(client.has(block));
            client.find(block).isBad = false;
            client.free(block);
            assertEquals(0, usedAsSeenByAnother());
        }
    }

    @Test
    void shouldLoseNothingIfAFactoryThrows() throws Exception
    {
        final Block[] made = new Block[1];
        try (PoolClient<Block> client = pool.open("device", ClientLimits.NONE, AddressRules.NONE, () -> made(made[0]));
            PoolClient<Block> none = pool.open("none", ClientLimits.NONE, AddressRules.NONE, () -> null))
        {
            for (int i = 0; i < 2 * LENGTH / PAGE; i++)
            {
                assertThrows(UnsupportedOperationException.class, () -> client.allocate(PAGE));
                assertThrows(NullPointerException.class, () -> none.allocate(PAGE));
            }
            assertEquals(0, usedAsSeenByAnother());
            assertEquals(LENGTH, pool.statistics().largestRun());
            made[0] = new Block();
            final long all = client.allocate(LENGTH);
            assertTrue(all > 0, "refused: " + all);
            client.free(all);
        }
    }

    @Test
    void shouldHangNobodyIfAFactoryWaits() throws Exception
    {
        final AtomicReference<PoolClient<Block>> device = new AtomicReference<>();
        try (PoolClient<Block> client = pool.open("device", ClientLimits.NONE, AddressRules.NONE, () ->
        {
            // Another thread uses the client while this one makes a block for it.
            CompletableFuture.supplyAsync(() -> device.get().metadataBytes())
                .orTimeout(TestLimits.seconds(60), TimeUnit.SECONDS).join();
            return new Block();
        }))
        {
            device.set(client);
            client.free(client.allocate(PAGE));
        }
    }

    @Test
    void shouldHangNobodyIfAStackOverflows() throws Exception
    {
        final PoolClient<Block> client = pool.open("device");
        final int[] overflows = new int[1];
        final Thread deep = new Thread(null, () ->
        {
            for (int i = 0; i < WARM_UP; i++)
            {
                client.free(client.allocate(64));
            }
            for (int i = 0; i < OVERFLOWS; i++)
            {
                overflows[0] += overflow(client);
            }
        }, "deep", SMALL_STACK);
        deep.start();
        deep.join();
        assertEquals(OVERFLOWS, overflows[0]);
        usedAsSeenByAnother();
        // Those that overflowed between their two calls have their blocks still.
        pool.abandon();
    }

    private static Block made(final Block block)
    {
        if (null == block)
        {
            throw new UnsupportedOperationException("the user's");
        }
        return block;
    }

    private static int overflow(final PoolClient<Block> client)
    {
        try
        {
            dive(client);
            return 0;
        }
        catch (final StackOverflowError e)
        {
            return 1;
        }
    }

    private static void dive(final PoolClient<Block> client)
    {
        client.free(client.allocate(64));
        dive(client);
    }

    private long usedAsSeenByAnother() throws ExecutionException, InterruptedException, TimeoutException
    {
        return CompletableFuture.supplyAsync(pool::usedBytes).get(TestLimits.seconds(30), TimeUnit.SECONDS);
    }
}
