/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices;

import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.devices.blk.BlkQueue;
import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.DeviceType;
import io.bouncedma.virtio.Features;
import io.bouncedma.virtio.PeerMonitor;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioDevice;
import io.bouncedma.virtio.VirtioDriver;
import io.bouncedma.virtio.VirtioTransport;
import io.bouncedma.virtio.Waiting;
import org.agrona.concurrent.YieldingIdleStrategy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Two threads in one front-end: one waits for the device, which stands still, and the other one calls.
 */
class FrontEndThreadsTest
{
    private static final int LIMIT_MS = TestLimits.millis(60_000);
    private static final String USER = "user";

    private final CountDownLatch isWaiting = new CountDownLatch(1);
    private final CountDownLatch isEnough = new CountDownLatch(1);
    private final AtomicReference<Throwable> error = new AtomicReference<>();

    private interface Overlap
    {
        void call(AutoCloseable driver, Linked link) throws Exception;
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseEveryCallWhileAnotherThreadWaits(final FrontEnd frontEnd) throws Exception
    {
        overlap(frontEnd, (driver, link) ->
            frontEnd.parts(driver).forEach((type, part) -> GuardedCalls.assertRefused(type, part, USER)));
    }

    @Test
    void shouldRefuseEveryCallWhileAnotherThreadIsAtTheDevice() throws Exception
    {
        final String here = Thread.currentThread().getName();
        final AtomicReference<VirtioDriver> driver = new AtomicReference<>();
        try (Linked link = new Linked(FrontEnd.ENTROPY.device()))
        {
            driver.set(new VirtioDriver(at("kick", link.transport(), () -> CompletableFuture.runAsync(
                () -> GuardedCalls.assertRefused(VirtioDriver.class, driver.get(), here)).join()),
                link.dma(), DeviceType.ENTROPY, Features.RING));
            driver.get().enableQueue(0, 8, 1);
            driver.get().start();
            driver.get().kick(0);
            driver.get().close();
        }
    }

    @Test
    void shouldLetEachThreadUseItsOwnQueue() throws Exception
    {
        overlap(FrontEnd.BLOCK, (driver, link) ->
        {
            assertTrue(FrontEnd.BLOCK.submit(driver));
            assertEquals(0, ((BlkDriver)driver).queue(1).poll((tag, status) ->
            {
            }));
        });
    }

    @Test
    void shouldRefuseTheQueueThatWaitsWithAnotherOnesIdleStrategy() throws Exception
    {
        overlap(FrontEnd.BLOCK, (driver, link) ->
        {
            final BlkQueue second = ((BlkDriver)driver).queue(1);
            assertTrue(FrontEnd.BLOCK.submit(driver));
            assertRefused(() -> second.awaitCompletions((tag, status) ->
            {
            }));
            second.waiting(new Waiting(new YieldingIdleStrategy(), PeerMonitor.ALWAYS_PRESENT, 1));
            assertThrows(TimeLimitException.class, () -> second.awaitCompletions((tag, status) ->
            {
            }));
        });
    }

    @Test
    void shouldRefuseTheQueueThatWaitsForRoomWithAnotherOnesIdleStrategy() throws Exception
    {
        overlap(FrontEnd.BLOCK, (driver, link) ->
        {
            final Runnable giveBack = link.exhaust();
            assertFalse(FrontEnd.BLOCK.submit(driver));
            assertRefused(() -> ((BlkDriver)driver).queue(1).awaitCompletions((tag, status) ->
            {
            }));
            giveBack.run();
        });
    }

