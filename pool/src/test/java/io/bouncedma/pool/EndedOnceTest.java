/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.WideWindow;
import io.bouncedma.memory.Window;
import org.junit.jupiter.api.Test;

import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicIntegerArray;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

/**
 * A handle ends once, whoever tries how often, and lets go what was noted about its block.
 */
class EndedOnceTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int LENGTH = 512 * PAGE;
    private static final int BLOCKS = 4000;
    private static final int ROUNDS = 10;
    private static final int SPINS = 300;

    /** Two threads free the same blocks in the same order, and begin with each at the same moment. */
    @Test
    void shouldEndOnceThoughTwoFreeAtTheSameTime() throws InterruptedException
    {
        try (Window window = WideWindow.open(PAGE + LENGTH);
            BouncePool pool = new BouncePool("pool", window, PAGE, LENGTH);
            PoolClient client = pool.open("device"))
        {
            final long[] blocks = new long[BLOCKS];
            for (int round = 0; round < ROUNDS; round++)
            {
                for (int i = 0; i < BLOCKS; i++)
                {
                    blocks[i] = client.allocate(64);
                }
                final AtomicIntegerArray ended = new AtomicIntegerArray(BLOCKS);
                final AtomicIntegerArray there = new AtomicIntegerArray(BLOCKS);
                final Runnable free = () ->
                {
                    for (int i = 0; i < BLOCKS; i++)
                    {
                        meet(there, i);
                        ended.addAndGet(i, client.tryFree(blocks[i], 0, 0) ? 1 : 0);
                    }
                };
                final Thread one = Thread.ofPlatform().start(free);
                final Thread other = Thread.ofPlatform().start(free);
                one.join();
                other.join();
                for (int i = 0; i < BLOCKS; i++)
                {
                    assertEquals(1, ended.get(i), "so often ended: block " + i + " of round " + round);
                }
                assertEquals(0, client.usedBytes());
            }
            pool.core().reclaim();
            assertEquals(LENGTH, pool.statistics().largestRun());
        }
    }

    @Test
    void shouldLetGoWhatWasNotedAboutABlock()
    {
        try (Window window = WideWindow.open(PAGE + LENGTH);
            BouncePool pool = new BouncePool("pool", window, PAGE, LENGTH);
            PoolClient client = pool.open("device"))
        {
            final long other = client.allocate(PAGE);
            final long block = client.allocate(PAGE);
            final WeakReference<Object> noted = note(client, block);
            client.bounce().note(other, "another", 1, 2);
            client.free(block);
            for (int i = 0; i < 100 && null != noted.get(); i++)
            {
                System.gc();
            }
            assertNull(noted.get(), "kept by a block that is free");
            assertEquals("another", client.bounce().notes(other).reference(other));
            assertEquals(1, client.bounce().notes(other).number(other));
            assertEquals(2, client.bounce().notes(other).small(other));
            client.free(other);
        }
    }

    /** Wait for the other one, if it runs. */
    private static void meet(final AtomicIntegerArray there, final int place)
    {
        there.incrementAndGet(place);
        for (int spins = 0; spins < SPINS && there.get(place) < 2; spins++)
        {
            Thread.onSpinWait();
        }
    }

    private static WeakReference<Object> note(final PoolClient client, final long block)
    {
        final byte[] array = new byte[PAGE];
        client.bounce().note(block, array, 7, 8);
        return new WeakReference<>(array);
    }
}
