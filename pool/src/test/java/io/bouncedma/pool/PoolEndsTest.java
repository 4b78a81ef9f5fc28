/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.ScatteredWindow;
import io.bouncedma.memory.WideWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.pool.handles.HandleTags;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A pool that is full, one that is closed, and one that can not grow.
 */
class PoolEndsTest
{
    private static final int PAGE = Extent.ALIGNMENT;

    private final Window region = ScatteredWindow.open();
    private final List<Long> sizes = new CopyOnWriteArrayList<>();

    @AfterEach
    void close()
    {
        region.close();
    }

    @Test
    void shouldNotTakeAWrongAddressForAShortRun()
    {
        try (BouncePool pool = new BouncePool("page", region, PAGE, PAGE);
            PoolClient client = pool.open("device"))
        {
            final long[] odd = new long[56];
            for (int i = 0; i < odd.length; i++)
            {
                odd[i] = client.allocate(72);
            }
            final long even = client.allocate(64);
            assertTrue(even >= 0);
            client.free(odd[1]);
            pool.core().reclaim();
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

    /** Its memory is somebody else's by then, or not mapped any more. */
    @Test
    void shouldNotScrubWhatIsFreedAfterThePoolWasAbandoned()
    {
        final BouncePool pool = new BouncePool("scrubbed", region, PAGE, 4 * PAGE, true);
        final PoolClient client = pool.open("device");
        final long block = client.allocate(64);
        final long at = region.offsetOf(client.busAddress(block));
        pool.abandon();
        region.memory().set(ValueLayout.JAVA_BYTE, at, (byte)42);
        client.free(block);
        assertEquals(42, region.memory().get(ValueLayout.JAVA_BYTE, at));
    }

    @Test
    void shouldNotHandHotBlocksOutOfAClosedPool()
    {
        final BouncePool pool = new BouncePool("closed", region, PAGE, 4 * PAGE);
        final PoolClient client = pool.open("device");
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
    void shouldEndItsClientsWithItself()
    {
        final PoolClient client;
        try (BouncePool pool = new BouncePool("short-lived", region, PAGE, PAGE))
        {
            client = pool.open("device");
        }
        boolean given = false;
        for (int i = 0; i < HandleTags.MAXIMUM && !given; i++)
        {
            final int next = HandleTags.OF_PROCESS.take(this);
            given = client.number() == next;
            HandleTags.OF_PROCESS.release(this, next);
        }
        assertTrue(given);
        client.close();
    }

    @Test
    void shouldReserveWhatIsHot()
    {
        try (BouncePool pool = new BouncePool("pool", region, PAGE, 4 * PAGE);
            PoolClient client = pool.open("device"))
        {
            client.free(client.allocate(64));
            assertEquals(64, pool.statistics().hot());
            pool.open("keeper", new ClientLimits(4 * PAGE, 4 * PAGE), AddressRules.NONE).close();
        }
    }

    @Test
    void shouldKeepMoreHotWhenItHasGrown()
    {
        try (BouncePool pool = new BouncePool("pool", region, PAGE, PAGE);
            PoolClient client = pool.open("device"))
        {
            client.free(client.allocate(PAGE / 4));
            assertEquals(0, pool.statistics().hot());
            pool.grow(2 * PAGE, 2 * PAGE);
            pool.grow(4 * PAGE, 4 * PAGE);
            client.free(client.allocate(PAGE / 4));
            assertEquals(PAGE / 4, pool.statistics().hot());
        }
    }

    @Test
    void shouldNeedNoMoreMemoryHoweverOftenAPartComesAndGoes()
    {
        try (BouncePool pool = new BouncePool("pool", region, PAGE, PAGE);
            PoolClient client = pool.open("device"))
        {
            pool.grow(2 * PAGE, PAGE);
            long before = 0;
            for (int i = 0; i < 100; i++)
            {
                before = 4 == i ? pool.statistics().metadataBytes() : before;
                // The first part, whose pieces are the first ones, goes, too.
                final long offset = PAGE * (1L + i % 2);
                assertEquals(0, pool.retire(offset));
                pool.grow(offset, PAGE);
                final long one = client.allocate(PAGE);
                final long other = client.allocate(PAGE - 64);
                final long rest = client.allocate(64);
                assertTrue(one > 0 && other > 0 && rest > 0);
                client.free(other);
                client.free(rest);
                client.free(one);
                assertThrows(IndexOutOfBoundsException.class, () -> pool.grow(4 * PAGE, 100 * PAGE));
            }
            assertEquals(before, pool.statistics().metadataBytes());
        }
    }

    @Test
    void shouldNotRetireWhatAReserveIsHeldIn()
    {
        try (BouncePool pool = new BouncePool("pool", region, PAGE, PAGE);
            PoolClient keeper = pool.open("keeper", new ClientLimits(Long.MAX_VALUE, PAGE), AddressRules.NONE);
            PoolClient other = pool.open("other"))
        {
            final long kept = keeper.allocate(PAGE);
            pool.grow(2 * PAGE, PAGE);
            final long rest = other.allocate(PAGE);
            assertThrows(IllegalStateException.class, () -> pool.retire(PAGE));
            keeper.free(kept);
            assertThrows(IllegalStateException.class, () -> pool.retire(PAGE));
            other.free(rest);
            assertEquals(0, pool.retire(PAGE));
            keeper.free(keeper.allocate(PAGE));
        }
    }

    @Test
    void shouldClaimNothingOfARetiredExtentToBeFree()
    {
        try (BouncePool pool = new BouncePool("pool", region, PAGE, PAGE);
            PoolClient client = pool.open("device"))
        {
            pool.grow(2 * PAGE, PAGE);
            final long low = client.allocate(PAGE / 2);
            final long high = client.allocate(PAGE);
            assertEquals(PAGE / 2, pool.retire(PAGE));
            assertEquals(0, pool.statistics().free());
            assertEquals(0, client.explain(64).free());
            assertEquals(Refusal.Reason.EXHAUSTED.code(), client.allocate(64));
            client.free(low);
            assertEquals(0, pool.statistics().free());
            assertEquals(0, client.explain(64).free());
            assertEquals(0, pool.retire(PAGE));
            client.free(high);
            assertEquals(PAGE, pool.statistics().free() + pool.statistics().hot());
        }
    }

    @Test
    void shouldHandOutAllThatAPoolCanSpanAsOneBlock() throws InterruptedException
    {
        final Window wide = WideWindow.open((long)PAGE + BouncePool.MAX_BLOCK);
        try (BouncePool pool = new BouncePool("wide", wide, PAGE, BouncePool.MAX_BLOCK);
            PoolClient client = pool.open("device"))
        {
            for (int stripe = 0; stripe < 4; stripe++)
            {
                final Thread thread = Thread.ofPlatform().start(() ->
                {
                    final long all = client.allocate(BouncePool.MAX_BLOCK);
                    sizes.add(all > 0 ? (long)client.size(all) : all);
                    client.free(all);
                });
                thread.join();
                assertEquals(BouncePool.MAX_BLOCK, pool.statistics().largestRun());
            }
            assertEquals(List.of(1L << 30, 1L << 30, 1L << 30, 1L << 30), sizes);
            assertThrows(IllegalArgumentException.class, () -> client.allocate(BouncePool.MAX_BLOCK + 1));
            assertEquals(1L << 30, client.statistics().classes().getLast().smallest());
            assertEquals(1L << 30, pool.walk().span());
        }
        wide.close();
    }

    @Test
    void shouldRefuseAReserveOfMoreThanThereIs()
    {
        try (BouncePool pool = new BouncePool("pool", region, PAGE, PAGE);
            PoolClient other = pool.open("other"))
        {
            for (final long reserve : new long[]{PAGE + 1, Long.MAX_VALUE - 7, Long.MAX_VALUE - 6, Long.MAX_VALUE})
            {
                assertThrows(IllegalArgumentException.class, () -> pool.open(
                    "greedy", new ClientLimits(Long.MAX_VALUE, reserve), AddressRules.NONE));
            }
            other.free(other.allocate(PAGE));
        }
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
