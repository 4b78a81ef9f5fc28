/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os.testing;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * What this process takes from the permissions of files that it makes ({@code umask(2)}), until it is closed.
 */
public final class Umask implements AutoCloseable
{
    private static final MethodHandle UMASK = Linker.nativeLinker().downcallHandle(
        Linker.nativeLinker().defaultLookup().findOrThrow("umask"),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private final int before;

    /**
     * Take them.
     *
     * @param mask bits, 0 to 0777.
     */
    public Umask(final int mask)
    {
        before = set(mask);
    }

    @Override
    public void close()
    {
        set(before);
    }

    private static int set(final int mask)
    {
        try
        {
            return (int)UMASK.invokeExact(mask);
        }
        catch (final Throwable t)
        {
            throw new AssertionError(t);
        }
    }
}
