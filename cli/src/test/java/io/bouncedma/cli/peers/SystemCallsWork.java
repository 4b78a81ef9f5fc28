/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.PoolSet;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntToLongFunction;
import java.util.function.LongConsumer;

/**
 * The program whose system calls are counted. Which belong to what it shows by asking for files that are not there.
 */
final class SystemCallsWork
{
    /** How many calls of each kind a part of the work has. */
    static final int CALLS = 20_000;
    static final Path MARKS = Path.of("/bounce-dma-mark");
    static final String END = "end";

    private static final int LENGTH = 64;
    private static final int OTHERS = 4;
    private static final int POOL_LENGTH = CALLS * LENGTH + Extent.ALIGNMENT - 1 & -Extent.ALIGNMENT;

    private SystemCallsWork()
    {
    }

    /**
     * Do all of it twice, each time on a new pool, the second time with marks.
     *
     * @param arguments none.
     */
    public static void main(final String[] arguments) throws InterruptedException
    {
        final byte[] buffer = new byte[LENGTH];
        final long length = Extent.ALIGNMENT + (long)POOL_LENGTH;
        for (final boolean marked : new boolean[] {false, true})
        {
            try (Fd memory = Memfd.create("system-calls", length);
                Window window = MemfdWindow.map("window", memory,
                    List.of(new Extent(0, 0x1000_0000L, length)), BusAddressing.offset());
                BouncePool pool = new BouncePool("pool", window, Extent.ALIGNMENT, POOL_LENGTH);
                PoolClient client = pool.open("client");
                DmaDevice dma = new DmaDevice("device", PoolSet.of(pool)))
            {
                final CountDownLatch end = new CountDownLatch(1);
                final List<Thread> others = useByOthers(client, dma, end);
                work("allocate", marked, i -> client.allocate(LENGTH), client::free);
                work("map", marked, i -> dma.map(buffer, 0, LENGTH, Direction.FROM_DEVICE), dma::unmap);
                end.countDown();
                for (final Thread other : others)
                {
                    other.join();
                }
            }
        }
    }

    /** Threads that have used both and live still: what is kept for them is to cost nobody else a system call. */
    private static List<Thread> useByOthers(
        final PoolClient client, final DmaDevice dma, final CountDownLatch end) throws InterruptedException
    {
        final CountDownLatch used = new CountDownLatch(OTHERS);
        final List<Thread> others = new ArrayList<>();
        for (int i = 0; i < OTHERS; i++)
        {
            others.add(Thread.ofPlatform().daemon().start(() ->
            {
                client.free(client.allocate(LENGTH));
                dma.unmap(dma.map(new byte[LENGTH], 0, LENGTH, Direction.FROM_DEVICE));
                used.countDown();
                try
                {
                    end.await();
                }
                catch (final InterruptedException e)
                {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        used.await();
        return others;
    }

    private static void work(
        final String what, final boolean marked, final IntToLongFunction take, final LongConsumer give)
    {
        final long[] taken = new long[CALLS];
        mark(marked, what + "-ramp");
        for (int i = 0; i < CALLS; i++)
        {
            taken[i] = take.applyAsLong(i);
            if (taken[i] < 0)
            {
                throw new IllegalStateException("refused: code=" + taken[i] + ", call=" + i);
            }
        }
        mark(marked, END);
        mark(marked, what + "-drain");
        for (int i = 0; i < CALLS; i++)
        {
            give.accept(taken[i]);
        }
        mark(marked, END);
        mark(marked, what + "-steady");
        for (int i = 0; i < CALLS; i++)
        {
            give.accept(take.applyAsLong(i));
        }
        mark(marked, END);
    }

    private static void mark(final boolean marked, final String name)
    {
        if (marked && Files.exists(MARKS.resolve(name)))
        {
            throw new IllegalStateException("there is a file where none can be: " + MARKS.resolve(name));
        }
    }
}
