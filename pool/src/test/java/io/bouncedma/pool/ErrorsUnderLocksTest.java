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

import static org.junit.jupiter.api.Assertions.assertEquals;

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

    @AfterEach
    void close()
    {
        pool.close();
        region.close();
    }

    @Test
    void shouldHangNobodyIfAStackOverflows() throws Exception
    {
        final PoolClient client = pool.open("device");
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

    private static int overflow(final PoolClient client)
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

    private static void dive(final PoolClient client)
    {
        client.free(client.allocate(64));
        dive(client);
    }

    private long usedAsSeenByAnother() throws ExecutionException, InterruptedException, TimeoutException
    {
        return CompletableFuture.supplyAsync(pool::usedBytes).get(TestLimits.seconds(30), TimeUnit.SECONDS);
    }
}
