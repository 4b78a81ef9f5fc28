/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.PoolSet;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * The longest of a million calls, after as many of the same shape to warm up. {@link CallTimer} says how it is told
 * from what others did to the thread.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 1)
@Fork(value = 1, jvmArgsAppend = "--add-exports=java.management/sun.management=ALL-UNNAMED")
public class TailBenchmark
{
    private static final int LIVE = 100_000;
    private static final int SHORTEST = 64;
    private static final int SEED = 16;

    /** What else goes on. */
    @Param
    private TailScenario scenario;

    /** How many calls of each kind. */
    @Param("1000000")
    private int calls;

    private BenchWindow window;
    private PoolClient client;
    private DmaDevice dma;
    private Bystanders bystanders;
    private Neighbour neighbour;
    private long[] taken;

    /**
     * Created by JMH.
     */
    public TailBenchmark()
    {
    }

    /**
     * Make a window with a new pool, so that each high water mark is a new one, two users, threads that have used it
     * before and perhaps a neighbour.
     *
     * @throws InterruptedException if the others do not begin.
     */
    @Setup(Level.Iteration)
    public void open() throws InterruptedException
    {
        window = new BenchWindow();
        client = window.pool.open("bench");
        dma = new DmaDevice("bench", PoolSet.of(window.pool));
        taken = new long[Math.max(calls, LIVE)];
        bystanders = new Bystanders(() ->
        {
            client.free(client.allocate(SHORTEST));
            dma.unmap(dma.map(new byte[SHORTEST], 0, SHORTEST, Direction.FROM_DEVICE));
        });
        if (TailScenario.MONITOR == scenario)
        {
            neighbour = Neighbour.monitoring(window.pool);
        }
        else if (TailScenario.OTHER_CLIENT == scenario)
        {
            neighbour = Neighbour.comingAndGoing(window.pool);
        }
        if (null != neighbour)
        {
            neighbour.await();
        }
    }

    /**
     * Give everything back.
     *
     * @throws InterruptedException if the others do not end.
     */
    @TearDown(Level.Iteration)
    public void close() throws InterruptedException
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
    @Benchmark
    public void calls(final TailCounters tails)
    {
        final CallTimer timer = new CallTimer(new KernelThreadCounts(null == neighbour ? null : neighbour.proc()));
        final TimedBlocks blocks = TimedBlocks.of(client, timer, tails);
        // Short runs fill the pool, too.
        final int length = Math.max(SHORTEST, (BenchWindow.POOL_LENGTH - 1) / calls + 1);
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
        final int live = Math.clamp(calls / 2, 1, LIVE);
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
