/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.invoke.MethodHandle;

/**
 * A memory barrier on all threads of this process at once ({@code membarrier(2)}, private expedited).
 * <p>
 * It moves the whole cost of an exclusion between a frequent and a rare party to the rare one: the frequent party only
 * has to keep its accesses in program order.
 */
public final class Membarrier
{
    private static final MethodHandle SYSCALL =
        Native.linkVariadic("syscall", 1, Native.LONG, Native.LONG, Native.LONG, Native.LONG, Native.LONG);

    private static final long PRIVATE_EXPEDITED = 1 << 3;
    private static final long REGISTER_PRIVATE_EXPEDITED = 1 << 4;
    private static final long NUMBER = Native.systemCall(324, 283);
    private static final boolean AVAILABLE = 0 == call(REGISTER_PRIVATE_EXPEDITED);

    private Membarrier()
    {
    }

    /**
     * Whether this kernel has it and lets this process use it; some container policies do not.
     *
     * @return true if {@link #barrier()} works.
     */
    public static boolean isAvailable()
    {
        return AVAILABLE;
    }

    /**
     * Make every thread of this process pass a full memory barrier before this returns. Takes 0.2 to some
     * microseconds, as it interrupts the processors that run other threads of the process.
     *
     * @throws ErrnoException        if the kernel refuses.
     * @throws IllegalStateException if it is not {@linkplain #isAvailable() available}.
     */
    public static void barrier()
    {
        if (!AVAILABLE)
        {
            throw new IllegalStateException("membarrier is not available: architecture=" +
                System.getProperty("os.arch"));
        }
        if (0 != call(PRIVATE_EXPEDITED))
        {
            throw Native.failure("membarrier", "command=PRIVATE_EXPEDITED");
        }
    }

    private static long call(final long command)
    {
        try
        {
            return (long)SYSCALL.invokeExact(Native.state(), NUMBER, command, 0L, 0L);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }
}
