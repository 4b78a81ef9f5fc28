/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.memory.WideWindow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * How much there may be of everything, and that nothing is left of what came and went. Parts that come and go a hundred
 * thousand times: {@code -Dpool.parts.rounds=100000}.
 */
class LimitsTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int ROUNDS = Integer.getInteger("pool.parts.rounds", 2000);
    private static final int WARM_UP = 500;
    private static final long HEAP_SLACK = 1 << 20;

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE - 6, Long.MAX_VALUE - 7, Long.MAX_VALUE - 8,
        Long.MAX_VALUE / 2, 1L << 62, 1L << 40, 4 * PAGE + 1})
    void shouldReserveNoMoreThanThereIs(final long reserve)
    {
        try (Window window = WideWindow.open(5 * PAGE);
            BouncePool pool = new BouncePool("pool", window, PAGE, 4 * PAGE);
            PoolClient other = pool.open("other"))
        {
            final ClientLimits limits = new ClientLimits(Long.MAX_VALUE, reserve);
            final IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> pool.open("greedy", limits, AddressRules.NONE));
            assertTrue(e.getMessage().contains("reserve=" + reserve), e.getMessage());
            final long all = other.allocate(4 * PAGE);
            assertTrue(all > 0, () -> other.explain(4 * PAGE).toString());
            other.free(all);
        }
    }

    @Test
    void shouldLeaveNothingOfPartsThatCameAndWent()
    {
        try (Window window = WideWindow.open(8 * PAGE);
            BouncePool pool = new BouncePool("pool", window, PAGE, PAGE);
            PoolClient client = pool.open("device"))
        {
            comeAndGo(pool, client, WARM_UP);
            final long metadata = pool.statistics().metadataBytes();
            final long heap = heap();
            comeAndGo(pool, client, ROUNDS);
            assertEquals(metadata, pool.statistics().metadataBytes());
            final long more = heap() - heap;
            assertTrue(more < HEAP_SLACK, () -> more + " bytes of heap after " + ROUNDS + " rounds");
        }
    }

    @Test
    void shouldLeaveNothingOfClientsThatCameAndWent()
    {
        try (Window window = WideWindow.open(8 * PAGE);
            BouncePool pool = new BouncePool("pool", window, PAGE, 4 * PAGE))
        {
            openAndClose(pool, WARM_UP);
            final long metadata = pool.statistics().metadataBytes();
            final long heap = heap();
            openAndClose(pool, ROUNDS);
            assertEquals(metadata, pool.statistics().metadataBytes());
            final long more = heap() - heap;
            assertTrue(more < HEAP_SLACK, () -> more + " bytes of heap after " + ROUNDS + " rounds");
            assertEquals(4 * PAGE, pool.statistics().largestRun());
        }
    }

    @Test
    void shouldHaveThousandsOfClientsAtATime()
    {
        final List<PoolClient> clients = new ArrayList<>();
        final List<Long> blocks = new ArrayList<>();
        final int count = 3000;
        final int length = Math.ceilDiv(64 * count, PAGE) * PAGE;
        try (Window window = WideWindow.open(PAGE + length);
            BouncePool pool = new BouncePool("pool", window, PAGE, length))
        {
            for (int i = 0; i < count; i++)
            {
                clients.add(pool.open("client" + i));
                blocks.add(clients.getLast().allocate(64));
                assertTrue(blocks.getLast() > 0, "refused: " + blocks.getLast());
            }
            assertEquals(count, pool.holders().size());
            for (int i = 0; i < count; i++)
            {
                // Nobody's handle is another one's, however many there are.
                final PoolClient stranger = clients.get((i + 2047) % count);
                final long block = blocks.get(i);
                assertThrows(IllegalStateException.class, () -> stranger.free(block));
                clients.get(i).free(block);
                clients.get(i).close();
            }
        }
    }

    /** As where a hypervisor scatters a window: with a search for each it took minutes. */
    @Test
    void shouldHaveThousandsOfExtents()
    {
        final int count = 4096;
        final List<Extent> extents = new ArrayList<>();
        for (int i = 0; i < count; i++)
        {
            extents.add(new Extent((long)i * PAGE, 2L * (count - i) * PAGE, PAGE));
        }
        try (Fd memory = Memfd.create("scattered", (long)count * PAGE);
            Window window = MemfdWindow.map("scattered", memory, extents, BusAddressing.identity());
            BouncePool pool = new BouncePool("pool", window, 0, (long)count * PAGE);
            PoolClient client = pool.open("device"))
        {
            final long[] blocks = new long[count];
            for (int i = 0; i < count; i++)
            {
                blocks[i] = client.allocate(PAGE);
                assertTrue(blocks[i] > 0, "refused: " + blocks[i]);
            }
            assertEquals(Refusal.Reason.EXHAUSTED.code(), client.allocate(64));
            for (final long block : blocks)
            {
                client.free(block);
            }
        }
    }

    /** What is being retired gets nothing, also while another part that was being retired is gone already. */
    @Test
    void shouldRetireTwoPartsAtATime()
    {
        try (Window window = WideWindow.open(16 * PAGE);
            BouncePool pool = new BouncePool("pool", window, PAGE, PAGE);
            PoolClient client = pool.open("device"))
        {
            pool.grow(4 * PAGE, PAGE);
            pool.grow(8 * PAGE, 4 * PAGE);
            final long first = client.allocate(PAGE);
            final long[] second = new long[PAGE / 64];
            for (int i = 0; i < second.length; i++)
            {
                second[i] = client.allocate(64);
            }
            assertEquals(4 * PAGE, pool.statistics().largestRun());
            assertEquals(PAGE, pool.retire(PAGE));
            assertEquals(PAGE, pool.retire(4 * PAGE));
            client.free(first);
            assertEquals(0, pool.retire(PAGE));
            for (int i = 0; i < second.length; i++)
            {
                client.free(second[i]);
                final long block = client.allocate(64);
                assertTrue(client.busAddress(block) >= 8 * PAGE, "from a part that is being retired");
                client.free(block);
                assertEquals(PAGE - 64L * (i + 1), pool.retire(4 * PAGE));
            }
            assertEquals(4 * PAGE, pool.length());
        }
    }

    private static void comeAndGo(final BouncePool pool, final PoolClient client, final int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            pool.grow(4 * PAGE, PAGE);
            final long one = client.allocate(PAGE);
            final long other = client.allocate(PAGE / 2);
            client.free(one);
            client.free(other);
            assertEquals(0, pool.retire(4 * PAGE));
        }
    }

    private static void openAndClose(final BouncePool pool, final int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            try (PoolClient client = pool.open("device", new ClientLimits(PAGE, 64), AddressRules.NONE))
            {
                client.free(client.allocate(64 + i % PAGE / 2));
            }
        }
    }

    private static long heap()
    {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
