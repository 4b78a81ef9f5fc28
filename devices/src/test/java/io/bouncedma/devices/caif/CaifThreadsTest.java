/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.caif;

import io.bouncedma.devices.GuardedCalls;
import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.Doorbell;
import io.bouncedma.virtio.Features;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Each end on a thread of its own that sleeps whenever it may: packets arrive in order and whole, and no wake-up is
 * lost.
 */
class CaifThreadsTest
{
    private static final int PACKETS = 30_000;
    private static final int LIMIT_SECONDS = TestLimits.seconds(60);

    @ParameterizedTest
    @MethodSource("io.bouncedma.devices.caif.CaifPair#features")
    void shouldCarryPacketsBetweenThreads(final Features features) throws Exception
    {
        final CaifSettings settings = CaifPair.settings(features, 16);
        final SemaphoreBell toHost = new SemaphoreBell();
        final SemaphoreBell toModem = new SemaphoreBell();
        final Checker atHost = new Checker();
        final Checker atModem = new Checker();
        try (CaifMemory hostMemory = CaifMemory.of("host", CaifPair.HOST_PADDR, 128 * 1024);
            CaifMemory modemMemory = CaifMemory.of("modem", CaifPair.MODEM_PADDR, 128 * 1024);
            CaifHost host = new CaifHost(hostMemory.dma, settings, toModem, atHost);
            CaifModem modem =
                new CaifModem(modemMemory.dma, settings, CaifPair.BUFFER_LENGTH, toHost, atModem))
        {
            host.join(modemMemory.asPeerSeesIt, modem.ring());
            modem.join(hostMemory.asPeerSeesIt, host.ring());
            final CompletableFuture<Void> other = CompletableFuture.runAsync(() -> run(modem, toModem, atModem));
            try
            {
                run(host, toHost, atHost);
            }
            finally
            {
                // What went wrong there first says more than who waits for it here; and it uses the memory.
                other.get(2 * LIMIT_SECONDS, TimeUnit.SECONDS);
            }
            assertEquals(0, host.refused() + modem.refused());
        }
    }

    @Test
    void shouldRefuseEveryCallWhileAnotherThreadIsInside()
    {
        final String here = Thread.currentThread().getName();
        final CaifSettings settings = CaifPair.settings(Features.MANDATORY, 16);
        final AtomicReference<CaifEnd> end = new AtomicReference<>();
        try (CaifMemory hostMemory = CaifMemory.of("host", CaifPair.HOST_PADDR, 128 * 1024);
            CaifMemory modemMemory = CaifMemory.of("modem", CaifPair.MODEM_PADDR, 128 * 1024);
            CaifHost host = new CaifHost(hostMemory.dma, settings, new SemaphoreBell(), (buffer, offset, length) ->
            {
            });
            CaifModem modem = new CaifModem(modemMemory.dma, settings, CaifPair.BUFFER_LENGTH, new SemaphoreBell(),
                (buffer, offset, length) -> CompletableFuture.runAsync(
                    () -> GuardedCalls.assertRefused(CaifEnd.class, end.get(), here)).join()))
        {
            end.set(modem);
            host.join(modemMemory.asPeerSeesIt, modem.ring());
            modem.join(hostMemory.asPeerSeesIt, host.ring());
            CaifPair.send(host, new byte[1]);
            assertEquals(1, modem.doWork());
            assertEquals(CaifEnd.ACCEPTED, CaifPair.send(modem, new byte[1]));
        }
    }

    private static void run(final CaifEnd end, final SemaphoreBell bell, final Checker checker)
    {
        final UnsafeBuffer packet = new UnsafeBuffer(new byte[CaifPair.MTU]);
        while (end.sent() < PACKETS || checker.next < PACKETS)
        {
            final int number = (int)end.sent();
            boolean isBusy = end.doWork() > 0;
            if (number < PACKETS && end.isFlowOn())
            {
                fill(packet, number);
                isBusy |= CaifEnd.ACCEPTED == end.send(packet, 0, length(number));
            }
            if (!isBusy && end.prepareToWait())
            {
                bell.await();
            }
        }
    }

    private static int length(final int number)
    {
        return 4 + number % (CaifPair.MTU - 3);
    }

    private static void fill(final UnsafeBuffer packet, final int number)
    {
        packet.setMemory(0, length(number), (byte)number);
        packet.putInt(0, number);
    }

    private static final class Checker implements CaifListener
    {
        private final UnsafeBuffer expected = new UnsafeBuffer(new byte[CaifPair.MTU]);
        private int next;

        @Override
        public void onPacket(final DirectBuffer buffer, final int offset, final int length)
        {
            fill(expected, next);
            assertEquals(length(next), length);
            assertEquals(next, buffer.getInt(offset));
            assertEquals(0, new UnsafeBuffer(buffer, offset, length).compareTo(
                new UnsafeBuffer(expected, 0, length)));
            next++;
        }
    }

    private static final class SemaphoreBell implements Doorbell
    {
        private final Semaphore rings = new Semaphore(0);

        @Override
        public void ring()
        {
            rings.release();
        }

        @Override
        public long clear()
        {
            return rings.drainPermits();
        }

        void await()
        {
            try
            {
                if (!rings.tryAcquire(LIMIT_SECONDS, TimeUnit.SECONDS))
                {
                    throw new AssertionError("nobody rang: a wake-up was lost");
                }
            }
            catch (final InterruptedException e)
            {
                throw new AssertionError(e);
            }
        }
    }
}
