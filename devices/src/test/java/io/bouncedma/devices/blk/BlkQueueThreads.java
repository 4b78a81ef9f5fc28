/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.blk;

import io.bouncedma.virtio.Features;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A thread for each queue, one for the device, which dies now and then: each queue writes and reads back sectors of its
 * own.
 */
final class BlkQueueThreads
{
    private static final int SECTOR = BlkProtocol.SECTOR_SIZE;
    private static final int SHARE = 64;
    private static final int DEPTH = 4;

    private final BlkBench bench;
    private final int queues;
    private final int rounds;
    private final byte[] sectors;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final SplittableRandom random = new SplittableRandom(1);
    private ReplaceableTransport transport;
    private int deaths;
    private volatile boolean ended;

    BlkQueueThreads(final BlkBench bench, final int queues, final int rounds)
    {
        this.bench = bench;
        this.queues = queues;
        this.rounds = rounds;
        sectors = new byte[queues * SHARE * SECTOR];
    }

    void run(final Features ring) throws InterruptedException
    {
        transport = new ReplaceableTransport(mortal(), bench.region);
        try (BlkDriver blk = new BlkDriver(
            transport, bench.dma, BlkBench.running(transport::work), 16, ring, queues))
        {
            assertEquals(queues, blk.queueCount());
            final Thread device = start("device", () ->
            {
                while (!ended)
                {
                    transport.work();
                    Thread.yield();
                }
            });
            final List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < queues; i++)
            {
                final BlkQueue queue = blk.queue(i);
                final int share = i;
                queue.waiting(BlkBench.running(Thread::yield));
                threads.add(start("queue " + i, () -> use(queue, share)));
            }
            for (final Thread thread : threads)
            {
                thread.join();
            }
            ended = true;
            device.join();
        }
        if (null != failure.get())
        {
            throw new AssertionError(failure.get());
        }
        assertTrue(deaths > 0);
    }

    private Thread start(final String name, final Runnable work)
    {
        final Thread thread = new Thread(() ->
        {
            try
            {
                work.run();
            }
            catch (final RuntimeException | Error e)
            {
                failure.compareAndSet(null, e);
            }
        }, name);
        thread.start();
        return thread;
    }

    private UnreliableDisk mortal()
    {
        return new UnreliableDisk(sectors, queues, random.split(), 100 + random.nextInt(200), () ->
        {
            deaths++;
            transport.replace(mortal());
        });
    }

    private void use(final BlkQueue queue, final int share)
    {
        final long first = (long)share * SHARE;
        final UnsafeBuffer[] buffers = new UnsafeBuffer[DEPTH];
        final int[] done = new int[1];
        for (int round = 0; round < rounds && null == failure.get(); round++)
        {
            final boolean isWrite = 0 == round % 2;
            for (int i = 0; i < DEPTH; i++)
            {
                buffers[i] = new UnsafeBuffer(new byte[2 * SECTOR]);
                if (isWrite)
                {
                    buffers[i].setMemory(0, 2 * SECTOR, value(share, round, i));
                }
                assertEquals(BlkQueue.SUBMITTED, isWrite ?
                    queue.submitWrite(first + 2 * i, buffers[i], 0, 2 * SECTOR, i) :
                    queue.submitRead(first + 2 * i, buffers[i], 0, 2 * SECTOR, i));
            }
            done[0] = 0;
            while (done[0] < DEPTH)
            {
                queue.awaitCompletions((tag, status) ->
                {
                    assertEquals(BlkProtocol.STATUS_OK, status);
                    done[0]++;
                });
            }
            assertEquals(0, queue.inFlight());
            for (int i = 0; !isWrite && i < DEPTH; i++)
            {
                final byte[] expected = new byte[2 * SECTOR];
                Arrays.fill(expected, value(share, round - 1, i));
                assertArrayEquals(expected, buffers[i].byteArray());
            }
        }
    }

    private static byte value(final int share, final int round, final int index)
    {
        return (byte)(1 + share * 31 + round * 7 + index);
    }
}
