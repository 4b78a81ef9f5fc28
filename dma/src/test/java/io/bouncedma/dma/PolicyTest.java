/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.memory.Extent;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.ClientLimits;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.pool.Refusal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Which pools a device uses, in what order and how much of them, also while they come and go.
 */
class PolicyTest
{
    private static final int PAGE = 4096;

    private final TwoPools window = new TwoPools();

    @AfterEach
    void close()
    {
        window.close();
    }

    @Test
    void shouldTryThePoolsInItsOrder()
    {
        try (DmaDevice dma = new DmaDevice(new DmaPolicy("device", window.pools).order("b", "nowhere", "a")))
        {
            final long first = dma.map(new byte[TwoPools.LENGTH], 0, TwoPools.LENGTH, Direction.TO_DEVICE);
            assertEquals("b", poolOf(dma, first));
            final long second = dma.map(new byte[PAGE], 0, PAGE, Direction.TO_DEVICE);
            assertEquals("a", poolOf(dma, second));
            dma.unmap(first);
            final long third = dma.map(new byte[PAGE], 0, PAGE, Direction.TO_DEVICE);
            assertEquals("b", poolOf(dma, third));
            dma.unmap(second);
            dma.unmap(third);
        }
    }

    @Test
    void shouldGoOnToTheNextPoolAtItsQuota()
    {
        try (DmaDevice dma = new DmaDevice(new DmaPolicy("device", window.pools)
            .limits("a", ClientLimits.quota(2 * PAGE)).limits("b", ClientLimits.quota(PAGE))))
        {
            final List<Long> mappings = new ArrayList<>();
            final StringBuilder order = new StringBuilder();
            long mapping = dma.map(new byte[PAGE], 0, PAGE, Direction.TO_DEVICE);
            while (mapping > 0)
            {
                mappings.add(mapping);
                order.append(poolOf(dma, mapping));
                mapping = dma.map(new byte[PAGE], 0, PAGE, Direction.TO_DEVICE);
            }
            assertEquals(Refusal.Reason.QUOTA.code(), mapping);
            assertEquals("aab", order.toString());
            assertEquals(1, dma.statistics().refusals());
            mappings.forEach(dma::unmap);
        }
    }

    @Test
    void shouldTellTheReasonOfThePoolThatMayServeItLater()
    {
        final int length = 2 * PAGE;
        for (final List<String> order : List.of(List.of("a", "b"), List.of("b", "a")))
        {
            try (DmaDevice dma = new DmaDevice(new DmaPolicy("device", window.pools)
                    .order(order.toArray(new String[0])).limits("b", ClientLimits.quota(PAGE)));
                PoolClient other = window.a.open("other"))
            {
                final long all = other.allocate(TwoPools.LENGTH);
                assertEquals(Refusal.Reason.EXHAUSTED.code(), dma.map(new byte[length], 0, length,
                    Direction.TO_DEVICE), "b alone could never serve it");
                final ScatterGather list = new ScatterGather(1).add(new byte[length], 0, length);
                assertEquals(Refusal.Reason.FRAGMENTED.code(), dma.map(list, Direction.TO_DEVICE), "b has half of it");
                assertEquals(Refusal.Reason.TOO_LARGE.code(),
                    dma.map(new byte[TwoPools.LENGTH + 1], 0, TwoPools.LENGTH + 1, Direction.TO_DEVICE));
                other.free(all);
                dma.unmap(dma.map(new byte[length], 0, length, Direction.TO_DEVICE));
            }
        }
    }

