/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices;

import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.devices.blk.BlkQueue;
import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.PeerMonitor;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioDevice;
import io.bouncedma.virtio.VirtioException;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A pool that another device has all of, for a moment or for good: it is busy, and not too small.
 */
class BusyPoolTest
{
    private static final int LONG_MS = TestLimits.millis(60_000);
    private static final int SHORT_MS = 200;
    private static final int LOOKS = 3;

    /** Gives the pool back at a later look, which every wait takes. */
    private static final class GivingBack implements PeerMonitor
    {
        private Runnable held;
        private int left;

        @Override
        public void requirePresent()
        {
            left--;
            if (0 == left)
            {
                held.run();
            }
        }

        void giveBackLater(final Runnable task)
        {
            held = task;
            left = LOOKS;
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldSayBusyAndNotFail(final FrontEnd frontEnd) throws Exception
    {
        with(frontEnd, (link, driver, monitor) ->
        {
            final Runnable held = link.exhaust();
            assertFalse(frontEnd.submit(driver));
            assertFalse(frontEnd.submit(driver));
            held.run();
            assertTrue(frontEnd.submit(driver));
        });
    }

    @ParameterizedTest
    @EnumSource
    void shouldWaitUntilTheOtherGivesItBack(final FrontEnd frontEnd) throws Exception
    {
        with(frontEnd, (link, driver, monitor) ->
        {
            for (int round = 0; round < 2; round++)
            {
                monitor.giveBackLater(link.exhaust());
                frontEnd.use(driver);
                assertTrue(monitor.left <= 0, "waited");
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void shouldTellWhoHasItWhenTheTimeIsOver(final FrontEnd frontEnd) throws Exception
    {
        final VirtioDevice device = frontEnd.device();
        try (Linked link = new Linked(device);
            AutoCloseable driver = frontEnd.open(link.transport(), link.dma(), link.waiting(SHORT_MS)))
        {
            link.settle();
            final Runnable held = link.exhaust();
            final VirtioException e = assertThrows(TimeLimitException.class, () -> frontEnd.use(driver));
            assertTrue(e.getMessage().contains("no room in the pools for ") &&
                e.getMessage().contains(" within " + SHORT_MS + " ms: EXHAUSTED: pool=pool") &&
                e.getMessage().contains("name=other"), e.getMessage());
            held.run();
            frontEnd.use(driver);
        }
        close(device);
    }

    @ParameterizedTest
    @EnumSource
    void shouldBeSetUpWhenTheOtherGivesItBack(final FrontEnd frontEnd) throws Exception
    {
        final VirtioDevice device = frontEnd.device();
        final GivingBack monitor = new GivingBack();
        try (Linked link = new Linked(device))
        {
            monitor.giveBackLater(link.exhaust());
            try (AutoCloseable driver =
                frontEnd.open(link.transport(), link.dma(), link.waiting(LONG_MS, monitor)))
            {
                link.settle();
                frontEnd.use(driver);
            }
            assertEquals(0, link.usedBytes());
        }
        close(device);
    }

    @ParameterizedTest
    @EnumSource
    void shouldNotBeSetUpWhenTheTimeIsOverAndKeepNothing(final FrontEnd frontEnd) throws Exception
    {
        final VirtioDevice device = frontEnd.device();
        try (Linked link = new Linked(device))
        {
            final Runnable held = link.exhaust();
            final long used = link.usedBytes();
            final VirtioException e = assertThrows(VirtioException.class,
                () -> frontEnd.open(link.transport(), link.dma(), link.waiting(SHORT_MS)));
            assertTrue(e.getMessage().startsWith("no room for the ring: queue=") &&
                e.getMessage().contains(" within " + SHORT_MS + " ms; EXHAUSTED: pool=pool") &&
                e.getMessage().contains("name=other"), e.getMessage());
            assertEquals(used, link.usedBytes());
            held.run();
        }
        close(device);
    }

    /** One thread has both queues: it must get from the one that waits for room to the one that has it. */
    @Test
    void shouldLetOneThreadReapTheQueueThatHasTheRoom() throws Exception
    {
        final UnsafeBuffer data = new UnsafeBuffer(new byte[3 * 1024 * 1024]);
        with(FrontEnd.BLOCK, (link, driver, monitor) ->
        {
            final BlkQueue first = ((BlkDriver)driver).queue(0);
            final BlkQueue second = ((BlkDriver)driver).queue(1);
            assertEquals(BlkQueue.SUBMITTED, first.submitWrite(0, data, 0, 1024 * 1024, 0));
            for (int round = 0; round < 3; round++)
            {
                assertEquals(BlkQueue.BUSY, second.submitRead(0, data, 0, data.capacity(), 0));
                assertEquals(0, second.awaitCompletions((tag, status) -> assertEquals(0, status)));
            }
            assertEquals(1, first.awaitCompletions((tag, status) -> assertEquals(0, status)));
            assertEquals(BlkQueue.SUBMITTED, second.submitRead(0, data, 0, 1024 * 1024, 0));
            assertEquals(1, second.awaitCompletions((tag, status) -> assertEquals(0, status)));
        });
    }

    @Test
    void shouldFailAtOnceForWhatNoPoolCanHold() throws Exception
    {
        final UnsafeBuffer data = new UnsafeBuffer(new byte[8 * 1024 * 1024]);
        with(FrontEnd.BLOCK, (link, driver, monitor) ->
        {
            final BlkDriver blk = (BlkDriver)driver;
            final VirtioException e = assertThrows(
                VirtioException.class, () -> blk.queue(0).submitRead(0, data, 0, data.capacity(), 0));
            assertTrue(e.getMessage().startsWith("no pool is large enough for a block request: TOO_LARGE: pool=pool"),
                e.getMessage());
            blk.write(0, data, 0, 1024);
        });
    }

    private interface Task
    {
        void run(Linked link, AutoCloseable driver, GivingBack monitor) throws Exception;
    }

    private static void with(final FrontEnd frontEnd, final Task task) throws Exception
    {
        final VirtioDevice device = frontEnd.device();
        final GivingBack monitor = new GivingBack();
        try (Linked link = new Linked(device))
        {
            try (AutoCloseable driver =
                frontEnd.open(link.transport(), link.dma(), link.waiting(LONG_MS, monitor)))
            {
                frontEnd.use(driver);
                task.run(link, driver, monitor);
            }
            assertEquals(0, link.usedBytes());
        }
        close(device);
    }

    private static void close(final VirtioDevice device) throws Exception
    {
        if (device instanceof final AutoCloseable closeable)
        {
            closeable.close();
        }
    }
}
