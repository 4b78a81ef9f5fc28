/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices;

import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.VirtioDevice;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.VirtioTransport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A device that breaks the protocol at any step of being set up: the front-end says so, and gives back what it took.
 */
class FailingSetUpTest
{
    private static final int LIMIT_MS = TestLimits.millis(60_000);
    private static final int MANY_CALLS = 1_000;

    /** How a transport fails once it was called so often. */
    private static final class Failing
    {
        final VirtioException failure = new VirtioException("back-end sent what nobody asked for");
        private final VirtioTransport to;
        private final boolean isForGood;
        private int left;

        Failing(final VirtioTransport to, final int calls, final boolean isForGood)
        {
            this.to = to;
            this.isForGood = isForGood;
            left = calls;
        }

        boolean hasFailed()
        {
            return left < 0;
        }

        VirtioTransport transport()
        {
            return (VirtioTransport)Proxy.newProxyInstance(
                VirtioTransport.class.getClassLoader(), new Class<?>[] {VirtioTransport.class}, this::call);
        }

        private Object call(final Object proxy, final Method method, final Object[] args) throws Throwable
        {
            left--;
            if (-1 == left || left < 0 && isForGood)
            {
                throw failure;
            }
            try
            {
                return method.invoke(to, args);
            }
            catch (final InvocationTargetException e)
            {
                throw e.getCause();
            }
        }
    }

    /** A connection that broke fails with the same exception again when the front-end resets the device. */
    @ParameterizedTest
    @EnumSource
    void shouldTellWhyWhenTheDeviceCanNotEvenBeReset(final FrontEnd frontEnd) throws Exception
    {
        int calls = 0;
        while (!opens(frontEnd, calls, true))
        {
            calls++;
        }
        assertTrue(calls > 8, "set up in " + calls + " calls");
    }

    @ParameterizedTest
    @EnumSource
    void shouldGiveEverythingBackWhenTheDeviceIsReset(final FrontEnd frontEnd) throws Exception
    {
        int calls = 0;
        while (!opens(frontEnd, calls, false))
        {
            calls++;
        }
        assertTrue(calls > 8, "set up in " + calls + " calls");
    }

    /** Else every field reads as zero, and the one that is looked at first is blamed. */
    @Test
    void shouldTellThatADiskHasNoConfiguration()
    {
        final VirtioDevice device = FrontEnd.BLOCK.device();
        try (Linked link = new Linked(device))
        {
            final VirtioTransport to = link.transport();
            final VirtioTransport without = (VirtioTransport)Proxy.newProxyInstance(
                VirtioTransport.class.getClassLoader(), new Class<?>[] {VirtioTransport.class},
                (proxy, method, args) -> "hasConfig".equals(method.getName()) ? false : method.invoke(to, args));
            final VirtioException e = assertThrows(VirtioException.class,
                () -> FrontEnd.BLOCK.open(without, link.dma(), link.waiting(LIMIT_MS)));
            assertTrue(e.getMessage().startsWith("device has no configuration"), e.getMessage());
        }
    }

    private static void close(final AutoCloseable driver, final boolean isForGood) throws Exception
    {
        try
        {
            driver.close();
        }
        catch (final VirtioException e)
        {
            if (isForGood)
            {
                throw e;
            }
            driver.close();
        }
    }

    private boolean opens(final FrontEnd frontEnd, final int calls, final boolean isForGood) throws Exception
    {
        assertTrue(calls < MANY_CALLS, "no end of calls");
        final VirtioDevice device = frontEnd.device();
        final Linked link = new Linked(device);
        final Failing failing = new Failing(link.transport(), calls, isForGood);
        boolean isReset = true;
        try
        {
            close(frontEnd.open(failing.transport(), link.dma(), link.waiting(LIMIT_MS)), isForGood);
        }
        catch (final VirtioException e)
        {
            assertEquals(failing.failure.getMessage(), e.getMessage(), "at call " + calls);
            isReset = !isForGood;
        }
        if (isReset)
        {
            assertEquals(0, link.usedBytes(), "at call " + calls);
            link.close();
        }
        else
        {
            // The device may use it still.
            link.abandon();
        }
        if (device instanceof final AutoCloseable closeable)
        {
            closeable.close();
        }
        return !failing.hasFailed();
    }
}
