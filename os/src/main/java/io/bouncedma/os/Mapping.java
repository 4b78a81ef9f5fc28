/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A range of this process's virtual addresses into which pieces of files are placed, in any order.
 * <p>
 * The range is first reserved without access, so that a stray access between two pieces faults instead of hitting
 * something else. {@link #close()} invalidates every {@link MemorySegment} taken from it before the pages go: late
 * users see an {@link IllegalStateException} and no crash. Views built from the raw address (Agrona buffers) have no
 * such protection, so whoever hands them out must outlive them.
 */
public final class Mapping implements AutoCloseable
{
    /** Pages are of this many bytes; places, offsets and lengths are multiples of it. */
    public static final int PAGE_SIZE = 4096;

    private static final MethodHandle MMAP = Native.link("mmap", Native.LONG,
        Native.LONG, Native.LONG, Native.INT, Native.INT, Native.INT, Native.LONG);
    private static final MethodHandle MUNMAP = Native.link("munmap", Native.INT, Native.LONG, Native.LONG);

    private static final int PROT_NONE = 0;
    private static final int MAP_SHARED = 1;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_FIXED = 0x10;
    private static final int MAP_ANONYMOUS = 0x20;
    private static final int MAP_NORESERVE = 0x4000;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private boolean closed;

    private Mapping(final long address, final long length)
    {
        memory = MemorySegment.ofAddress(address).reinterpret(length, arena, Mapping::unmap);
        LiveResources.MAPPINGS.increment();
    }

    /**
     * Reserve virtual addresses; nothing in them can be accessed until {@link #place} puts a file there.
     *
     * @param length bytes, a positive multiple of {@link #PAGE_SIZE}.
     * @return the reservation, to be closed by the caller.
     * @throws IllegalArgumentException if the length is not such a multiple.
     * @throws ErrnoException           if there is no room.
     */
    public static Mapping reserve(final long length)
    {
        requireLength(length);
        return new Mapping(
            mmap(0, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0, "reservation"), length);
    }

    /**
     * Map a range of one file, shared with every other process that maps it.
     *
     * @param fd       of the file; it may be closed afterwards.
     * @param fdOffset of the first byte in the file, a multiple of {@link #PAGE_SIZE}, and of a file of huge pages a
     *                 multiple of their size ({@link Fd#blockSize()}).
     * @param length   bytes, a positive multiple of the same.
     * @param access   what to allow.
     * @return the mapping, to be closed by the caller. What lies beyond the file's end must not be touched.
     * @throws IllegalArgumentException if a number is no multiple of {@link #PAGE_SIZE}.
     * @throws ErrnoException           if Linux refuses.
     */
    public static Mapping map(final Fd fd, final long fdOffset, final long length, final Access access)
    {
        requirePages("fdOffset", fdOffset);
        requireLength(length);
        // Without a reservation: Linux picks an address that suits huge pages.
        return new Mapping(
            mmap(0, length, access.protection(), MAP_SHARED, fd.value(), fdOffset, fd.toString()), length);
    }

    /**
     * Map a file from its start.
     *
     * @param fd     of the file; it may be closed afterwards.
     * @param length bytes from its start, a positive multiple of {@link #PAGE_SIZE}.
     * @param access what to allow.
     * @return the mapping, to be closed by the caller.
     */
    public static Mapping map(final Fd fd, final long length, final Access access)
    {
        return map(fd, 0, length, access);
    }

    /**
     * Put a piece of a file, shared, into the reservation. What was there before is replaced.
     *
     * @param at       bytes from the start of the reservation.
     * @param fd       of the file.
     * @param fdOffset bytes from the start of the file.
     * @param length   bytes.
     * @param access   what to allow.
     * @return the memory of the piece alone; it dies with this mapping.
     * @throws IllegalArgumentException if a number is no multiple of {@link #PAGE_SIZE} or the piece does not fit.
     * @throws ErrnoException           EACCES or EPERM if the descriptor or a seal does not allow the access.
     */
    public MemorySegment place(
        final long at, final Fd fd, final long fdOffset, final long length, final Access access)
    {
        requirePages("at", at);
        requirePages("fdOffset", fdOffset);
        requirePages("length", length);
        final MemorySegment piece = memory.asSlice(at, length);
        mmap(piece.address(), length, access.protection(), MAP_SHARED | MAP_FIXED, fd.value(), fdOffset, fd.toString());
        return Access.READ_ONLY == access ? piece.asReadOnly() : piece;
    }

    /**
     * The whole range.
     *
     * @return memory that dies with this mapping; parts without a file fault.
     */
    public MemorySegment memory()
    {
        return memory;
    }

    /**
     * Invalidate the segments and return the addresses; a second call does nothing.
     *
     * @throws IllegalStateException if a native call of another thread uses a segment; then the mapping stays open.
     */
    @Override
    public synchronized void close()
    {
        if (!closed)
        {
            // Throws if a segment is in a native call; then all stays as it is, to be closed again.
            arena.close();
            closed = true;
            LiveResources.MAPPINGS.decrement();
        }
    }

    private static void requireLength(final long length)
    {
        requirePages("length", length);
        if (0 == length)
        {
            throw new IllegalArgumentException("length must be positive: length=0");
        }
    }

    private static void requirePages(final String name, final long value)
    {
        if (value < 0 || 0 != value % PAGE_SIZE)
        {
            throw new IllegalArgumentException(
                name + " must be a multiple of the page size: " + name + "=" + value + ", pageSize=" + PAGE_SIZE);
        }
    }

    private static long mmap(
        final long address,
        final long length,
        final int protection,
        final int flags,
        final int fd,
        final long offset,
        final String what)
    {
        try
        {
            final long result = (long)MMAP.invokeExact(
                Native.state(), address, length, protection, flags, fd, offset);
            if (-1 == result)
            {
                throw Native.failure("mmap", "length=" + length + ", protection=" + protection +
                    ", flags=" + flags + ", fd=" + what + ", offset=" + offset);
            }
            return result;
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }

    private static void unmap(final MemorySegment memory)
    {
        try
        {
            if (0 != (int)MUNMAP.invokeExact(Native.state(), memory.address(), memory.byteSize()))
            {
                throw Native.failure("munmap", "length=" + memory.byteSize());
            }
        }
        catch (final Throwable t)
        {
            throw Native.unexpected(t);
        }
    }
}
