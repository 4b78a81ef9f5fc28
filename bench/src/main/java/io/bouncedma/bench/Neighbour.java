/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.monitor.PoolMonitor;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.PoolSet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Somebody else who is busy with the pool while calls are timed, on a thread of its own.
 */
final class Neighbour
{
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int BLOCKS = 1000;

    private final CountDownLatch begun = new CountDownLatch(1);
    private final Runnable end;
    private final Thread thread;
    private volatile Path proc;
    private volatile boolean ends;
    private volatile Throwable failure;

    private Neighbour(final String name, final Runnable turn, final Runnable end)
    {
        this.end = end;
        thread = Thread.ofPlatform().name(name).daemon().start(() -> run(turn));
    }

    /**
     * Show the pool's figures and picture again and again.
     */
    static Neighbour monitoring(final BouncePool pool)
    {
        final PoolMonitor monitor = open(pool);
        return new Neighbour("monitor", () ->
        {
            monitor.publish();
            LockSupport.parkNanos(PAUSE_NANOS);
        }, monitor::close);
    }

    private static PoolMonitor open(final BouncePool pool)
    {
        try
        {
            final Path directory = Files.createTempDirectory("bounce-dma-bench");
            final Path file = directory.resolve("counters");
            try
            {
                return new PoolMonitor(file, PoolSet.of(pool));
            }
            finally
            {
                // What is mapped stays.
                Files.deleteIfExists(file);
                Files.deleteIfExists(directory);
            }
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Come to the pool, use it and leave, again and again: as a client and as a device.
     */
    static Neighbour comingAndGoing(final BouncePool pool)
    {
        final long[] taken = new long[BLOCKS];
        final byte[] buffer = new byte[TimedBlocks.LONGEST];
        return new Neighbour("other-client", () ->
        {
            try (PoolClient client = pool.open("other client"))
            {
                for (int i = 0; i < BLOCKS; i++)
                {
                    taken[i] = client.allocate(1 + i % TimedBlocks.LONGEST);
                }
                for (final long block : taken)
                {
                    client.free(block);
                }
            }
            try (DmaDevice dma = new DmaDevice("other device", PoolSet.of(pool)))
            {
                for (int i = 0; i < BLOCKS; i++)
                {
                    taken[i] = dma.map(buffer, 0, 1 + i % TimedBlocks.LONGEST, Direction.FROM_DEVICE);
                }
                for (final long mapping : taken)
                {
                    dma.unmap(mapping);
                }
            }
        }, () -> {});
    }

    /**
     * Wait until it was busy once.
     */
    void await() throws InterruptedException
    {
        begun.await();
        check();
    }

    /** Where the kernel tells about its thread, once it was busy. */
    Path proc()
    {
        return proc;
    }

    /**
     * Stop.
     *
     * @throws IllegalStateException if it failed.
     */
    void stop() throws InterruptedException
    {
        ends = true;
        thread.join();
        end.run();
        check();
    }

    private void check()
    {
        if (null != failure)
        {
            throw new IllegalStateException("who else was to be busy with the pool has failed", failure);
        }
    }

    private void run(final Runnable turn)
    {
        try
        {
            proc = KernelThreadCounts.self();
            while (!ends)
            {
                turn.run();
                begun.countDown();
            }
        }
        catch (final Throwable e)
        {
            failure = e;
        }
        begun.countDown();
    }
}
