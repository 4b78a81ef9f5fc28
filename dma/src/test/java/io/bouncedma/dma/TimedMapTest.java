/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.memory.Extent;
import io.bouncedma.os.TestLimits;
import io.bouncedma.pool.ClientLimits;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.pool.Refusal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Maps with a time limit: woken by what gives space back and by nothing else, first come first served in each pool, and
 * ended by whatever makes waiting useless.
 */
class TimedMapTest
{
    private static final int LENGTH = 2 * Extent.ALIGNMENT;
    private static final int HALF = LENGTH / 2;
    /** Whoever is not woken is served at the end of this: far too late. */
    private static final long LONG = TimeUnit.SECONDS.toNanos(TestLimits.seconds(600));
    private static final int BEATS = 100;
    private static final int SPURIOUS = 3;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final TwoPools window = new TwoPools(LENGTH);
    private final DmaDevice holder = new DmaDevice("holder", window.pools);
    private final DmaDevice dma = new DmaDevice("device", window.pools);
    private final List<Integer> served = Collections.synchronizedList(new ArrayList<>());
    /** That waits. */
    private Thread last;

    @AfterEach
    void close()
    {
        dma.close();
        holder.close();
        assertFalse(window.a.isTight() || window.b.isTight(), "somebody waits still");
        window.close();
    }

