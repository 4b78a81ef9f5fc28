/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices;

import io.bouncedma.os.TestLimits;
import io.bouncedma.virtio.PeerGoneException;
import io.bouncedma.virtio.TimeLimitException;
import io.bouncedma.virtio.VirtioDevice;
import io.bouncedma.virtio.VirtioException;
import io.bouncedma.virtio.VirtioTransport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A front-end is closed while the device has buffers of it: they are given back once the device can not use them any
 * more, and not before.
 */
class FrontEndCloseTest
{
    private static final int LIMIT_MS = TestLimits.millis(60_000);

    /** What comes of a reset; null for a device that answers. */
    private VirtioException atReset;
    private int resets;
    private long usedAtReset;

    @ParameterizedTest
    @EnumSource
    void shouldGiveBuffersBackOnlyWhenTheDeviceIsReset(final FrontEnd frontEnd) throws Exception
    {
        final VirtioDevice device = frontEnd.device();
        try (Linked link = new Linked(device))
        {
            final AutoCloseable driver = openWithBuffers(frontEnd, link);
            final long used = link.usedBytes();
            atReset = new TimeLimitException("device does not answer");
            for (int i = 0; i < 2; i++)
            {
                assertThrows(TimeLimitException.class, driver::close);
                assertEquals(used, link.usedBytes(), "given back though the device may use it");
            }
            atReset = null;
            driver.close();
            assertEquals(used, usedAtReset, "given back before the device was reset");
            assertEquals(0, link.usedBytes());
            final int before = resets;
            driver.close();
            assertEquals(before, resets);
        }
        close(device);
    }

    @ParameterizedTest
    @EnumSource
    void shouldGiveBuffersBackWhenTheBackendIsGone(final FrontEnd frontEnd) throws Exception
    {
        final VirtioDevice device = frontEnd.device();
        try (Linked link = new Linked(device))
        {
            final AutoCloseable driver = openWithBuffers(frontEnd, link);
            atReset = new PeerGoneException("back-end is gone");
            driver.close();
            assertEquals(0, link.usedBytes());
            driver.close();
        }
        close(device);
    }

    private AutoCloseable openWithBuffers(final FrontEnd frontEnd, final Linked link)
    {
        final AutoCloseable driver = frontEnd.open(transport(link), link.dma(), link.waiting(LIMIT_MS));
        link.settle();
        frontEnd.use(driver);
        // As the device does not work from here on, it has what it is given now.
        final long idle = link.usedBytes();
        assertTrue(frontEnd.submit(driver));
        assertTrue(link.usedBytes() > idle);
        return driver;
    }

    private VirtioTransport transport(final Linked link)
    {
        return (VirtioTransport)Proxy.newProxyInstance(
            VirtioTransport.class.getClassLoader(), new Class<?>[] {VirtioTransport.class}, (proxy, method, args) ->
            {
                if ("reset".equals(method.getName()))
                {
                    resets++;
                    usedAtReset = link.usedBytes();
                    if (null != atReset)
                    {
                        throw atReset;
                    }
                }
                try
                {
                    return method.invoke(link.transport(), args);
                }
                catch (final InvocationTargetException e)
                {
                    throw e.getCause();
                }
            });
    }

    private static void close(final VirtioDevice device) throws Exception
    {
        if (device instanceof final AutoCloseable closeable)
        {
            closeable.close();
        }
    }
}
