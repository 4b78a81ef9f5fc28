/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Sets a bit of a word that other processes change too, atomically, where the file under it may be cut at any moment.
 * <p>
 * The kernel does it ({@code futex(2)}, FUTEX_WAKE_OP with FUTEX_OP_OR), and says EFAULT where there is no page. An
 * atomic access of the JVM ends the process there as long as it is interpreted. It costs a system call, so whoever
 * wants a bit looks first whether it is set.
 */
public final class SharedBits
{
    private static final MethodHandle SYSCALL = Native.linkVariadic("syscall", 1, Native.LONG,
        Native.LONG, Native.POINTER, Native.LONG, Native.LONG, Native.LONG, Native.POINTER, Native.LONG);

    private static final long NUMBER = Native.systemCall(202, 98);
    /** FUTEX_WAKE_OP for waiters of this process, of whom there are none. */
    private static final long WAKE_OP_PRIVATE = 5 | 128;
    /** FUTEX_OP_OR, with the bit's number as its argument (FUTEX_OP_OPARG_SHIFT). */
    private static final int OR_SHIFTED = 2 | 8;
    private static final int OPERATION_SHIFT = 28;
    private static final int ARGUMENT_SHIFT = 12;

    private SharedBits()
    {
    }

    /**
     * Set a bit.
     *
     * @param memory outside the heap.
     * @param offset of the word of 32 bits, whose address is aligned.
     * @param bit    0 to 31, counted in the processor's order of bytes.
     * @throws ErrnoException            EFAULT if the file under the memory has become shorter.
     * @throws IndexOutOfBoundsException if the word is not in the memory, or has no such bit.
     */
    public static void set(final MemorySegment memory, final long offset, final int bit)
    {
        final MemorySegment word = memory.asSlice(offset, Integer.BYTES);
        if (bit < 0 || bit >= Integer.SIZE)
        {
            throw new IndexOutOfBoundsException("a word has no such bit: bit=" + bit);
        }
        final long operation = (long)OR_SHIFTED << OPERATION_SHIFT | (long)bit << ARGUMENT_SHIFT;
        try
        {
            if ((long)SYSCALL.invokeExact(Native.state(), NUMBER, word, WAKE_OP_PRIVATE, 0L, 0L, word, operation) < 0)
            {
                throw Native.failure("futex", "FUTEX_WAKE_OP, offset=" + offset + ", bit=" + bit);
            }
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }
}
