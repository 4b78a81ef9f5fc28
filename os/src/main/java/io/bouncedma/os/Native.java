/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * How a libc function becomes a method handle, and how its errno is read.
 * <p>
 * Every handle but the plain ones takes the thread's errno capture segment as its first argument. No handle is linked
 * as {@code critical}: a thread that blocks in one would stop every safepoint.
 */
final class Native
{
    static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    static final MemoryLayout POINTER = ValueLayout.ADDRESS;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LIBC = LINKER.defaultLookup();
    private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final ThreadLocal<MemorySegment> STATE =
        ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(CAPTURE));
    private static final MethodHandle STRERROR = LINKER.downcallHandle(
        LIBC.findOrThrow("strerror"), FunctionDescriptor.of(ValueLayout.ADDRESS, INT));

    private Native()
    {
    }

    static MethodHandle link(final String name, final MemoryLayout result, final MemoryLayout... arguments)
    {
        return LINKER.downcallHandle(
            LIBC.findOrThrow(name),
            FunctionDescriptor.of(result, arguments),
            Linker.Option.captureCallState("errno"));
    }

    static MethodHandle linkVariadic(
        final String name, final int firstVariadic, final MemoryLayout result, final MemoryLayout... arguments)
    {
        return LINKER.downcallHandle(
            LIBC.findOrThrow(name),
            FunctionDescriptor.of(result, arguments),
            Linker.Option.firstVariadicArg(firstVariadic),
            Linker.Option.captureCallState("errno"));
    }

    /**
     * The number of a system call that glibc has no wrapper for: part of the kernel's ABI.
     *
     * @param amd64   number there.
     * @param generic number in {@code asm-generic/unistd.h}, which newer machines use.
     * @return for this machine; -1 if it is none of those, and then {@code syscall(2)} says ENOSYS.
     */
    static long systemCall(final long amd64, final long generic)
    {
        return switch (System.getProperty("os.arch"))
        {
            case "amd64" -> amd64;
            case "aarch64", "riscv64" -> generic;
            default -> -1;
        };
    }

    /**
     * A handle that keeps no errno. One that does makes a slice of the capture segment at each call, which the compiler
     * gets rid of mostly, not always.
     */
    static MethodHandle linkPlain(final String name, final MemoryLayout result, final MemoryLayout... arguments)
    {
        return LINKER.downcallHandle(LIBC.findOrThrow(name), FunctionDescriptor.of(result, arguments));
    }

    /**
     * As {@link #linkPlain}, of a function with variable arguments.
     */
    static MethodHandle linkVariadicPlain(
        final String name, final int firstVariadic, final MemoryLayout result, final MemoryLayout... arguments)
    {
        return LINKER.downcallHandle(
            LIBC.findOrThrow(name),
            FunctionDescriptor.of(result, arguments),
            Linker.Option.firstVariadicArg(firstVariadic));
    }

    /**
     * The calling thread's segment that a call leaves its errno in.
     *
     * @return the first argument of every handle.
     */
    static MemorySegment state()
    {
        return STATE.get();
    }

    /**
     * Why the calling thread's last failed call failed. Meaningful only right after a call that returned -1.
     *
     * @return the errno.
     */
    static int errno()
    {
        return (int)ERRNO.get(STATE.get(), 0L);
    }

    static ErrnoException failure(final String call, final String arguments)
    {
        final int errno = errno();
        return new ErrnoException(call, errno, text(errno), arguments);
    }

    /**
     * A downcall handle declares {@code Throwable} but only ever throws unchecked.
     *
     * @param thrown by {@code invokeExact}.
     * @return never: it throws.
     */
    static RuntimeException unexpected(final Throwable thrown)
    {
        if (thrown instanceof RuntimeException e)
        {
            throw e;
        }
        if (thrown instanceof Error e)
        {
            throw e;
        }
        throw new IllegalStateException(thrown);
    }

    private static String text(final int errno)
    {
        try
        {
            return ((MemorySegment)STRERROR.invokeExact(errno)).reinterpret(1024).getString(0);
        }
        catch (final Throwable t)
        {
            throw unexpected(t);
        }
    }
}
