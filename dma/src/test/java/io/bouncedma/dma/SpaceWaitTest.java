/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.memory.Extent;
import io.bouncedma.os.TestLimits;
import io.bouncedma.pool.ClientLimits;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.pool.Refusal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Callbacks that are told when space came back: once, in turn, by a thread that has no lock, whatever they do.
 */
class SpaceWaitTest
{
    private static final int LENGTH = 2 * Extent.ALIGNMENT;
    private static final long LONG = TimeUnit.SECONDS.toNanos(TestLimits.seconds(60));
    /** Whoever is not woken is served at the end of this: too late. */
    private static final long TOO_LONG = 10 * LONG;

    private final TwoPools window = new TwoPools(LENGTH);
    private final PoolSet pools = PoolSet.of(window.a);
    private final DmaDevice holder = new DmaDevice("holder", pools);
    private final DmaDevice dma = new DmaDevice("device", pools);
    private long all;

    @BeforeEach
    void fill()
    {
        all = holder.map(new byte[LENGTH], 0, LENGTH, Direction.TO_DEVICE);
        assertTrue(all > 0);
    }

    @AfterEach
    void close()
    {
        dma.close();
        holder.close();
        final long start = System.nanoTime();
        while (window.a.isTight() && !window.a.isClosed())
        {
            // Who was told leaves behind its callback.
            assertTrue(System.nanoTime() - start < LONG, "somebody waits still");
            Thread.onSpinWait();
        }
        window.close();
    }

    @Test
    void shouldTellOnceOnAThreadWithoutLocks() throws Exception
    {
        final AtomicInteger told = new AtomicInteger();
        final CompletableFuture<Long> result = new CompletableFuture<>();
        dma.onSpace(() ->
        {
            told.incrementAndGet();
            try
            {
                assertTrue(Thread.currentThread().isVirtual());
                // Another thread can use pool and device: who waits for it here has none of their locks.
                final Thread other = Thread.ofPlatform().daemon().start(() ->
                {
                    window.a.open("other").close();
                    new DmaDevice("another", pools).close();
                });
                other.join(TimeUnit.NANOSECONDS.toMillis(LONG));
                assertFalse(other.isAlive());
                result.complete(map(dma));
            }
            catch (final Throwable e)
            {
                result.completeExceptionally(e);
            }
        });
        assertTrue(map(dma) < 0);
        assertFalse(result.isDone());
        holder.unmap(all);
        dma.unmap(result.get(LONG, TimeUnit.NANOSECONDS));
        all = map(holder);
        holder.unmap(all);
        assertEquals(1, told.get());
    }

    /** As a virtqueue's notifications: what came before they were asked for is to be looked for. */
    @Test
    void shouldNotTellOfWhatWasFreedBefore()
    {
        assertTrue(map(dma) < 0);
        holder.unmap(all);
        final AtomicInteger told = new AtomicInteger();
        final SpaceWait space = dma.onSpace(told::incrementAndGet);
        final long mapping = map(dma);
        assertTrue(mapping > 0);
        space.close();
        space.close();
        dma.unmap(mapping);
        assertFalse(window.a.isTight(), "it waits still");
        assertEquals(0, told.get());
    }

    @Test
    void shouldTellInTurn() throws Exception
    {
        final List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        final CompletableFuture<Void> first = new CompletableFuture<>();
        final CompletableFuture<Void> last = new CompletableFuture<>();
        dma.onSpace(() ->
        {
            order.add(0);
            first.complete(null);
        });
        final Thread thread = Thread.ofPlatform().daemon().start(() ->
        {
            final long mapping =
                dma.map(MemorySegment.ofArray(new byte[LENGTH]), 0, LENGTH, Direction.TO_DEVICE, TOO_LONG);
            order.add(mapping > 0 ? 1 : (int)mapping);
            dma.unmap(mapping);
        });
        while (!(LockSupport.getBlocker(thread) instanceof SpacePlaces))
        {
            Thread.onSpinWait();
        }
        dma.onSpace(() ->
        {
            order.add(2);
            last.complete(null);
        });
        holder.unmap(all);
        first.get(LONG, TimeUnit.NANOSECONDS);
        join(thread);
        last.get(LONG, TimeUnit.NANOSECONDS);
        // The thread may note later than who comes behind it, not be served later.
        assertEquals(0, order.getFirst());
        assertEquals(List.of(0, 1, 2), order.stream().sorted().toList());
    }