    /** The call that is on its way would go on with rings that are gone. */
    @ParameterizedTest
    @EnumSource
    void shouldNotBeClosedByWhatItCallsBack(final FrontEnd frontEnd) throws Exception
    {
        final VirtioDevice device = frontEnd.device();
        try (Linked link = new Linked(device))
        {
            final long used = link.usedBytes();
            final AutoCloseable driver = frontEnd.open(link.transport(), link.dma(), link.waiting(LIMIT_MS));
            link.settle();
            link.meanwhile(() -> error.set(assertThrows(IllegalStateException.class, driver::close)));
            frontEnd.use(driver);
            assertTrue(error.get().getMessage().endsWith(" is closed by a callback of its own: note there that it is " +
                "to end, return, and close it when the call that called back has returned"), error.get()::getMessage);
            // Nothing happened, and so it can still be closed.
            frontEnd.use(driver);
            driver.close();
            assertEquals(used, link.usedBytes());
        }
        close(device);
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseASecondDriverOfADevice(final FrontEnd frontEnd) throws Exception
    {
        final VirtioDevice device = frontEnd.device();
        try (Linked link = new Linked(device))
        {
            try (AutoCloseable driver = frontEnd.open(link.transport(), link.dma(), link.waiting(LIMIT_MS)))
            {
                final long used = link.usedBytes();
                final IllegalStateException e = assertThrows(IllegalStateException.class,
                    () -> frontEnd.open(link.transport(), link.dma(), link.waiting(LIMIT_MS)));
                assertTrue(e.getMessage().startsWith("device has a driver already, made by thread \"" +
                    Thread.currentThread().getName() + "\": "), e::getMessage);
                assertEquals(used, link.usedBytes());
                frontEnd.use(driver);
            }
            frontEnd.open(link.transport(), link.dma(), link.waiting(LIMIT_MS)).close();
        }
        close(device);
    }

    @ParameterizedTest
    @EnumSource
    void shouldLetTheDeviceGoWhateverKeepsADriverFromBeingMade(final FrontEnd frontEnd) throws Exception
    {
        final VirtioDevice device = frontEnd.device();
        try (Linked link = new Linked(device))
        {
            final long used = link.usedBytes();
            final VirtioTransport withoutQueues = at("enableQueue", link.transport(), () ->
            {
                throw new OutOfMemoryError("no more");
            });
            assertThrows(OutOfMemoryError.class,
                () -> frontEnd.open(withoutQueues, link.dma(), link.waiting(LIMIT_MS)));
            assertEquals(used, link.usedBytes());
            frontEnd.open(link.transport(), link.dma(), link.waiting(LIMIT_MS)).close();
        }
        close(device);
    }

    /** Something comes before a call of the transport. */
    private static VirtioTransport at(final String name, final VirtioTransport transport, final Runnable before)
    {
        return (VirtioTransport)Proxy.newProxyInstance(
            VirtioTransport.class.getClassLoader(), new Class<?>[]{VirtioTransport.class}, (proxy, method, values) ->
            {
                if (name.equals(method.getName()))
                {
                    before.run();
                }
                return method.invoke(transport, values);
            });
    }

    /** One thread uses the driver, and the device does not work before the other one has called. */
    private void overlap(final FrontEnd frontEnd, final Overlap overlap) throws Exception
    {
        final VirtioDevice device = frontEnd.device();
        try (Linked link = new Linked(device);
            AutoCloseable driver = frontEnd.open(link.transport(), link.dma(), link.waiting(LIMIT_MS)))
        {
            link.settle();
            frontEnd.use(driver);
            link.meanwhile(this::standStill);
            final Thread user = new Thread(() -> frontEnd.use(driver), USER);
            user.setUncaughtExceptionHandler((thread, e) -> error.set(e));
            user.start();
            isWaiting.await();
            try
            {
                overlap.call(driver, link);
            }
            finally
            {
                isEnough.countDown();
                user.join();
            }
            assertNull(error.get(), () -> error.get().toString());
            // One thread after another is fine.
            frontEnd.use(driver);
        }
        close(device);
    }

    private void standStill()
    {
        isWaiting.countDown();
        try
        {
            // The other one is not to be here at all: it fails and does not hang if it is.
            if (USER.equals(Thread.currentThread().getName()))
            {
                isEnough.await();
            }
        }
        catch (final InterruptedException e)
        {
            throw new AssertionError(e);
        }
    }

    private static void assertRefused(final Executable call)
    {
        final IllegalStateException e = assertThrows(IllegalStateException.class, call);
        assertTrue(e.getMessage().contains(" is used by two threads at once: thread \"" +
            Thread.currentThread().getName() + "\" ") && e.getMessage().contains(" while thread \"" + USER + "\" "),
            e::getMessage);
    }

    private static void close(final VirtioDevice device) throws Exception
    {
        if (device instanceof final AutoCloseable closeable)
        {
            closeable.close();
        }
    }
}
