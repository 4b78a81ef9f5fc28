/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A pool that is full, one that is closed, and one that can not grow.
 */
class PoolEndsTest
{
    private static final int PAGE = Extent.ALIGNMENT;

    private final SharedRegion region = ScatteredRegion.open();

    @AfterEach
    void close()
    {
        region.close();
    }

    @Test
    void shouldNotTakeAWrongAddressForAShortRun()
    {
        try (BouncePool pool = new BouncePool("page", region, PAGE, PAGE);
            PoolClient<Block> client = pool.open("device"))
        {
            final long[] odd = new long[56];
            for (int i = 0; i < odd.length; i++)
            {
                odd[i] = client.allocate(72);
            }
            final long even = client.allocate(64);
            assertTrue(even >= 0);
            client.free(odd[1]);
            pool.reclaim();
            // 72 bytes are free, and no 64 of them begin at a multiple of 64.
            assertEquals(Refusal.Reason.FRAGMENTED.code(), client.allocate(64));
            assertEquals(Refusal.Reason.EXHAUSTED.code(), client.allocate(80));
            odd[1] = client.allocate(72);
            assertTrue(odd[1] >= 0, "refused: " + odd[1]);
            assertEquals(Refusal.Reason.EXHAUSTED.code(), client.allocate(72));
            client.free(even);
            for (final long block : odd)
            {
                client.free(block);
            }
        }
    }

    @Test
    void shouldNotHandHotBlocksOutOfAClosedPool()
    {
        final BouncePool pool = new BouncePool("closed", region, PAGE, 4 * PAGE);
        final PoolClient<Block> client = pool.open("device");
        final long held = client.allocate(64);
        client.free(client.allocate(64));
        assertThrows(IllegalStateException.class, pool::close);
        // Open still, and hot blocks are kept as before.
        client.free(client.allocate(64));
        client.free(held);
        pool.close();
        assertThrows(IllegalStateException.class, () -> client.allocate(64));
        client.close();
    }

    @Test
    void shouldLeaveNothingOfAPartThatCanNotBeAdded()
    {
        final int first = (int)region.extents().runFromOffset(PAGE);
        try (BouncePool pool = new BouncePool("pool", region, PAGE, PAGE);
            BouncePool other = new BouncePool("other", region, PAGE + first, PAGE))
        {
            final long before = pool.length();
            assertTrue(first >= 2 * PAGE, "the extent has more than the pool");
            assertThrows(IllegalArgumentException.class, () -> pool.grow(2 * PAGE, first));
            assertThrows(IllegalArgumentException.class, () -> pool.grow(Long.MAX_VALUE - PAGE + 1, 2 * PAGE));
            assertEquals(before, pool.length());
            // It is nobody's still.
            new BouncePool("third", region, 2 * PAGE, first - PAGE).close();
            assertEquals(PAGE, other.length());
        }
    }
}
