/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os.testing;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Another user of this machine, in no group that matters: a thread whose files are nobody's ({@code setfsuid(2)}, which
 * is the thread's own in Linux). Only root can play it.
 */
public final class OtherUser
{
    private static final int NOBODY = 65534;
    private static final MethodHandle SYSCALL = Linker.nativeLinker().downcallHandle(
        Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
        FunctionDescriptor.of(
            ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG),
        Linker.Option.firstVariadicArg(1));

    private static final boolean IS_AMD64 = "amd64".equals(System.getProperty("os.arch"));
    private static final long SETFSUID = IS_AMD64 ? 122 : 151;
    private static final long SETFSGID = IS_AMD64 ? 123 : 152;
    private static final long SETGROUPS = IS_AMD64 ? 116 : 159;

    private OtherUser()
    {
    }

    /**
     * Whether this process may become somebody else.
     *
     * @return true for root with its capabilities.
     */
    public static boolean canBe()
    {
        return onThread(OtherUser::become);
    }

    /**
     * Do something as the other user.
     *
     * @param what is done, on a thread of its own.
     * @param <T>  of its result.
     * @return what it returned.
     * @throws AssertionError if it threw anything, which is the cause.
     */
    public static <T> T call(final Callable<T> what)
    {
        return onThread(() ->
        {
            assertTrue(become());
            return what.call();
        });
    }

    private static <T> T onThread(final Callable<T> what)
    {
        final FutureTask<T> task = new FutureTask<>(what);
        try
        {
            Thread.ofPlatform().name("other-user").start(task).join();
            return task.get();
        }
        catch (final InterruptedException | ExecutionException e)
        {
            throw new AssertionError(e);
        }
    }

    /** By system calls: the functions of the C library would change all threads. */
    private static boolean become()
    {
        try
        {
            final long groups = (long)SYSCALL.invokeExact(SETGROUPS, 0L, 0L);
            final long group = (long)SYSCALL.invokeExact(SETFSGID, (long)NOBODY, 0L);
            final long user = (long)SYSCALL.invokeExact(SETFSUID, (long)NOBODY, 0L);
            // Each returns what was before, whatever it did: a second call tells what the first one has done.
            return 0 == groups && NOBODY == (long)SYSCALL.invokeExact(SETFSGID, (long)NOBODY, 0L) &&
                NOBODY == (long)SYSCALL.invokeExact(SETFSUID, (long)NOBODY, 0L);
        }
        catch (final Throwable t)
        {
            throw new AssertionError(t);
        }
    }
}
