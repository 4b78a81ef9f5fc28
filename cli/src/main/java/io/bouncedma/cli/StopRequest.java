/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Hears when this process is asked to end, and lets it close what it has open before it does.
 * <p>
 * SIGTERM and SIGINT are taken from the JVM: it would end with 128 and the number of the signal, whatever the process
 * made of its last moment. The service ends by itself instead, with 0 if nothing went wrong. The second one is the
 * JVM's again and ends the process where it is. SIGHUP, and an exit for another reason, stay the JVM's from the first
 * one on: they too wait for the service, but say how it ended. Agrona's {@code ShutdownSignalBarrier} does that for all
 * signals, so that the code would never be 0.
 */
final class StopRequest implements AutoCloseable
{
    /** Whoever asks a process to end waits about that long before he makes it. */
    private static final int LIMIT_MS = 10_000;
    private static final int TELL_LIMIT_MS = 500;
    private static final List<String> SIGNALS = List.of("TERM", "INT");

    private final CountDownLatch ended = new CountDownLatch(1);
    private final ExitHook hook;
    /** By signal, what was done about it before. */
    private final Map<Object, Object> handlers = new LinkedHashMap<>();
    private volatile boolean isAsked;

    /**
     * From now on until it is closed.
     *
     * @param log gets a line on each signal that can not be taken.
     * @throws StoppedException if the process is ending already.
     */
    StopRequest(final Consumer<String> log)
    {
        hook = new ExitHook("stop", this::onExit);
        SIGNALS.forEach((signal) -> take(signal, log));
    }

    /** Whether the process is to end. Any thread. */
    boolean isAsked()
    {
        return isAsked;
    }

    /** All is closed: the process may end. */
    @Override
    public void close()
    {
        ended.countDown();
        giveBack();
        hook.close();
    }

    private void onSignal()
    {
        isAsked = true;
        giveBack();
        if (!awaitEnd())
        {
            System.exit(Main.EXIT_FAILED);
        }
    }

    private void onExit()
    {
        // Asked before: whoever asks again does not want to wait.
        if (!isAsked)
        {
            isAsked = true;
            awaitEnd();
        }
    }

    private boolean awaitEnd()
    {
        try
        {
            if (ended.await(LIMIT_MS, TimeUnit.MILLISECONDS))
            {
                return true;
            }
            sayLate();
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    /**
     * By a thread of its own: a standard error that nobody reads may be what the stop waits for. No event: whoever
     * writes those may be what it waits for, too.
     */
    private static void sayLate() throws InterruptedException
    {
        final Thread teller = new Thread(
            () -> System.err.println("bounce-dma: stopping took more than " + LIMIT_MS + " ms"), "stop-late");
        teller.start();
        teller.join(TELL_LIMIT_MS);
    }

    /**
     * The JDK has a class for signals and keeps it (JEP 260), but its compiler warns of every use of it that is not by
     * reflection.
     */
    private synchronized void take(final String name, final Consumer<String> log)
    {
        try
        {
            final Object signal = Class.forName("sun.misc.Signal").getConstructor(String.class).newInstance(name);
            final Class<?> type = Class.forName("sun.misc.SignalHandler");
            final Object handler = Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type},
                (proxy, method, arguments) ->
                {
                    onSignal();
                    return null;
                });
            handlers.put(signal, handle().invoke(null, signal, handler));
        }
        catch (final InvocationTargetException e)
        {
            log.accept("SIG" + name + " stays the JVM's, and ends this process with another code than 0: " +
                e.getCause().getMessage());
        }
        catch (final ReflectiveOperationException e)
        {
            throw new IllegalStateException(e);
        }
    }

    private synchronized void giveBack()
    {
        handlers.forEach((signal, handler) ->
        {
            try
            {
                handle().invoke(null, signal, handler);
            }
            catch (final ReflectiveOperationException e)
            {
                throw new IllegalStateException(e);
            }
        });
    }

    private static Method handle() throws ReflectiveOperationException
    {
        return Class.forName("sun.misc.Signal").getMethod(
            "handle", Class.forName("sun.misc.Signal"), Class.forName("sun.misc.SignalHandler"));
    }
}
