/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * {@code struct iovec} of one part, to read or write without waiting even if somebody else who has the same file sets
 * it to block: {@code preadv2(2)} and {@code pwritev2(2)} with {@code RWF_NOWAIT}. What they return is as Linux does.
 */
final class IoVector
{
    private static final MethodHandle READ_NOW = Native.link(
        "preadv2", Native.LONG, Native.INT, Native.POINTER, Native.INT, Native.LONG, Native.INT);
    private static final MethodHandle TRY_READ = Native.linkPlain(
        "preadv2", Native.LONG, Native.INT, Native.POINTER, Native.INT, Native.LONG, Native.INT);
    private static final MethodHandle WRITE_NOW = Native.link(
        "pwritev2", Native.LONG, Native.INT, Native.POINTER, Native.INT, Native.LONG, Native.INT);
    private static final int RWF_NOWAIT = 8;
    /** What tells both that there is no position. */
    private static final long NO_OFFSET = -1;
    private static final int LENGTH = 16;

    private final MemorySegment vector;

    IoVector(final SegmentAllocator allocator, final MemorySegment part)
    {
        vector = allocator.allocate(LENGTH, Long.BYTES);
        vector.set(ValueLayout.ADDRESS, 0, part);
        vector.set(Native.LONG, Long.BYTES, part.byteSize());
    }

    /** As {@link #readNow}, for the hot path: nothing is allocated, and nothing says why it failed. */
    long tryRead(final Fd fd)
    {
        try
        {
            return (long)TRY_READ.invokeExact(fd.value(), vector, 1, NO_OFFSET, RWF_NOWAIT);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    long readNow(final Fd fd)
    {
        try
        {
            return (long)READ_NOW.invokeExact(Native.state(), fd.value(), vector, 1, NO_OFFSET, RWF_NOWAIT);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    long writeNow(final Fd fd)
    {
        try
        {
            return (long)WRITE_NOW.invokeExact(Native.state(), fd.value(), vector, 1, NO_OFFSET, RWF_NOWAIT);
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }
}
