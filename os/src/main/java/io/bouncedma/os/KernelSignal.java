/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Lets the kernel itself signal an event counter. A write to a counter waits if it is full and its file says so, and
 * both is up to whoever has it too; a signal of the kernel never does.
 * <p>
 * The kernel signals a counter when an asynchronous read ends ({@code io_submit(2)} with {@code IOCB_FLAG_RESFD}). The
 * read here is one of no byte, of the counter itself: it ends before the call returns, with an error that nobody looks
 * at. Any thread.
 */
final class KernelSignal
{
    private static final MethodHandle SYSCALL = Native.linkVariadic("syscall", 1, Native.LONG, Native.LONG, Native.LONG,
        Native.LONG, Native.LONG, Native.POINTER, Native.POINTER);
    /** io_submit, once for each doorbell, and io_getevents, at times: nothing may be allocated. */
    private static final MethodHandle SUBMIT = Native.linkVariadicPlain("syscall", 1, Native.LONG,
        Native.LONG, Native.LONG, Native.LONG, Native.POINTER);
    private static final MethodHandle TAKE = Native.linkVariadicPlain("syscall", 1, Native.LONG,
        Native.LONG, Native.LONG, Native.LONG, Native.LONG, Native.POINTER, Native.POINTER);

    /** Ended reads that the kernel keeps until they are taken. */
    private static final long MAX_EVENTS = 128;
    private static final int EVENT_LENGTH = 32;
    /** {@code struct iocb}, all zero but for these: IOCB_CMD_PREAD is 0, and so is the length. */
    private static final int IOCB_LENGTH = 64;
    private static final int FILDES_OFFSET = 20;
    private static final int FLAGS_OFFSET = 56;
    private static final int RESFD_OFFSET = 60;
    private static final int IOCB_FLAG_RESFD = 1;

    private static final long IO_SETUP = Native.systemCall(206, 0);
    private static final long IO_SUBMIT = Native.systemCall(209, 2);
    private static final long IO_GETEVENTS = Native.systemCall(208, 4);

    private static final MemorySegment EVENTS = Arena.global().allocate(MAX_EVENTS * EVENT_LENGTH, Long.BYTES);
    private static final long CONTEXT = context();

    private final MemorySegment list = Arena.ofAuto().allocate(Long.BYTES, Long.BYTES);
    private final MemorySegment block = Arena.ofAuto().allocate(IOCB_LENGTH, Long.BYTES);

    private KernelSignal(final int counter)
    {
        block.set(Native.INT, FILDES_OFFSET, counter);
        block.set(Native.INT, FLAGS_OFFSET, IOCB_FLAG_RESFD);
        block.set(Native.INT, RESFD_OFFSET, counter);
        list.set(Native.LONG, 0, block.address());
    }

    /**
     * Prepare to signal a counter.
     *
     * @param counter an open event counter.
     * @return for this counter; null if the kernel can not, or does not let this process.
     */
    static KernelSignal of(final int counter)
    {
        return 0 == CONTEXT ? null : new KernelSignal(counter);
    }

    /**
     * Add one, if there is room. The counter must be open still.
     *
     * @throws ErrnoException if the kernel refuses.
     */
    void signal()
    {
        while (!trySubmit())
        {
            // As many reads have ended as the kernel keeps; another thread's may fill the room again.
            takeEvents();
            if (trySubmit() || 1 == call(IO_SUBMIT, CONTEXT, 1, list.address(), MemorySegment.NULL))
            {
                return;
            }
            if (Errno.EAGAIN != Native.errno())
            {
                throw Native.failure("io_submit", "fd=" + block.get(Native.INT, RESFD_OFFSET));
            }
        }
    }

    private boolean trySubmit()
    {
        try
        {
            return 1 == (long)SUBMIT.invokeExact(IO_SUBMIT, CONTEXT, 1L, list);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    private static void takeEvents()
    {
        try
        {
            final long ignored =
                (long)TAKE.invokeExact(IO_GETEVENTS, CONTEXT, 0L, MAX_EVENTS, EVENTS, MemorySegment.NULL);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    private static long context()
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment context = arena.allocate(Long.BYTES, Long.BYTES);
            return 0 == call(IO_SETUP, MAX_EVENTS, context.address(), 0, MemorySegment.NULL) ?
                context.get(Native.LONG, 0) : 0;
        }
    }

    private static long call(
        final long number, final long first, final long second, final long third, final MemorySegment fourth)
    {
        try
        {
            return (long)SYSCALL.invokeExact(Native.state(), number, first, second, third, fourth, MemorySegment.NULL);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }
}
