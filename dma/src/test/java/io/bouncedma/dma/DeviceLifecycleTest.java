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
import io.bouncedma.pool.Refusal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Threads map, with and without a time limit, ask to be told of space and unmap while devices open and close, and pools
 * register, unregister and close against them: the device sees the bytes of each mapping and no others for as long as
 * it lives, its answer comes back, who waits is told, and in the end nothing is held anywhere and nobody waits. More of
 * it: {@code -Ddevice.lifecycle.operations=10000000}.
 */
class DeviceLifecycleTest
{
    private static final long OPERATIONS = Long.getLong("device.lifecycle.operations", 100_000);
    private static final int SEEDS = 2;
    private static final int THREADS = 4;
    private static final int PLACES = 6;
    private static final int POOL = 16 * Extent.ALIGNMENT;
    private static final int DEVICES = 3;
    private static final int MOST_HELD = 12;
    private static final int LONGEST = 9000;
    private static final long LONGEST_WAIT = TimeUnit.MICROSECONDS.toNanos(200);
    private static final long OF_A_SECOND = 5_000;

    private final Window window = window();
    private final PoolSet pools = new PoolSet();
    /** Of each place in the window the pool that is there, registered or not. */
    private final BouncePool[] places = new BouncePool[PLACES];
    private final boolean[] registered = new boolean[PLACES];
    private final ReentrantLock changes = new ReentrantLock();
    private final AtomicReferenceArray<DmaDevice> devices = new AtomicReferenceArray<>(DEVICES);
    private final AtomicReferenceArray<Live> exchange = new AtomicReferenceArray<>(8);
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final AtomicLong left = new AtomicLong();
    private final AtomicLong asked = new AtomicLong();
    private final AtomicLong told = new AtomicLong();
    private int lives;

    /** A mapping and what its two sides have. */
    private record Live(DmaDevice device, long handle, byte[] buffer, byte[] sent, Direction direction)
    {
    }

