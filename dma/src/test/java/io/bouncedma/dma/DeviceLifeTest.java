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
import io.bouncedma.os.TestLimits;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Pools that are registered, unregistered, retired, abandoned and closed below a device's mappings, and a device that
 * is closed while it is used: no byte and no block is lost, and nothing is taken of a pool that is gone. One thread, so
 * that each answer is known; {@link DeviceLifecycleTest} does without retired and abandoned pools and has many.
 */
class DeviceLifeTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int LENGTH = 2 * PAGE;
    private static final int POOLS = 6;
    private static final int STEPS = 400;

    /** What is mapped, where, and what the device has written. */
    private static final class Live
    {
        private long mapping;
        private BouncePool pool;
        private byte[] buffer;
        private byte[] written;
    }

    static LongStream seeds()
    {
        return LongStream.rangeClosed(1, 30);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldLoseNothingWhateverHappensToThePools(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        final long length = (long)PAGE + POOLS * LENGTH;
        final Window window;
        try (Fd memory = Memfd.create("device-life", length))
        {
            window = MemfdWindow.map("window", memory, List.of(new Extent(0, 0x9000_0000L, length)),
                BusAddressing.offset());
        }
        final PoolSet pools = new PoolSet();
        final DmaDevice dma = new DmaDevice("disk", pools);
        final BouncePool[] places = new BouncePool[POOLS];
        final Set<BouncePool> gone = new HashSet<>();
        final Set<BouncePool> empty = new HashSet<>();
        final List<Live> live = new ArrayList<>();
        for (int step = 0; step < STEPS; step++)
        {
            final int place = random.nextInt(POOLS);
            final BouncePool pool = places[place];
            switch (random.nextInt(13))
            {
                case 0, 1 ->
                {
                    if (null == pool)
                    {
                        places[place] = new BouncePool("pool" + step, window, PAGE + (long)place * LENGTH, LENGTH);
                        pools.register(places[place]);
                    }
                }
                case 2 ->
                {
                    unregister(pool, pools);
                }
                case 3 -> places[place] = null != pool && close(pool, live, pools) ? null : pool;
                case 4 ->
                {
                    if (null != pool && 0 == random.nextInt(4))
                    {
                        pool.abandon();
                        gone.add(pool);
                        live.stream().filter(each -> each.pool == pool).forEach(each -> assertDead(dma, each));
                        live.removeIf(each -> each.pool == pool);
                        places[place] = null;
                        if (random.nextBoolean())
                        {
                            unregister(pool, pools);
                        }
                    }
                }
                case 5 -> retire(pool, PAGE + (long)place * LENGTH, live, empty);
                case 6, 7, 8 -> map(random, dma, window, pools, live);
                default ->
                {
                    if (!live.isEmpty())
                    {
                        unmap(random, dma, live.remove(random.nextInt(live.size())));
                    }
                }
            }
        }
        live.forEach(each -> unmap(random, dma, each));
        dma.close();
        for (final BouncePool pool : places)
        {
            if (null != pool)
            {
                assertEquals(0, pool.usedBytes());
                pool.close();
            }
        }
        gone.forEach(BouncePool::close);
        window.close();
    }

    @Test
    void shouldTouchNoPoolThatWasAbandoned()
    {
        final TwoPools window = new TwoPools();
        final byte[] buffer = new byte[100];
        final DmaDevice dma = new DmaDevice("disk", window.pools);
        final long mapping = dma.map(buffer, 0, 100, Direction.BIDIRECTIONAL);
        final ScatterGather list = new ScatterGather(1).add(buffer, 0, 100);
        final MappingBatch batch = new MappingBatch().add(buffer, 0, 100);
        final CoherentBuffer shared = dma.allocateCoherent(100, 64);
        dma.map(list, Direction.FROM_DEVICE);
        dma.map(batch, Direction.FROM_DEVICE);
        window.a.abandon();
        window.b.close();
        // What is touched now ends the JVM.
        window.region.close();
        final String ended = "mapping has ended with its pool, which is closed: pool=a";
        assertMessage(ended, () -> dma.busAddress(mapping));
        assertMessage(ended, () -> dma.length(mapping));
        assertMessage(ended, () -> dma.syncForCpu(mapping, 0, 1));
        assertMessage(ended, () -> dma.syncForDevice(mapping, 0, 1));
        assertMessage(ended, () -> dma.unmap(mapping));
        assertMessage(ended, () -> dma.unmap(batch));
        assertMessage("pool is closed: pool=a", () -> dma.unmap(list, 100));
        assertEquals(0, list.segments());
        assertEquals(0, batch.mapped());
        shared.close();
        assertMessage("no pool of the device is open", () -> dma.map(buffer, 0, 100, Direction.TO_DEVICE));
        dma.close();
        assertMessage("device is closed", () -> dma.unmap(mapping));
    }

    @Test
    void shouldCloseWhileItIsUsedOrNotAtAll() throws InterruptedException
    {
        for (int round = 0; round < 20; round++)
        {
            try (TwoPools window = new TwoPools())
            {
                final DmaDevice dma = new DmaDevice("disk", window.pools);
                final AtomicLong done = new AtomicLong();
                final Throwable[] failure = new Throwable[2];
                final Thread[] users = new Thread[2];
                for (int t = 0; t < users.length; t++)
                {
                    final int number = t;
                    users[t] = new Thread(() -> failure[number] = useUntilClosed(dma, window, number, done));
                    users[t].start();
                }
                final long start = System.nanoTime();
                boolean closed = false;
                while (!closed)
                {
                    assertTrue(System.nanoTime() - start < TestLimits.seconds(60) * 1_000_000_000L, "never closed");
                    final long seen = done.get();
                    closed = tryClose(dma);
                    while (!closed && done.get() == seen && (users[0].isAlive() || users[1].isAlive()))
                    {
                        Thread.onSpinWait();
                    }
                }
                for (final Thread user : users)
                {
                    user.join();
                }
                assertNull(failure[0]);
                assertNull(failure[1]);
                assertEquals(dma.statistics().maps(), dma.statistics().unmaps());
                assertEquals(0, window.a.usedBytes());
            }
        }
    }

    /** Map and unmap, in place, too, until the device says that it is closed. */
    private static Throwable useUntilClosed(
        final DmaDevice dma, final TwoPools window, final int number, final AtomicLong done)
    {
        try
        {
            final byte[] buffer = new byte[100];
            while (true)
            {
                final long mapping;
                try
                {
                    mapping = done.get() % 3 == number ? dma.map(window.b.view(), 0, 10, Direction.TO_DEVICE) :
                        dma.map(buffer, 0, 100, Direction.FROM_DEVICE);
                }
                catch (final IllegalStateException e)
                {
                    return e.getMessage().contains("device is closed") ? null : e;
                }
                assertTrue(mapping > 0);
                dma.unmap(mapping);
                done.incrementAndGet();
            }
        }
        catch (final Throwable e)
        {
            return e;
        }
    }

    private static boolean tryClose(final DmaDevice dma)
    {
        try
        {
            dma.close();
            return true;
        }
        catch (final IllegalStateException e)
        {
            assertTrue(e.getMessage().contains("live"), e.getMessage());
            return false;
        }
    }

    /** Take a pool's one extent out of it, or add it again if it is gone: what is mapped there stays. */
    private static void retire(
        final BouncePool pool, final long offset, final List<Live> live, final Set<BouncePool> empty)
    {
        if (null == pool)
        {
            return;
        }
        if (empty.remove(pool))
        {
            pool.grow(offset, LENGTH);
            return;
        }
        final boolean isUsed = live.stream().anyMatch(each -> each.pool == pool);
        if (0 == pool.retire(offset))
        {
            empty.add(pool);
        }
        assertEquals(isUsed, !empty.contains(pool));
    }

    private static void unregister(final BouncePool pool, final PoolSet pools)
    {
        if (pools.pools().contains(pool))
        {
            pools.unregister(pool);
        }
    }

    /** Close a pool, which is refused as long as something is mapped there. */
    private static boolean close(final BouncePool pool, final List<Live> live, final PoolSet pools)
    {
        if (live.stream().anyMatch(each -> each.pool == pool))
        {
            assertThrows(IllegalStateException.class, pool::close);
            return false;
        }
        pool.close();
        unregister(pool, pools);
        return true;
    }

    private static void map(
        final SplittableRandom random,
        final DmaDevice dma,
        final Window window,
        final PoolSet pools,
        final List<Live> live)
    {
        final Live next = new Live();
        next.buffer = new byte[1 + random.nextInt(1500)];
        next.written = new byte[next.buffer.length];
        random.nextBytes(next.written);
        try
        {
            next.mapping = dma.map(next.buffer, 0, next.buffer.length, Direction.FROM_DEVICE);
        }
        catch (final IllegalStateException e)
        {
            assertTrue(e.getMessage().contains("no pool of the device is open"), e.getMessage());
            return;
        }
        if (next.mapping > 0)
        {
            final long bus = dma.busAddress(next.mapping);
            next.pool = pools.pools().stream().filter(pool -> !pool.isClosed() && pool.contains(bus)).findFirst()
                .orElseThrow();
            window.view(window.offsetOf(bus), next.written.length).putBytes(0, next.written);
            live.add(next);
        }
    }

    private static void unmap(final SplittableRandom random, final DmaDevice dma, final Live live)
    {
        final int written = random.nextInt(live.buffer.length + 1);
        dma.unmap(live.mapping, written);
        final byte[] expected = Arrays.copyOf(Arrays.copyOf(live.written, written), live.written.length);
        assertArrayEquals(expected, live.buffer);
        assertThrows(IllegalStateException.class, () -> dma.unmap(live.mapping));
    }

    private static void assertDead(final DmaDevice dma, final Live live)
    {
        assertMessage("mapping", () -> dma.unmap(live.mapping));
        assertMessage("mapping", () -> dma.busAddress(live.mapping));
        assertArrayEquals(new byte[live.buffer.length], live.buffer);
    }

    private static void assertMessage(final String part, final Executable executable)
    {
        final IllegalStateException e = assertThrows(IllegalStateException.class, executable);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
