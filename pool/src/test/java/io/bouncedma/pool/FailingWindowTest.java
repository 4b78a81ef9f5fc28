/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.WideWindow;
import io.bouncedma.memory.Window;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A window of somebody's own that throws: what a pool has begun by then is undone, and what it was about to end has
 * ended.
 */
class FailingWindowTest
{
    private static final int PAGE = Extent.ALIGNMENT;

    private final Window memory = WideWindow.open(4 * PAGE);
    private final List<String> calls = new ArrayList<>();
    /** The name and how many arguments, of the method that throws. */
    private String failing = "";
    private final Window window = (Window)Proxy.newProxyInstance(
        Window.class.getClassLoader(), new Class<?>[]{Window.class}, (proxy, method, arguments) ->
            call(method, arguments));

    @AfterEach
    void close()
    {
        memory.close();
    }

    @Test
    void shouldShareNothingIfItCanNotBeScrubbed()
    {
        failing = "memory 2";
        assertThrows(UnsupportedOperationException.class, () -> new BouncePool("pool", window, PAGE, PAGE, true));
        assertEquals(List.of("share", "unshare"), calls);
    }

    @Test
    void shouldLetTheWindowGoIfItCanNotBeUnshared()
    {
        final BouncePool pool = new BouncePool("pool", window, PAGE, PAGE);
        failing = "unshare 2";
        assertThrows(UnsupportedOperationException.class, pool::close);
        failing = "";
        assertTrue(pool.isClosed());
        new BouncePool("pool", window, PAGE, PAGE).close();
    }

    private Object call(final Method method, final Object... arguments) throws Throwable
    {
        final String name = method.getName();
        if (name.endsWith("share"))
        {
            calls.add(name);
        }
        if (failing.equals(name + " " + method.getParameterCount()))
        {
            throw new UnsupportedOperationException(name);
        }
        try
        {
            return method.invoke(memory, arguments);
        }
        catch (final InvocationTargetException e)
        {
            throw e.getCause();
        }
    }
}