    static LongStream seeds()
    {
        return LongStream.rangeClosed(1, SEEDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldShowEachDeviceItsBytesWhateverComesAndGoes(final long seed) throws InterruptedException
    {
        left.set(OPERATIONS / SEEDS);
        final SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < DEVICES; i++)
        {
            devices.set(i, new DmaDevice("device" + i, pools));
        }
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++)
        {
            final SplittableRandom own = random.split();
            threads.add(Thread.ofPlatform().daemon().start(() -> work(own)));
        }
        final int limit = TestLimits.seconds((int)(60 + OPERATIONS / OF_A_SECOND));
        for (final Thread thread : threads)
        {
            thread.join(TimeUnit.SECONDS.toMillis(limit));
            assertFalse(thread.isAlive(), () -> "hangs: " + Arrays.toString(thread.getStackTrace()));
        }
        assertNull(failure.get(), () -> failure.get() + " " + Arrays.toString(failure.get().getStackTrace()));
        for (int i = 0; i < exchange.length(); i++)
        {
            unmap(exchange.get(i), random);
        }
        for (int i = 0; i < DEVICES; i++)
        {
            devices.get(i).close();
        }
        final long start = System.nanoTime();
        while (told.get() < asked.get())
        {
            assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(TestLimits.seconds(60)),
                () -> told + " of " + asked + " were told");
            Thread.onSpinWait();
        }
        for (final BouncePool pool : places)
        {
            if (null != pool)
            {
                assertEquals(List.of(), pool.holders());
                while (pool.isTight())
                {
                    // Who was told leaves behind its callback.
                    assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(TestLimits.seconds(60)));
                    Thread.onSpinWait();
                }
                assertEquals(POOL, pool.statistics().largestRun());
                pool.close();
            }
        }
        window.close();
    }

    private void work(final SplittableRandom random)
    {
        final List<Live> held = new ArrayList<>();
        try
        {
            while (left.getAndDecrement() > 0 && null == failure.get())
            {
                step(random, held);
            }
            while (!held.isEmpty())
            {
                unmap(held.removeLast(), random);
            }
        }
        catch (final Throwable e)
        {
            failure.compareAndSet(null, e);
        }
    }

    private void step(final SplittableRandom random, final List<Live> held)
    {
        final int kind = random.nextInt(100);
        if (kind < 2)
        {
            change(random);
        }
        else if (kind < 52 && held.size() < MOST_HELD)
        {
            map(random, held);
        }
        else if (kind < 90)
        {
            unmap(held.isEmpty() ? null : held.remove(random.nextInt(held.size())), random);
        }
        else
        {
            final Live other =
                exchange.getAndSet(random.nextInt(exchange.length()), held.isEmpty() ? null : held.removeLast());
            if (null != other)
            {
                held.add(other);
            }
        }
    }

    private void map(final SplittableRandom random, final List<Live> held)
    {
        final DmaDevice device = devices.get(random.nextInt(DEVICES));
        final byte[] buffer = new byte[1 + random.nextInt(LONGEST)];
        random.nextBytes(buffer);
        final Direction direction = Direction.values()[random.nextInt(3)];
        final long handle;
        try
        {
            final int way = random.nextInt(16);
            if (0 == way)
            {
                device.onSpace(told::incrementAndGet);
                asked.incrementAndGet();
            }
            handle = way < 4 ? device.map(MemorySegment.ofArray(buffer), 0, buffer.length, direction,
                random.nextLong(LONGEST_WAIT)) : device.map(buffer, 0, buffer.length, direction);
        }
        catch (final IllegalStateException e)
        {
            require(e.getMessage().contains("device is closed") || e.getMessage().contains("no pool of the device is "),
                "map: " + e);
            return;
        }
        if (handle < 0)
        {
            Refusal.Reason.of(handle);
            return;
        }
        // What the device is not to see are zeros.
        final byte[] sent = direction.isToDevice() ? buffer.clone() : new byte[buffer.length];
        held.add(new Live(device, handle, buffer, sent, direction));
    }

    private void unmap(final Live live, final SplittableRandom random)
    {
        if (null == live)
        {
            return;
        }
        final int length = live.buffer().length;
        final long at = window.offsetOf(live.device().busAddress(live.handle()));
        final byte[] seen = new byte[length];
        window.view(at, length).getBytes(0, seen);
        require(Arrays.equals(live.sent(), seen), "the device does not see its bytes: " + live);
        final byte[] answer = new byte[length];
        random.nextBytes(answer);
        window.view(at, length).putBytes(0, answer);
        final byte[] before = live.buffer().clone();
        live.device().unmap(live.handle());
        require(Arrays.equals(live.direction().isFromDevice() ? answer : before, live.buffer()),
            "another answer came back: " + live);
        try
        {
            live.device().unmap(live.handle());
            throw new AssertionError("unmapped twice: " + live);
        }
        catch (final IllegalStateException e)
        {
            require(!e.getMessage().isEmpty(), "no message");
        }
    }

    private void change(final SplittableRandom random)
    {
        if (!changes.tryLock())
        {
            return;
        }
        try
        {
            final int place = random.nextInt(PLACES);
            switch (random.nextInt(4))
            {
                case 0 -> reopen(random.nextInt(DEVICES));
                case 1 -> close(place);
                default -> open(place);
            }
        }
        finally
        {
            changes.unlock();
        }
    }

    private void open(final int place)
    {
        if (null == places[place])
        {
            places[place] = new BouncePool("pool" + lives++, window, Extent.ALIGNMENT + (long)place * POOL, POOL);
        }
        if (!registered[place])
        {
            pools.register(places[place]);
            registered[place] = true;
        }
    }

    private void close(final int place)
    {
        if (null == places[place])
        {
            return;
        }
        if (registered[place])
        {
            pools.unregister(places[place]);
            registered[place] = false;
        }
        try
        {
            places[place].close();
            places[place] = null;
        }
        catch (final IllegalStateException e)
        {
            require(e.getMessage().contains("in use"), "close: " + e);
        }
    }

    /** A device that has nothing mapped is closed, and another one takes its place. */
    private void reopen(final int number)
    {
        final DmaDevice device = devices.get(number);
        try
        {
            device.close();
            devices.set(number, new DmaDevice(device.name(), pools));
        }
        catch (final IllegalStateException e)
        {
            require(e.getMessage().contains(device.name()), "close: " + e);
        }
    }

    private static void require(final boolean holds, final String what)
    {
        if (!holds)
        {
            throw new AssertionError(what);
        }
    }

    private static Window window()
    {
        final long length = Extent.ALIGNMENT + (long)PLACES * POOL;
        try (Fd memory = Memfd.create("devices", length))
        {
            return MemfdWindow.map("devices", memory, List.of(new Extent(0, 0x9000_0000L, length)),
                BusAddressing.offset());
        }
    }
}
