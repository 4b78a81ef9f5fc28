/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.Window;
import io.bouncedma.memory.WideWindow;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Which of many free runs a request gets: the shortest, and one that is there is found, however many that are nearly
 * long enough lie before it.
 */
class BestBinTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int LENGTH = 256 * PAGE;
    private static final int SHORT = 8192;
    private static final int WANTED = 8320;
    private static final int MANY = 60;
    /** Longer than those that are cut many at a time, and so lie behind each other. */
    private static final int BETWEEN = 128;

    private final Window window = WideWindow.open(PAGE + LENGTH);
    private final BouncePool pool = new BouncePool("pool", window, PAGE, LENGTH);
    private final PoolClient client = pool.open("device");
    private final List<Long> rest = new ArrayList<>();

    @AfterEach
    void close()
    {
        rest.forEach(client::free);
        client.close();
        assertEquals(LENGTH, pool.statistics().largestRun());
        pool.close();
        window.close();
    }

    @Test
    void shouldFindTheOneRunThatIsLongEnoughBehindManyThatAreNearly()
    {
        final long wanted = apart(WANTED);
        final List<Long> nearly = new ArrayList<>();
        for (int i = 0; i < MANY; i++)
        {
            nearly.add(apart(SHORT));
        }
        fill();
        client.free(wanted);
        nearly.forEach(client::free);
        final long block = client.allocate(WANTED);
        assertTrue(block > 0, () -> client.explain(WANTED).toString());
        rest.add(block);
        assertEquals(Refusal.Reason.FRAGMENTED.code(), client.allocate(WANTED));
    }

    @Test
    void shouldTakeTheShortestRunThatIsLongEnough()
    {
        final int[] lengths = {64 * PAGE, 3 * PAGE, WANTED, 2 * WANTED, SHORT, 5 * PAGE};
        final List<Long> blocks = new ArrayList<>();
        for (final int length : lengths)
        {
            blocks.add(apart(length));
        }
        fill();
        final long place = client.busAddress(blocks.get(2));
        blocks.forEach(client::free);
        // Nothing is hot any more: what is refused has taken it all back.
        assertTrue(client.allocate(LENGTH) < 0);
        final long block = client.allocate(WANTED);
        assertEquals(place, client.busAddress(block));
        rest.add(block);
        assertEquals(64L * PAGE, pool.statistics().largestRun());
    }

    /** A block with another one behind it that stays, so that it joins nothing. */
    private long apart(final int length)
    {
        final long block = client.allocate(length);
        rest.add(client.allocate(BETWEEN));
        return block;
    }

    private void fill()
    {
        for (int length = LENGTH; length >= 64; length /= 2)
        {
            for (long block = client.allocate(length); block > 0; block = client.allocate(length))
            {
                rest.add(block);
            }
        }
        assertEquals(0, pool.statistics().free());
    }
}
