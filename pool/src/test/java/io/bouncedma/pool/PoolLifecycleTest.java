/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.os.TestLimits;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Threads that come and go take and give back blocks of all sizes, alignments and rules while pools, clients and
 * extents open, close, are abandoned, grow and retire against them. No byte is ever in two hands or in what is closed,
 * of two that free a block one wins, and in the end each extent is one run again.
 * <p>
 * Ten million operations: {@code -Dpool.lifecycle.operations=10000000}, with {@code -Dpool.lifecycle.seed=7} of one
 * seed alone.
 */
class PoolLifecycleTest
{
    private static final long OPERATIONS = Long.getLong("pool.lifecycle.operations", 400_000);
    private static final int SEEDS = 4;
    private static final int THREADS = 8;
    private static final int OF_ONE_THREAD = 2_000;
    private static final long OF_A_SECOND = 20_000;

    private final AtomicReferenceArray<Thread> threads = new AtomicReferenceArray<>(THREADS);
    private final CountDownLatch ended = new CountDownLatch(THREADS);

    static LongStream seeds()
    {
        final Long seed = Long.getLong("pool.lifecycle.seed");
        return null != seed ? LongStream.of(seed) : LongStream.rangeClosed(1, SEEDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldLoseNothingAndGiveNothingTwice(final long seed) throws InterruptedException
    {
        play(seed, Thread.ofPlatform().daemon());
    }

    /** Threads that the scheduler takes off where they wait, and puts on again when it likes. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldDoSoWithVirtualThreadsAmongThem(final long seed) throws InterruptedException
    {
        play(seed, Thread.ofPlatform().daemon(), Thread.ofVirtual());
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldDoSoWithVirtualThreadsAlone(final long seed) throws InterruptedException
    {
        play(seed, Thread.ofVirtual());
    }

    private void play(final long seed, final Thread.Builder... kinds) throws InterruptedException
    {
        final long operations = OPERATIONS / seeds().count();
        final SplittableRandom random = new SplittableRandom(seed);
        final Chaos chaos = new Chaos(operations);
        boolean isDone = false;
        try
        {
            final List<ChaosWorker> workers = new ArrayList<>();
            for (int i = 0; i < THREADS; i++)
            {
                workers.add(new ChaosWorker(chaos, random.split()));
            }
            for (int i = 0; i < THREADS; i++)
            {
                start(chaos, kinds, workers.get(i), i);
            }
            isDone = ended.await(TestLimits.seconds((int)(60 + operations / OF_A_SECOND)), TimeUnit.SECONDS);
            assertNull(chaos.failure.get(), () -> trace(chaos.failure.get()));
            assertTrue(isDone, this::whereTheyAre);
            workers.forEach(ChaosWorker::freeAll);
            workers.getFirst().freeExchanged();
            for (final ChaosSlot slot : chaos.slots)
            {
                checkEnd(chaos, slot);
            }
        }
        finally
        {
            // Who hangs may have the pool's lock, and who closes it would hang with it.
            if (isDone)
            {
                chaos.close();
            }
        }
    }

    private void start(
        final Chaos chaos, final Thread.Builder[] kinds, final ChaosWorker worker, final int number)
    {
        final Thread thread = kinds[number % kinds.length].unstarted(() -> work(chaos, kinds, worker, number));
        threads.set(number, thread);
        thread.start();
    }

    private void work(
        final Chaos chaos, final Thread.Builder[] kinds, final ChaosWorker worker, final int number)
    {
        try
        {
            for (int i = 0; i < OF_ONE_THREAD; i++)
            {
                if (null != chaos.failure.get() || chaos.operations.getAndDecrement() <= 0)
                {
                    ended.countDown();
                    return;
                }
                worker.step();
            }
            start(chaos, kinds, worker, number);
        }
        catch (final Throwable e)
        {
            chaos.failure.compareAndSet(null, e);
            ended.countDown();
        }
    }

    private static void checkEnd(final Chaos chaos, final ChaosSlot slot)
    {
        final ChaosPool last = slot.pool;
        if (null == last || last.closed)
        {
            return;
        }
        assertEquals(0, chaos.occupancy.bytes(slot.offset, ChaosSlot.LENGTH));
        assertEquals(0, last.pool.usedBytes());
        assertEquals(List.of(), last.pool.holders());
        for (final ClientStatistics figures : last.pool.statistics().clients())
        {
            assertEquals(figures.allocations(), figures.frees(), figures::toString);
            assertEquals(0, figures.used(), figures::toString);
        }
        for (int i = 0; i < ChaosPool.CLIENTS; i++)
        {
            if (null != last.clients.get(i))
            {
                last.clients.get(i).client.close();
            }
        }
        int extents = 0;
        for (int extent = 0; extent < ChaosSlot.EXTENTS; extent++)
        {
            if (ChaosSlot.RETIRING == (slot.extent(extent) & ChaosSlot.LIFE))
            {
                slot.retire(extent);
                assertEquals(ChaosSlot.ABSENT, slot.extent(extent) & ChaosSlot.LIFE);
            }
            extents += ChaosSlot.SERVING == (slot.extent(extent) & ChaosSlot.LIFE) ? 1 : 0;
        }
        assertEquals((long)extents * ChaosSlot.EXTENT, last.pool.length());
        takeAll(last.pool, extents);
        last.pool.close();
    }

    /** Each extent is one run again, and what is hot keeps the pool from nothing. */
    private static void takeAll(final BouncePool pool, final int extents)
    {
        final PoolClient all = pool.open("all");
        final long[] blocks = new long[extents];
        for (int i = 0; i < extents; i++)
        {
            blocks[i] = all.allocate(ChaosSlot.EXTENT);
            assertTrue(blocks[i] > 0, () -> all.explain(ChaosSlot.EXTENT).toString());
        }
        assertTrue(all.allocate(1) < 0);
        for (final long block : blocks)
        {
            all.free(block);
        }
        final long hot = all.allocate(1);
        if (hot > 0)
        {
            all.free(hot);
        }
    }

    private String whereTheyAre()
    {
        final StringBuilder text = new StringBuilder("hangs:");
        for (int i = 0; i < THREADS; i++)
        {
            text.append('\n').append(threads.get(i)).append(' ').append(Arrays.stream(threads.get(i).getStackTrace())
                .limit(8).map(StackTraceElement::toString).collect(Collectors.joining(" < ")));
        }
        return text.toString();
    }

    private static String trace(final Throwable e)
    {
        return e + " at " + Arrays.stream(e.getStackTrace()).limit(8).map(StackTraceElement::toString)
            .collect(Collectors.joining(" < "));
    }
}
