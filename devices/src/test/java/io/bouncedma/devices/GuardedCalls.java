/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices;

import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.devices.blk.BlkQueue;
import io.bouncedma.devices.caif.CaifEnd;
import io.bouncedma.devices.console.ConsoleDriver;
import io.bouncedma.devices.console.DriverPort;
import io.bouncedma.devices.entropy.RngDriver;
import io.bouncedma.devices.net.NetCommands;
import io.bouncedma.devices.net.NetDriver;
import io.bouncedma.virtio.ThreadGuard;
import io.bouncedma.virtio.VirtioDriver;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Every public method of what only one thread may use at a time: each is refused while another thread is inside, and
 * by itself, before it has done anything, not by what it calls later.
 */
public final class GuardedCalls
{
    /** A sector: lengths are checked before anything else. */
    private static final int LENGTH = 512;

    /** What is not refused: it looks at something that does not change or at a figure, or it waits for its turn. */
    private static final Map<Class<?>, Set<String>> FREE = Map.of(
        VirtioDriver.class, Set.of("features", "requireConfig"),
        BlkDriver.class, Set.of("features", "limits", "capacity", "isReadOnly", "isWriteBack", "writeBack",
            "queueCount", "queue", "inFlight", "attend"),
        BlkQueue.class, Set.of("maxLength", "inFlight", "completed", "ringStatistics", "describeInFlight"),
        NetDriver.class, Set.of("features", "pairs", "mtu", "inFlight", "sent", "received", "faults", "commands"),
        NetCommands.class, Set.of(),
        RngDriver.class, Set.of("inFlight", "emptyAnswers", "ringStatistics"),
        ConsoleDriver.class, Set.of("maxPorts", "port", "refusedControls", "lastRefusal"),
        DriverPort.class, Set.of("id", "isAdded", "name", "isConsole", "isHostOpen", "cols", "rows"),
        CaifEnd.class, Set.of("ring", "isFlowOn", "state", "fault", "sent", "received", "refused", "flowOffs"));

    private GuardedCalls()
    {
    }

    /**
     * Call them all by this thread.
     *
     * @param type   which has the methods.
     * @param target in which another thread is.
     * @param inside what that thread is called.
     */
    public static void assertRefused(final Class<?> type, final Object target, final String inside)
    {
        final Set<String> free = FREE.get(type);
        final Method[] methods = Stream.of(type.getDeclaredMethods()).filter((method) ->
            Modifier.isPublic(method.getModifiers()) && !Modifier.isStatic(method.getModifiers()) &&
            !method.isSynthetic() && !free.contains(method.getName())).toArray(Method[]::new);
        assertTrue(methods.length > 0);
        for (final Method method : methods)
        {
            final Throwable e = assertThrows(InvocationTargetException.class,
                () -> method.invoke(target, Stream.of(method.getParameterTypes()).map(GuardedCalls::value).toArray()),
                method::toString).getCause();
            final String message = method + ": " + e;
            assertTrue(e instanceof IllegalStateException && e.getMessage().contains(
                " is used by two threads at once: thread \"" + Thread.currentThread().getName() + "\" ") &&
                e.getMessage().contains(" while thread \"" + inside + "\" "), message);
            assertEquals(method.getName(), entered(type, e.getStackTrace()), message);
        }
    }

    /** Which method came in: the one that was called, or what does the work of it and others. */
    private static String entered(final Class<?> type, final StackTraceElement[] trace)
    {
        final String[] names = Arrays.stream(trace).takeWhile((frame) -> frame.getClassName().startsWith("io."))
            .filter((frame) -> !ThreadGuard.class.getName().equals(frame.getClassName()) &&
                !frame.getMethodName().matches("enter|enterToClose"))
            .map((frame) -> frame.getMethodName().replaceFirst("^lambda\\$(\\w+)\\$\\d+$", "$1")).distinct()
            .toArray(String[]::new);
        final boolean isPrivate = Stream.of(type.getDeclaredMethods()).anyMatch((method) ->
            method.getName().equals(names[0]) && !Modifier.isPublic(method.getModifiers()));
        return isPrivate && 2 == names.length ? names[1] : names[0];
    }

    private static Object value(final Class<?> type)
    {
        return int.class == type ? Integer.valueOf(LENGTH) :
            long.class == type ? Long.valueOf(1) :
            boolean.class == type ? Boolean.TRUE :
            byte[].class == type ? new byte[2 * LENGTH] :
            type.isAssignableFrom(UnsafeBuffer.class) ? new UnsafeBuffer(new byte[2 * LENGTH]) : null;
    }
}