    @Test
    void shouldSleepUntilSomethingIsUnmapped() throws Exception
    {
        final long a = fill(holder, LENGTH);
        final long b = fill(holder, LENGTH);
        final byte[] bytes = {1, 2, 3};
        final CompletableFuture<Long> result = new CompletableFuture<>();
        final Thread thread = start(dma, MemorySegment.ofArray(bytes), 3, result);
        // A thread that sleeps for a millisecond each time is the clock: one that polls keeps up with it.
        final Thread clock = Thread.ofPlatform().daemon().start(() -> IntStream.range(0, BEATS)
            .forEach(i -> LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1))));
        final long before = waits(thread);
        clock.join();
        assertTrue(waits(thread) - before <= SPURIOUS, () -> "woke up " + waits(thread) + " times");
        assertFalse(result.isDone());
        // The pool that is not its first choice.
        holder.unmap(b);
        final long mapping = get(result);
        assertTrue(window.b.contains(dma.busAddress(mapping)));
        assertArrayEquals(bytes, window.deviceReads(dma.busAddress(mapping), 3));
        assertEquals(0, dma.statistics().refusals());
        dma.unmap(mapping);
        holder.unmap(a);
    }

    @Test
    void shouldServeWhoCameFirst() throws Exception
    {
        final long a = fill(holder, LENGTH);
        final long b = fill(holder, LENGTH);
        final List<CompletableFuture<Long>> results = new ArrayList<>();
        final DmaDevice other = new DmaDevice("other", window.pools);
        for (int i = 0; i < 8; i++)
        {
            final int number = i;
            // Some could be served as soon as little is free.
            results.add(waiting(0 == i % 2 ? dma : other, i % 3 == 2 ? 64 : LENGTH, number));
        }
        holder.unmap(a);
        for (final CompletableFuture<Long> result : results)
        {
            get(result);
        }
        assertEquals(IntStream.range(0, 8).boxed().toList(), served);
        holder.unmap(b);
        other.close();
    }

    /** Its turn in the one pool is none in the other. */
    @Test
    void shouldNotOvertakeInThePoolThatIsItsSecondChoice() throws Exception
    {
        final long most = fill(holder, LENGTH - 64);
        final long little = fill(holder, 64);
        final long half = fill(holder, HALF);
        final long rest = fill(holder, HALF);
        final DmaDevice modest = new DmaDevice(new DmaPolicy("modest", window.pools).order("b"));
        final CompletableFuture<Long> large = waiting(modest, LENGTH, 0);
        final CompletableFuture<Long> small = waiting(dma, HALF, 1);
        final Thread thread = last;
        holder.unmap(half);
        final long before = waits(thread);
        // Has it look for as much as is free in the other one.
        holder.unmap(little);
        while (thread.isAlive() && waits(thread) == before)
        {
            Thread.onSpinWait();
        }
        assertFalse(small.isDone() || large.isDone());
        holder.unmap(most);
        get(small);
        holder.unmap(rest);
        get(large);
        assertEquals(List.of(1, 0), served);
        modest.close();
    }

    @Test
    void shouldNotHoldUpOthersForItsQuota() throws Exception
    {
        final DmaDevice limited = new DmaDevice(new DmaPolicy("limited", window.pools).order("a")
            .limits("a", ClientLimits.quota(HALF)));
        final long most = fill(limited, HALF);
        final CompletableFuture<Long> waiting = waiting(limited, HALF, 0);
        final DmaDevice other = new DmaDevice(new DmaPolicy("other", window.pools).order("a"));
        final long rest = other.map(MemorySegment.ofArray(new byte[HALF]), 0, HALF, Direction.TO_DEVICE, LONG);
        assertTrue(rest > 0);
        assertFalse(waiting.isDone());
        other.unmap(rest);
        other.close();
        limited.unmap(most);
        get(waiting);
        limited.close();
    }

    @Test
    void shouldNotWaitWhereThatIsOfNoUse()
    {
        final MemorySegment large = MemorySegment.ofArray(new byte[LENGTH + 1]);
        assertEquals(Refusal.Reason.TOO_LARGE.code(), dma.map(large, 0, LENGTH + 1, Direction.TO_DEVICE, LONG));
        final long a = fill(holder, LENGTH);
        final long b = fill(holder, LENGTH);
        for (final long limit : new long[]{Long.MIN_VALUE, 0, 1})
        {
            assertEquals(Refusal.Reason.EXHAUSTED.code(), dma.map(large, 0, 1, Direction.TO_DEVICE, limit));
        }
        Thread.currentThread().interrupt();
        assertEquals(Refusal.Reason.EXHAUSTED.code(), dma.map(large, 0, 1, Direction.TO_DEVICE, LONG));
        assertTrue(Thread.interrupted(), "the interrupt is lost");
        // Each is one refusal, for the device and in each pool.
        assertEquals(5, dma.statistics().refusals());
        window.pools.pools().forEach(pool -> assertEquals(5, pool.statistics().clients().stream()
            .filter(client -> "device".equals(client.name())).findFirst().orElseThrow()
            .refusals().stream().mapToLong(Long::longValue).sum()));
        holder.unmap(a);
        holder.unmap(b);
    }

    @Test
    void shouldServeFromAPoolThatComes() throws Exception
    {
        final PoolSet none = new PoolSet();
        final DmaDevice poor = new DmaDevice("poor", none);
        final CompletableFuture<Long> result = waiting(poor, 64, 0);
        none.register(window.a);
        get(result);
        poor.close();
    }

    @Test
    void shouldEndWithTheDevice() throws Exception
    {
        final long a = fill(holder, LENGTH);
        final long b = fill(holder, LENGTH);
        final CompletableFuture<Long> result = waiting(dma, 64, 0);
        dma.close();
        assertEnded("device is closed", result);
        holder.unmap(a);
        holder.unmap(b);
    }

    @Test
    void shouldEndWithTheLastPool() throws Exception
    {
        try (TwoPools own = new TwoPools(LENGTH))
        {
            final DmaDevice rich = new DmaDevice("rich", PoolSet.of(own.a));
            assertTrue(fill(rich, LENGTH) > 0);
            final CompletableFuture<Long> result = waiting(rich, 64, 0);
            own.a.abandon();
            assertEnded("no pool of the device is open", result);
            rich.close();
        }
    }

    @Test
    void shouldGoOnInTheOtherPoolsWhenOneIsUnregistered() throws Exception
    {
        final long a = fill(holder, LENGTH);
        final long b = fill(holder, LENGTH);
        final CompletableFuture<Long> result = waiting(dma, HALF, 0);
        window.pools.unregister(window.a);
        while (window.a.statistics().clients().stream().anyMatch(client -> "device".equals(client.name())))
        {
            Thread.onSpinWait();
        }
        holder.unmap(a);
        assertFalse(result.isDone());
        holder.unmap(b);
        get(result);
    }

    @Test
    void shouldLeakNothingWhenTheMemoryEndsMeanwhile() throws Exception
    {
        final long a = fill(holder, LENGTH);
        final long b = fill(holder, LENGTH);
        final CompletableFuture<Long> result = new CompletableFuture<>();
        try (Arena arena = Arena.ofShared())
        {
            start(dma, arena.allocate(64), 64, result);
        }
        holder.unmap(a);
        assertEnded("mapped buffer can not be reached", result);
        assertEquals(0, window.a.usedBytes());
        holder.unmap(b);
    }

    @Test
    void shouldWaitWithAMappingToo()
    {
        try (Mapping mapping = new Mapping(dma))
        {
            assertTrue(mapping.map(MemorySegment.ofArray(new byte[8]), 0, 8, Direction.TO_DEVICE, LONG) > 0);
            assertThrows(IllegalStateException.class,
                () -> mapping.map(MemorySegment.ofArray(new byte[8]), 0, 8, Direction.TO_DEVICE, LONG));
            assertEquals(8, mapping.length());
        }
    }

    private static long fill(final DmaDevice device, final int length)
    {
        final long mapping = device.map(new byte[length], 0, length, Direction.TO_DEVICE);
        assertTrue(mapping > 0);
        return mapping;
    }

    /** Start a thread that maps, notes its number and unmaps, and let it come into line. */
    private CompletableFuture<Long> waiting(final DmaDevice device, final int length, final int number)
    {
        final CompletableFuture<Long> result = new CompletableFuture<>();
        final CompletableFuture<Long> done = result.thenApply(mapping ->
        {
            served.add(mapping > 0 ? number : mapping.intValue());
            if (mapping > 0)
            {
                device.unmap(mapping);
            }
            return mapping;
        });
        last = start(device, MemorySegment.ofArray(new byte[length]), length, result);
        return done;
    }

    private static Thread start(
        final DmaDevice device, final MemorySegment memory, final int length, final CompletableFuture<Long> result)
    {
        final Thread thread = Thread.ofPlatform().daemon().start(() ->
        {
            try
            {
                result.complete(device.map(memory, 0, length, Direction.TO_DEVICE, LONG));
            }
            catch (final Throwable e)
            {
                result.completeExceptionally(e);
            }
        });
        while (!(LockSupport.getBlocker(thread) instanceof SpacePlaces))
        {
            assertTrue(thread.isAlive(), () -> "did not wait: " + result);
            Thread.onSpinWait();
        }
        return thread;
    }

    private static long get(final CompletableFuture<Long> result) throws Exception
    {
        final long mapping = result.get(TestLimits.seconds(60), TimeUnit.SECONDS);
        assertTrue(mapping > 0, () -> Refusal.Reason.of(mapping).toString());
        return mapping;
    }

    private static void assertEnded(final String message, final CompletableFuture<Long> result)
    {
        final ExecutionException e = assertThrows(ExecutionException.class,
            () -> result.get(TestLimits.seconds(60), TimeUnit.SECONDS));
        final Throwable cause = assertInstanceOf(IllegalStateException.class, e.getCause());
        assertTrue(cause.getMessage().contains(message), cause::getMessage);
    }

    private static long waits(final Thread thread)
    {
        return THREADS.getThreadInfo(thread.threadId()).getWaitedCount();
    }
}
