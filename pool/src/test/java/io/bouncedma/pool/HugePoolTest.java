/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.Window;
import io.bouncedma.memory.WideWindow;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Pools of many GiB in a sparse file, of which only the ends are touched: served and refused, retired.
 */
class HugePoolTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int GIB = 1 << 30;

    @ParameterizedTest(name = "{0} GiB")
    @ValueSource(ints = {8, 64})
    void shouldServeAtBothEnds(final int size)
    {
        final long length = (long)size * GIB;
        // Bus addresses are offsets, so that a block's place is known although its index may be beyond an int.
        try (Window window = WideWindow.open(PAGE + length);
            BouncePool pool = new BouncePool("huge", window, PAGE, GIB);
            PoolClient client = pool.open("device"))
        {
            for (int i = 1; i < size; i++)
            {
                pool.grow(PAGE + (long)i * GIB, GIB);
            }
            assertEquals(length, pool.length());
            final List<Long> blocks = new ArrayList<>();
            final boolean[] taken = new boolean[size];
            for (int i = 0; i < size; i++)
            {
                blocks.add(client.allocate(GIB));
                assertTrue(blocks.getLast() > 0, () -> client.explain(GIB).toString());
                final long at = client.busAddress(blocks.getLast()) - PAGE;
                assertTrue(at >= 0 && at + GIB <= length, "at " + at);
                taken[(int)(at / GIB)] = true;
            }
            for (final boolean is : taken)
            {
                assertTrue(is);
            }
            assertEquals(length, pool.usedBytes());
            assertEquals(Refusal.Reason.EXHAUSTED.code(), client.allocate(1));
            assertEquals(length, client.explain(1).holders().getFirst().bytes());
            final long last = client.busAddress(blocks.getLast()) - PAGE;
            client.free(blocks.removeLast());
            final long page = client.allocate(PAGE);
            assertTrue(client.busAddress(page) - PAGE >= last, "before the only run that is free");
            window.view(client.busAddress(page), PAGE).putLong(0, 42);
            client.free(page);
            blocks.forEach(client::free);
            refuseOrServeMore(pool, client);
            for (int i = size - 1; i > 0; i--)
            {
                assertEquals(0, pool.retire(PAGE + (long)i * GIB));
            }
            assertEquals(GIB, pool.length());
        }
    }

    /** Longer than an extent, or than a mapping may be: whichever is told says what may. */
    private static void refuseOrServeMore(final BouncePool pool, final PoolClient client)
    {
        try
        {
            final long block = client.allocate(Integer.MAX_VALUE);
            if (block > 0)
            {
                client.free(block);
            }
            else
            {
                assertEquals(Refusal.Reason.TOO_LARGE.code(), block);
                assertEquals(GIB, client.explain(Integer.MAX_VALUE).most());
            }
        }
        catch (final IllegalArgumentException e)
        {
            assertTrue(e.getMessage().contains(Integer.toString(GIB)), e.getMessage());
        }
        assertEquals(0, pool.usedBytes());
        assertThrows(IllegalArgumentException.class, () -> client.allocate(0));
    }
}