    @Test
    void shouldTellAListThatNoPoolsCouldHoldFromOneThatHasToWait()
    {
        final byte[] buffer = new byte[TwoPools.LENGTH];
        try (DmaDevice dma = new DmaDevice(new DmaPolicy("device", window.pools).order("a", "b"));
            PoolClient other = window.a.open("other"))
        {
            final ScatterGather both = new ScatterGather(64);
            both.add(buffer, 0, buffer.length).add(buffer, 0, buffer.length);
            final long block = other.allocate(PAGE);
            assertEquals(Refusal.Reason.EXHAUSTED.code(), dma.map(both, Direction.TO_DEVICE));
            assertTrue(dma.explain(both).contains("asked=" + buffer.length + ", most=" + buffer.length + ", free=" +
                (buffer.length - PAGE)), dma.explain(both));
            other.free(block);
            both.add(buffer, 0, 1);
            assertEquals(Refusal.Reason.TOO_LARGE.code(), dma.map(both, Direction.TO_DEVICE));
        }
    }

    @Test
    void shouldExplainNothingThatCanNotBeAskedFor()
    {
        // Without a pool, too: there is nobody else then to look at the numbers.
        for (final PoolSet pools : List.of(window.pools, new PoolSet()))
        {
            try (DmaDevice dma = new DmaDevice("device", pools))
            {
                for (final int alignment : new int[]{0, -1, 3, Integer.MIN_VALUE})
                {
                    assertNotCoherent(dma, 64, alignment);
                }
                for (final int length : new int[]{0, -1, BouncePool.MAX_BLOCK + 1})
                {
                    assertNotCoherent(dma, length, 64);
                }
                assertThrows(IllegalArgumentException.class, () -> dma.explain(0));
                assertThrows(IllegalArgumentException.class, () -> dma.explain(-1));
                assertFalse(dma.explainCoherent(BouncePool.MAX_BLOCK, 1 << 30).isEmpty());
                assertEquals(pools == window.pools, dma.isRefusedForGood(BouncePool.MAX_BLOCK, 1));
            }
        }
    }

    private static void assertNotCoherent(final DmaDevice dma, final int length, final int alignment)
    {
        final String asked = "length=" + length + ", alignment=" + alignment;
        for (final Executable call : List.<Executable>of(() -> dma.explainCoherent(length, alignment),
            () -> dma.isRefusedForGood(length, alignment), () -> dma.allocateCoherent(length, alignment)))
        {
            final String message = assertThrows(IllegalArgumentException.class, call).getMessage();
            assertTrue(message.contains(asked), message);
        }
    }

    @Test
    void shouldKeepItsReserveFromTheOthers()
    {
        try (DmaDevice modest = new DmaDevice(new DmaPolicy("modest", window.pools).order("a")
                .limits("a", new ClientLimits(Long.MAX_VALUE, 2 * PAGE)));
            DmaDevice greedy = new DmaDevice(new DmaPolicy("greedy", window.pools).order("a")))
        {
            final int rest = TwoPools.LENGTH - 2 * PAGE;
            final long most = greedy.map(new byte[rest], 0, rest, Direction.TO_DEVICE);
            assertEquals(Refusal.Reason.EXHAUSTED.code(), greedy.map(new byte[1], 0, 1, Direction.TO_DEVICE));
            final long kept = modest.map(new byte[2 * PAGE], 0, 2 * PAGE, Direction.TO_DEVICE);
            assertTrue(kept > 0, () -> modest.explain(2 * PAGE));
            modest.unmap(kept);
            greedy.unmap(most);
        }
    }

    @Test
    void shouldLeaveNothingReservedWhenAPoolRefusesTheReserve()
    {
        final DmaPolicy policy = new DmaPolicy("device", window.pools)
            .limits("a", new ClientLimits(TwoPools.LENGTH, TwoPools.LENGTH))
            .limits("b", new ClientLimits(Long.MAX_VALUE, TwoPools.LENGTH + PAGE));
        assertThrows(IllegalArgumentException.class, () -> new DmaDevice(policy));
        assertEquals(List.of(), window.a.statistics().clients());
        try (PoolClient other = window.a.open("other"))
        {
            final long block = other.allocate(TwoPools.LENGTH);
            assertTrue(block > 0, () -> other.explain(TwoPools.LENGTH).toString());
            other.free(block);
        }
    }