    @Test
    void shouldHangAndLeakNothingWhateverACallbackThrows() throws Exception
    {
        final CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        final CompletableFuture<Void> next = new CompletableFuture<>();
        dma.onSpace(() ->
        {
            Thread.currentThread().setUncaughtExceptionHandler((thread, e) -> thrown.complete(e));
            throw new StackOverflowError("of a callback");
        });
        dma.onSpace(() -> next.complete(null));
        holder.unmap(all);
        assertEquals("of a callback", thrown.get(LONG, TimeUnit.NANOSECONDS).getMessage());
        next.get(LONG, TimeUnit.NANOSECONDS);
    }

    @Test
    void shouldHoldUpNobodyWhoUnmapsWhateverACallbackWaitsFor() throws Exception
    {
        final CountDownLatch told = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        dma.onSpace(() ->
        {
            told.countDown();
            assertTimely(goOn);
        });
        holder.unmap(all);
        assertTimely(told);
        for (int i = 0; i < 100; i++)
        {
            holder.unmap(map(holder));
        }
        goOn.countDown();
    }

    @Test
    void shouldHoldUpNobodyForItsQuota()
    {
        holder.unmap(all);
        final DmaDevice limited = new DmaDevice(
            new DmaPolicy("limited", pools).limits("a", ClientLimits.quota(LENGTH / 2)));
        final long most = limited.map(new byte[LENGTH / 2], 0, LENGTH / 2, Direction.TO_DEVICE);
        final AtomicInteger told = new AtomicInteger();
        final Thread waiting = Thread.ofPlatform().daemon().start(() -> limited.unmap(
            limited.map(MemorySegment.ofArray(new byte[64]), 0, 64, Direction.TO_DEVICE, TOO_LONG)));
        while (!(LockSupport.getBlocker(waiting) instanceof SpacePlaces))
        {
            Thread.onSpinWait();
        }
        dma.onSpace(told::incrementAndGet);
        holder.unmap(holder.map(new byte[64], 0, 64, Direction.TO_DEVICE));
        await(told);
        limited.unmap(most);
        join(waiting);
        limited.close();
    }

    @Test
    void shouldTellWhenPoolsComeAndGo()
    {
        final AtomicInteger told = new AtomicInteger();
        dma.onSpace(told::incrementAndGet);
        pools.register(window.b);
        await(told);
        told.set(0);
        dma.onSpace(told::incrementAndGet);
        pools.unregister(window.b);
        await(told);
        told.set(0);
        dma.onSpace(told::incrementAndGet);
        try (PoolClient _ = window.b.open("nobody of the device"))
        {
            assertEquals(0, told.get());
        }
        window.a.abandon();
        await(told);
        assertThrows(IllegalStateException.class, () -> map(dma));
    }

    @Test
    void shouldTellWhenTheDeviceCloses()
    {
        final AtomicInteger told = new AtomicInteger();
        dma.onSpace(told::incrementAndGet);
        dma.close();
        await(told);
        assertThrows(IllegalStateException.class, () -> dma.onSpace(told::incrementAndGet));
        assertThrows(NullPointerException.class, () -> dma.onSpace(null));
        holder.unmap(all);
        assertEquals(1, told.get());
    }

    private static long map(final DmaDevice device)
    {
        final long mapping = device.map(new byte[LENGTH], 0, LENGTH, Direction.TO_DEVICE);
        assertTrue(mapping > 0 || Refusal.Reason.EXHAUSTED.code() == mapping);
        return mapping;
    }

    private static void await(final AtomicInteger told)
    {
        final long start = System.nanoTime();
        while (0 == told.get())
        {
            assertTrue(System.nanoTime() - start < LONG, "not told");
            Thread.onSpinWait();
        }
    }

    private static void assertTimely(final CountDownLatch latch)
    {
        try
        {
            assertTrue(latch.await(LONG, TimeUnit.NANOSECONDS));
        }
        catch (final InterruptedException e)
        {
            throw new AssertionError(e);
        }
    }

    private static void join(final Thread thread)
    {
        try
        {
            thread.join(TimeUnit.NANOSECONDS.toMillis(LONG));
        }
        catch (final InterruptedException e)
        {
            throw new AssertionError(e);
        }
        assertFalse(thread.isAlive());
    }
}
