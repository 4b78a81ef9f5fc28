/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.ClientLimits;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.pool.Refusal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Pools that come and go during a device's life, and some that can not be had.
 */
class ChangingPoolsTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int POOLS = 400;

    private final Window region;
    private final PoolSet pools = new PoolSet();
    private final byte[] buffer = new byte[64];

    ChangingPoolsTest()
    {
        final long length = (POOLS + 1L) * PAGE;
        try (Fd memory = Memfd.create("changing-pools", length))
        {
            region = MemfdWindow.map("window", memory, List.of(new Extent(0, 0x9000_0000L, length)),
                BusAddressing.offset());
        }
    }

    @AfterEach
    void close()
    {
        for (final BouncePool pool : List.copyOf(pools.pools()))
        {
            pools.unregister(pool);
            pool.close();
        }
        region.close();
    }

    @Test
    void shouldUseAnyNumberOfPoolsOneAfterTheOther()
    {
        register("main", 1);
        try (DmaDevice dma = new DmaDevice("disk", pools))
        {
            long stale = 0;
            for (int i = 1; i <= 500; i++)
            {
                final BouncePool extra = register("extra", 2);
                final long filling = dma.map(new byte[PAGE], 0, PAGE, Direction.TO_DEVICE);
                final long mapping = mapped(dma);
                assertTrue(extra.contains(dma.busAddress(mapping)));
                final long before = stale;
                assertThrows(IllegalStateException.class, () -> dma.unmap(before));
                dma.unmap(mapping);
                dma.unmap(filling);
                stale = mapping;
                pools.unregister(extra);
                extra.close();
                assertEquals(2L * i, dma.statistics().unmaps());
                assertEquals((long)i * (PAGE + buffer.length), dma.statistics().bytesToDevice());
            }
            assertEquals(1000, dma.statistics().maps());
        }
    }

    @Test
    void shouldPassOverAPoolThatHasTooLittleToReserve()
    {
        register("main", 1);
        final DmaPolicy policy = new DmaPolicy("disk", pools).limits("late", new ClientLimits(2 * PAGE, 2 * PAGE));
        try (DmaDevice dma = new DmaDevice(policy))
        {
            dma.unmap(mapped(dma));
            final BouncePool late = register("late", 2);
            dma.unmap(mapped(dma));
            dma.unmap(mapped(dma));
            final String why = dma.explain(64);
            assertTrue(why.contains("pool is passed over until the set of pools changes: pool=late"), why);
            assertTrue(why.contains("not enough is free to be reserved"), why);
            late.grow(3L * PAGE, PAGE);
            pools.unregister(late);
            pools.register(late);
            final long filling = dma.map(new byte[PAGE], 0, PAGE, Direction.TO_DEVICE);
            final long mapping = mapped(dma);
            assertTrue(late.contains(dma.busAddress(mapping)));
            assertFalse(dma.explain(64).contains("passed over"), dma.explain(64));
            dma.unmap(mapping);
            dma.unmap(filling);
        }
        assertThrows(IllegalArgumentException.class,
            () -> new DmaDevice(policy.limits("main", new ClientLimits(2 * PAGE, 2 * PAGE))));
        assertEquals(0, pools.pools().getFirst().holders().size());
    }

    @Test
    void shouldUseTheOtherPoolsWhenOneIsClosed()
    {
        final BouncePool first = register("first", 1);
        register("second", 2);
        try (DmaDevice dma = new DmaDevice("disk", pools))
        {
            first.close();
            dma.unmap(mapped(dma));
            dma.allocateCoherent(64, 64).close();
            final ScatterGather list = new ScatterGather(1).add(buffer, 0, 64);
            assertEquals(1, dma.map(list, Direction.TO_DEVICE));
            dma.unmap(list, 0);
            assertEquals(Refusal.Reason.TOO_LARGE.code(), dma.map(new byte[5000], 0, 5000, Direction.TO_DEVICE));
            // Bound only after it was closed.
            try (DmaDevice late = new DmaDevice(new DmaPolicy("late", pools).order("second", "third")))
            {
                final BouncePool third = register("third", 3);
                third.close();
                late.unmap(mapped(late));
                assertTrue(late.explain(64).contains("pool=third: pool is closed"), late.explain(64));
            }
        }
    }

    @Test
    void shouldThrowWhenNoPoolIsOpen()
    {
        final BouncePool only = register("only", 1);
        try (DmaDevice dma = new DmaDevice("disk", pools))
        {
            only.close();
            final ScatterGather list = new ScatterGather(1).add(buffer, 0, 64);
            assertMessage("no pool of the device is open: device=disk",
                () -> dma.map(buffer, 0, 64, Direction.TO_DEVICE));
            assertMessage("no pool of the device is open", () -> dma.map(list, Direction.TO_DEVICE));
            assertMessage("no pool of the device is open", () -> dma.allocateCoherent(64, 64));
            assertEquals(0, list.segments());
            pools.unregister(only);
            assertEquals(Refusal.Reason.EXHAUSTED.code(), dma.map(buffer, 0, 64, Direction.TO_DEVICE));
            register("other", 1 + 1);
            dma.unmap(mapped(dma));
        }
    }

    @Test
    void shouldStayClosed()
    {
        register("first", 1);
        final DmaDevice dma = new DmaDevice("disk", pools);
        dma.unmap(mapped(dma));
        final DmaStatistics figures = dma.statistics();
        dma.close();
        dma.close();
        for (int i = 2; i < 4; i++)
        {
            final BouncePool pool = pools.pools().getFirst();
            final ScatterGather list = new ScatterGather(1).add(buffer, 0, 64);
            assertMessage("device is closed: device=disk", () -> dma.map(buffer, 0, 64, Direction.TO_DEVICE));
            assertMessage("device is closed", () -> dma.map(list, Direction.TO_DEVICE));
            assertMessage("device is closed", () -> dma.allocateCoherent(64, 64));
            assertMessage("device is closed", () -> dma.map(pool.view(), 0, 64, Direction.TO_DEVICE));
            assertMessage("device is closed", () -> dma.explain(64));
            pools.unregister(pool);
            pool.close();
            register("pool" + i, i);
        }
        assertEquals(figures, dma.statistics());
    }

    @Test
    void shouldHaveMappingsInAnyNumberOfPools()
    {
        final List<Long> mappings = new ArrayList<>();
        final Deque<BouncePool> left = new ArrayDeque<>();
        final Deque<BouncePool> chosen = new ArrayDeque<>();
        try (DmaDevice dma = new DmaDevice("disk", pools))
        {
            for (int i = 1; i < POOLS / 2; i++)
            {
                left.add(register("left" + i, i));
                mappings.add(mapped(dma));
                assertTrue(left.getLast().contains(dma.busAddress(mappings.getLast())));
                pools.unregister(left.getLast());
            }
            for (int i = POOLS / 2; i <= POOLS; i++)
            {
                chosen.add(register("chosen" + i, i));
                mappings.add(filled(dma));
                assertTrue(chosen.getLast().contains(dma.busAddress(mappings.getLast())));
            }
            assertEquals(Refusal.Reason.EXHAUSTED.code(), dma.map(buffer, 0, 64, Direction.TO_DEVICE));
            // The one that is tried last, which no other has to be asked for.
            final long last = mappings.removeLast();
            dma.unmap(last);
            assertMessage("unmapped already", () -> dma.busAddress(last));
            mappings.add(mapped(dma));
            assertTrue(chosen.getLast().contains(dma.busAddress(mappings.getLast())));
            mappings.forEach(dma::unmap);
            mappings.forEach(mapping -> assertMessage("unmapped already", () -> dma.unmap(mapping)));
            left.forEach(BouncePool::close);
            dma.unmap(mapped(dma));
        }
    }

    @Test
    void shouldGiveBackWhatItReservedOfAPoolThatIsGone()
    {
        final BouncePool first = register("first", 1);
        final DmaPolicy policy = new DmaPolicy("disk", pools).limits("first", new ClientLimits(PAGE, PAGE));
        try (DmaDevice dma = new DmaDevice(policy))
        {
            final long mapping = mapped(dma);
            pools.unregister(first);
            final BouncePool second = register("second", 2);
            dma.unmap(mapped(dma));
            // Kept for what is mapped.
            assertThrows(IllegalArgumentException.class, () -> new DmaDevice(
                new DmaPolicy("other", PoolSet.of(first)).limits("first", new ClientLimits(PAGE, PAGE))));
            dma.unmap(mapping);
            pools.unregister(second);
            pools.register(second);
            dma.unmap(mapped(dma));
            new DmaDevice(new DmaPolicy("other", PoolSet.of(first)).limits("first", new ClientLimits(PAGE, PAGE)))
                .close();
            first.close();
        }
    }

    @Test
    void shouldNotFailWhileAnotherPoolTakesAPoolsPlace() throws InterruptedException
    {
        BouncePool here = register("pool1", 1);
        final AtomicLong done = new AtomicLong();
        final Throwable[] failure = new Throwable[2];
        try (DmaDevice dma = new DmaDevice("disk", pools))
        {
            final Thread[] users = new Thread[2];
            for (int t = 0; t < users.length; t++)
            {
                final int number = t;
                users[t] = new Thread(() ->
                {
                    try
                    {
                        while (done.get() >= 0)
                        {
                            dma.unmap(mapped(dma));
                            done.incrementAndGet();
                        }
                    }
                    catch (final Throwable e)
                    {
                        failure[number] = e;
                    }
                });
                users[t].start();
            }
            for (int i = 2; i < 300 && null == failure[0] && null == failure[1]; i++)
            {
                final BouncePool next = register("pool" + i, 1 + i % 40);
                pools.unregister(here);
                final long seen = done.get();
                while (null == failure[0] && null == failure[1] && (done.get() < seen + 6 || !tryClose(here)))
                {
                    Thread.yield();
                }
                here = next;
            }
            done.set(Long.MIN_VALUE);
            for (final Thread user : users)
            {
                user.join();
            }
        }
        assertNull(failure[0]);
        assertNull(failure[1]);
    }

    private static boolean tryClose(final BouncePool pool)
    {
        try
        {
            pool.close();
            return true;
        }
        catch (final IllegalStateException e)
        {
            // One of the users has a block there still.
            return false;
        }
    }

    private long mapped(final DmaDevice dma)
    {
        final long mapping = dma.map(buffer, 0, buffer.length, Direction.TO_DEVICE);
        assertTrue(mapping > 0, () -> dma.explain(buffer.length));
        return mapping;
    }

    private long filled(final DmaDevice dma)
    {
        final long mapping = dma.map(new byte[PAGE], 0, PAGE, Direction.TO_DEVICE);
        assertTrue(mapping > 0, () -> dma.explain(PAGE));
        return mapping;
    }

    private BouncePool register(final String name, final int page)
    {
        final BouncePool pool = new BouncePool(name, region, (long)page * PAGE, PAGE);
        pools.register(pool);
        return pool;
    }

    private static void assertMessage(final String part, final Executable executable)
    {
        final IllegalStateException e = assertThrows(IllegalStateException.class, executable);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