    @Test
    void shouldUseAPoolFromItsRegistrationOn()
    {
        final PoolSet pools = new PoolSet();
        try (DmaDevice dma = new DmaDevice(new DmaPolicy("device", pools).order("b", "a")))
        {
            assertEquals(Refusal.Reason.EXHAUSTED.code(), dma.map(new byte[1], 0, 1, Direction.TO_DEVICE));
            assertEquals("no pool is registered", dma.explain(1));
            pools.register(window.a);
            final long first = dma.map(new byte[1], 0, 1, Direction.TO_DEVICE);
            assertEquals("a", poolOf(dma, first));
            pools.register(window.b);
            final long second = dma.map(new byte[1], 0, 1, Direction.TO_DEVICE);
            assertEquals("b", poolOf(dma, second));
            assertEquals(List.of(new Refusal.Holder("device", 64)), pools.unregister(window.b));
            final long third = dma.map(new byte[1], 0, 1, Direction.TO_DEVICE);
            assertEquals("a", poolOf(dma, third));
            assertEquals(1, dma.length(second));
            dma.unmap(first);
            dma.unmap(second);
            dma.unmap(third);
            assertEquals(0, window.b.usedBytes());
        }
    }

    @Test
    void shouldMapWhilePoolsComeAndGo() throws InterruptedException
    {
        final int rounds = 20_000;
        final CountDownLatch started = new CountDownLatch(2);
        try (DmaDevice dma = new DmaDevice("device", window.pools))
        {
            final List<CompletableFuture<Void>> mapping = new ArrayList<>();
            for (int i = 0; i < 2; i++)
            {
                final byte value = (byte)(i + 1);
                mapping.add(CompletableFuture.runAsync(() -> mapAndUnmap(dma, started, rounds, value),
                    task -> new Thread(task).start()));
            }
            started.await();
            while (!mapping.stream().allMatch(CompletableFuture::isDone))
            {
                window.pools.unregister(window.b);
                window.pools.register(window.b);
                window.pools.unregister(window.a);
                window.pools.register(window.a);
            }
            mapping.forEach(CompletableFuture::join);
            assertEquals(2L * rounds, dma.statistics().unmaps());
        }
        assertEquals(0, window.a.usedBytes() + window.b.usedBytes());
    }

    @Test
    void shouldSurviveThatAPoolIsClosedAfterItWasDrained()
    {
        try (DmaDevice dma = new DmaDevice("device", window.pools))
        {
            final BouncePool late = latePool();
            window.pools.unregister(window.b);
            final long mapping = dma.map(new byte[PAGE], 0, PAGE, Direction.TO_DEVICE);
            window.pools.register(late);
            window.pools.unregister(window.a);
            final long other = dma.map(new byte[PAGE], 0, PAGE, Direction.TO_DEVICE);
            assertTrue(late.contains(dma.busAddress(other)));
            dma.unmap(other);
            assertEquals(List.of(), window.pools.unregister(late));
            late.close();
            dma.unmap(mapping);
        }
    }

    /** In place of pool b. */
    private BouncePool latePool()
    {
        window.b.close();
        return new BouncePool("late", window.region, Extent.ALIGNMENT + TwoPools.LENGTH, TwoPools.LENGTH);
    }

    private static void mapAndUnmap(
        final DmaDevice dma, final CountDownLatch started, final int rounds, final byte value)
    {
        final byte[] buffer = new byte[200];
        started.countDown();
        for (int i = 0; i < rounds; i++)
        {
            buffer[i % buffer.length] = value;
            final long mapping = dma.map(buffer, 0, buffer.length, Direction.BIDIRECTIONAL);
            assertTrue(mapping > 0, () -> Refusal.Reason.of(mapping).toString());
            buffer[i % buffer.length] = 0;
            dma.unmap(mapping);
            assertEquals(value, buffer[i % buffer.length]);
        }
    }

    private String poolOf(final DmaDevice dma, final long mapping)
    {
        final long bus = dma.busAddress(mapping);
        return window.a.contains(bus) ? "a" : window.b.contains(bus) ? "b" : "none";
    }
}
