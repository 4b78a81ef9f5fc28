/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.memory.Extent;
import io.bouncedma.os.TestLimits;
import io.bouncedma.pool.ClientLimits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Devices that hand what there is on and on, each waiting for the others, some with a thread and some with a callback:
 * at whatever moment something is unmapped, who waits for it is told. What is lost once stops them all.
 */
class HandedOnTest
{
    private static final int LENGTH = Extent.ALIGNMENT;
    private static final int ROUNDS = 1000;
    private static final long TOO_LONG = TimeUnit.SECONDS.toNanos(TestLimits.seconds(600));

    private final TwoPools window = new TwoPools(LENGTH);
    private final List<DmaDevice> devices = new ArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<CountDownLatch> done = new ArrayList<>();
    /** Who was told although it found room by itself may be at work still. */
    private final AtomicInteger running = new AtomicInteger();

    @AfterEach
    void close() throws InterruptedException
    {
        for (final CountDownLatch each : done)
        {
            assertTrue(each.await(TestLimits.seconds(60), TimeUnit.SECONDS), "stands still");
        }
        assertNull(failure.get(), () -> failure.get().toString());
        final long start = System.nanoTime();
        while (running.get() > 0 || window.a.isTight() || window.b.isTight())
        {
            assertTrue(System.nanoTime() - start < TOO_LONG / 10, "somebody waits still");
            Thread.onSpinWait();
        }
        devices.forEach(DmaDevice::close);
        assertEquals(0, window.a.usedBytes() + window.b.usedBytes());
        window.close();
    }

    @Test
    void shouldTellWhoWaitsForAllThatThereIs()
    {
        byThread(device(new DmaPolicy("both", window.pools)), LENGTH);
        byThread(device(new DmaPolicy("behind", window.pools).order("b", "a")), LENGTH);
        byThread(device(new DmaPolicy("one", window.pools).order("b")), LENGTH / 2);
        byCallback(device(new DmaPolicy("callback", window.pools)), LENGTH);
        byCallback(device(new DmaPolicy("other", window.pools).order("a")), LENGTH / 2);
    }

    /** There is room, so that blocks become hot in the moment in which somebody begins to wait. */
    @Test
    void shouldTellWhoWaitsForItsQuota()
    {
        final DmaDevice limited = device(
            new DmaPolicy("limited", window.pools).order("a").limits("a", ClientLimits.quota(LENGTH / 4)));
        byThread(limited, LENGTH / 4);
        byThread(limited, LENGTH / 4);
        byCallback(limited, LENGTH / 4);
    }

    private DmaDevice device(final DmaPolicy policy)
    {
        devices.add(new DmaDevice(policy));
        return devices.getLast();
    }

    private void byThread(final DmaDevice dma, final int length)
    {
        final CountDownLatch ends = new CountDownLatch(1);
        done.add(ends);
        Thread.ofPlatform().daemon().start(() -> guarded(ends, () ->
        {
            final MemorySegment memory = MemorySegment.ofArray(new byte[length]);
            for (int round = 0; round < ROUNDS && null == failure.get(); round++)
            {
                dma.unmap(dma.map(memory, 0, length, Direction.TO_DEVICE, TOO_LONG));
            }
            ends.countDown();
        }));
    }

    private void byCallback(final DmaDevice dma, final int length)
    {
        final CountDownLatch ends = new CountDownLatch(1);
        done.add(ends);
        final byte[] memory = new byte[length];
        final AtomicInteger rounds = new AtomicInteger();
        new Runnable()
        {
            @Override
            public void run()
            {
                guarded(ends, this::goOn);
            }

            private void goOn()
            {
                while (rounds.get() < ROUNDS)
                {
                    long mapping = dma.map(memory, 0, length, Direction.TO_DEVICE);
                    if (mapping < 0)
                    {
                        final SpaceWait space = dma.onSpace(this);
                        mapping = dma.map(memory, 0, length, Direction.TO_DEVICE);
                        if (mapping < 0)
                        {
                            return;
                        }
                        space.close();
                    }
                    rounds.incrementAndGet();
                    dma.unmap(mapping);
                }
                ends.countDown();
            }
        }.run();
    }

    private void guarded(final CountDownLatch ends, final Runnable work)
    {
        running.incrementAndGet();
        try
        {
            work.run();
        }
        catch (final Throwable e)
        {
            failure.compareAndSet(null, e);
            ends.countDown();
        }
        finally
        {
            running.decrementAndGet();
        }
    }
}
