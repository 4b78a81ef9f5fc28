/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.PoolSet;

import java.util.Random;

/**
 * A new pool with two users, threads that have used it before, and perhaps a neighbour; and many calls there.
 */
final class TailRun
{
    private static final int LIVE = 100_000;
    private static final int SHORTEST = 64;
    private static final int SEED = 16;

    private final TailScenario scenario;
    private final int calls;
    private final int poolLength;
    private final int live;
    private final BenchWindow window;
    private final PoolClient client;
    private final DmaDevice dma;
    private final Bystanders bystanders;
    private final Neighbour neighbour;
    private final long[] taken;

    /**
     * @param calls of each kind.
     * @param share the pool, and what lives in it, is smaller by this.
     */
    TailRun(final TailScenario scenario, final int calls, final int share) throws InterruptedException
    {
        this.scenario = scenario;
        this.calls = calls;
        poolLength = BenchWindow.POOL_LENGTH / share;
        live = Math.clamp(calls / 2, 1, LIVE / share);
        window = new BenchWindow(poolLength);
        window.poolMemory().setMemory(0, poolLength, (byte)0);
        client = window.pool.open("bench");
        dma = new DmaDevice("bench", PoolSet.of(window.pool));
        taken = new long[Math.max(calls, live)];
        bystanders = new Bystanders(() ->
        {
            client.free(client.allocate(SHORTEST));
            dma.unmap(dma.map(new byte[SHORTEST], 0, SHORTEST, Direction.FROM_DEVICE));
        });
        neighbour = switch (scenario)
        {
            case MONITOR -> Neighbour.monitoring(window.pool);
            case OTHER_CLIENT -> Neighbour.comingAndGoing(window.pool);
            default -> null;
        };
        if (null != neighbour)
        {
            neighbour.await();
        }
    }

    /** Give everything back. */
    void end() throws InterruptedException
    {
        if (null != neighbour)
        {
            neighbour.stop();
        }
        bystanders.stop();
        dma.close();
        client.close();
        window.close();
    }

    /**
     * Make all the calls.
     *
     * @param tails are told of each.
     */
    void calls(final TailCounters tails)
    {
        final CallTimer timer = new CallTimer(new KernelThreadCounts(null == neighbour ? null : neighbour.proc()));
        final TimedBlocks blocks = TimedBlocks.of(client, timer, tails);
        // Short runs fill the pool, too.
        final int length = Math.max(SHORTEST, (poolLength - 1) / calls + 1);
        final TimedBlocks mappings = TimedBlocks.of(dma, timer, tails, new byte[Math.max(length, TimedBlocks.LONGEST)]);
        if (TailScenario.RAMP == scenario)
        {
            ramp(blocks, length);
            ramp(mappings, length);
        }
        else
        {
            churn(blocks);
            churn(mappings);
        }
        for (int i = 0; i < calls; i++)
        {
            timer.begin();
            timer.end(tails.of(TailCall.NOTHING));
        }
    }

    private void ramp(final TimedBlocks blocks, final int length)
    {
        int count = 0;
        long block = blocks.take(length);
        while (block >= 0)
        {
            taken[count++] = block;
            block = blocks.take(length);
        }
        for (int i = 0; i < count; i++)
        {
            blocks.give(taken[i]);
        }
    }

    /**
     * Fill up to the number of live ones, replace one at random by another one of another size as long as calls are
     * left, give all back.
     */
    private void churn(final TimedBlocks blocks)
    {
        final Random random = new Random(SEED);
        for (int i = 0; i < live; i++)
        {
            taken[i] = blocks.take(random.nextInt(SHORTEST, TimedBlocks.LONGEST + 1));
        }
        for (int i = live; i < calls; i++)
        {
            final int which = random.nextInt(live);
            blocks.give(taken[which]);
            taken[which] = blocks.take(random.nextInt(SHORTEST, TimedBlocks.LONGEST + 1));
        }
        for (int i = 0; i < live; i++)
        {
            blocks.give(taken[i]);
        }
    }
}
