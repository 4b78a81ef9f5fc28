/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.PoolSet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Many threads that do the same on one new pool, which no threads were on before. They are there, and have made their
 * first calls, when the time begins.
 */
final class Crowd
{
    private static final int LENGTH = 4096;
    private static final int PAIRS_AT_A_TIME = 64;

    private final ThreadKind kind;
    private final SharedWork work;
    private volatile Throwable failure;

    Crowd(final ThreadKind kind, final SharedWork work)
    {
        this.kind = kind;
        this.work = work;
    }

    /**
     * Do some work.
     *
     * @param threads by so many.
     * @param pairs   as much together.
     * @return how long it took.
     */
    Took run(final int threads, final int pairs) throws InterruptedException
    {
        try (BenchWindow window = new BenchWindow();
            PoolClient client = window.pool.open("bench");
            DmaDevice dma = new DmaDevice("bench", PoolSet.of(window.pool)))
        {
            final CountDownLatch ready = new CountDownLatch(threads);
            final CountDownLatch go = new CountDownLatch(1);
            final List<Thread> crowd = new ArrayList<>();
            for (int i = 0; i < threads; i++)
            {
                crowd.add(builder().start(() -> join(client, dma, pairs / threads, ready, go)));
            }
            ready.await();
            final long cpu = cpuNanos();
            final long begin = System.nanoTime();
            go.countDown();
            for (final Thread thread : crowd)
            {
                thread.join();
            }
            final long end = System.nanoTime();
            if (null != failure)
            {
                throw new IllegalStateException("a thread has failed", failure);
            }
            return new Took(end - begin, cpuNanos() - cpu);
        }
    }

    private Thread.Builder builder()
    {
        return ThreadKind.VIRTUAL == kind ? Thread.ofVirtual() : Thread.ofPlatform();
    }

    private void join(
        final PoolClient client,
        final DmaDevice dma,
        final int pairs,
        final CountDownLatch ready,
        final CountDownLatch go)
    {
        final byte[] buffer = new byte[LENGTH];
        try
        {
            try
            {
                // What a thread is given when it comes belongs to its start, not to its work.
                work(client, dma, buffer, PAIRS_AT_A_TIME);
            }
            finally
            {
                ready.countDown();
            }
            go.await();
            for (int done = 0; done < pairs; done += PAIRS_AT_A_TIME)
            {
                work(client, dma, buffer, Math.min(PAIRS_AT_A_TIME, pairs - done));
                if (ThreadKind.VIRTUAL == kind)
                {
                    Thread.yield();
                }
            }
        }
        catch (final Throwable e)
        {
            failure = e;
        }
    }

    private void work(final PoolClient client, final DmaDevice dma, final byte[] buffer, final int pairs)
    {
        for (int i = 0; i < pairs; i++)
        {
            if (SharedWork.MAP == work)
            {
                dma.unmap(dma.map(buffer, 0, LENGTH, Direction.TO_DEVICE));
            }
            else
            {
                client.free(client.allocate(LENGTH));
            }
        }
    }

    /** In steps of the kernel's tick of ten milliseconds. */
    private static long cpuNanos()
    {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
    }

    /**
     * How long some work took.
     *
     * @param clockNanos from its begin to its end.
     * @param cpuNanos   processor time of the process.
     */
    record Took(long clockNanos, long cpuNanos)
    {
    }
}
