/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.UnsafeApi;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Copies between a caller's memory and a pool's.
 * <p>
 * The caller's memory is a <em>source</em>, which keeps it alive while it is mapped, and an address in it:
 * <ul>
 * <li>a {@code byte[]}; the address is counted from the array object, as Unsafe does;</li>
 * <li>a {@link ByteBuffer} outside the heap: that which a caller has handed in, or the one below an Agrona buffer, as
 * that is a flyweight, wrapped around other memory at any time; the address is one of this process;</li>
 * <li>a {@link MemorySegment}; the address is one of this process, or counted from the first element of its array;</li>
 * <li>anything else: an Agrona buffer around an address. It keeps nothing alive, but may be of a class that does.</li>
 * </ul>
 * Byte buffers and segments copy their memory themselves, as they look whether its {@link java.lang.foreign.Arena} is
 * open and keep it from being closed meanwhile; a copy by address would go to whoever has the address now.
 */
final class PrivateMemory
{
    /**
     * Copies are made in pieces of this many bytes: the JVM can not stop for a safepoint within one.
     */
    private static final int COPY_CHUNK = 1 << 20;

    private PrivateMemory()
    {
    }

    /** The source of what an Agrona buffer is wrapped around outside the heap. */
    static Object sourceOf(final DirectBuffer buffer)
    {
        final ByteBuffer below = buffer.byteBuffer();
        return null == below ? buffer : below;
    }

    /** Whether the address is one of this process. */
    static boolean isOffHeap(final Object source)
    {
        return !(source instanceof byte[]) && !(source instanceof final MemorySegment segment && !segment.isNative());
    }

    /** Whose low bits a minimum alignment preserves. */
    static long low(final Object source, final long address)
    {
        return source instanceof byte[] ? address - BufferUtil.ARRAY_BASE_OFFSET : address;
    }

    /**
     * By what two mappings of the same memory are known to be that: the array; null outside the heap. A read-only
     * segment of an array of anything but bytes tells its array to nobody, and stands for itself.
     */
    static Object identity(final Object source)
    {
        if (source instanceof final MemorySegment segment && !segment.isNative())
        {
            return segment.heapBase().orElseGet(() -> arrayBelow(segment));
        }
        return source instanceof byte[] ? source : null;
    }

    private static Object arrayBelow(final MemorySegment segment)
    {
        try
        {
            return BufferUtil.array(segment.asSlice(0, 1).asByteBuffer());
        }
        catch (final UnsupportedOperationException e)
        {
            // Only an array of bytes can be below a byte buffer.
            return segment;
        }
    }

    static boolean isWritable(final DirectBuffer buffer)
    {
        return buffer instanceof MutableDirectBuffer &&
            (null == buffer.byteBuffer() || !buffer.byteBuffer().isReadOnly());
    }

    /**
     * Copy into a pool.
     *
     * @param index where to in the pool.
     * @throws RuntimeException if the memory is that of an arena which is closed or another thread's.
     */
    static void copyToPool(
        final Object source, final long address, final PoolBinding binding, final long index, final int bytes)
    {
        if (source instanceof final byte[] array)
        {
            copy(array, address, null, binding.address() + index, bytes);
        }
        else if (source instanceof final ByteBuffer buffer)
        {
            if (index + bytes > binding.memory().capacity())
            {
                copy(MemorySegment.ofBuffer(whole(buffer)), address - BufferUtil.address(buffer), binding.segment(),
                    index, bytes);
                return;
            }
            copy(buffer, (int)(address - BufferUtil.address(buffer)), binding.memory(), (int)index, bytes);
        }
        else if (source instanceof final MemorySegment segment)
        {
            copy(segment, address - segment.address(), binding.segment(), index, bytes);
        }
        else
        {
            copy((byte[])null, address, null, binding.address() + index, bytes);
        }
    }

    /**
     * Copy out of a pool.
     *
     * @param index where from in the pool.
     * @throws RuntimeException if the memory is that of an arena which is closed or another thread's.
     */
    static void copyFromPool(
        final Object source, final long address, final PoolBinding binding, final long index, final int bytes)
    {
        if (source instanceof final byte[] array)
        {
            copy(null, binding.address() + index, array, address, bytes);
        }
        else if (source instanceof final ByteBuffer buffer)
        {
            if (index + bytes > binding.memory().capacity())
            {
                copy(binding.segment(), index, MemorySegment.ofBuffer(whole(buffer)),
                    address - BufferUtil.address(buffer), bytes);
                return;
            }
            copy(binding.memory(), (int)index, buffer, (int)(address - BufferUtil.address(buffer)), bytes);
        }
        else if (source instanceof final MemorySegment segment)
        {
            copy(binding.segment(), index, segment, address - segment.address(), bytes);
        }
        else
        {
            copy((byte[])null, binding.address() + index, null, address, bytes);
        }
    }

    private static void copy(
        final byte[] from, final long fromAddress, final byte[] to, final long toAddress, final int bytes)
    {
        int done = 0;
        while (bytes - done > COPY_CHUNK)
        {
            UnsafeApi.copyMemory(from, fromAddress + done, to, toAddress + done, COPY_CHUNK);
            done += COPY_CHUNK;
        }
        UnsafeApi.copyMemory(from, fromAddress + done, to, toAddress + done, bytes - done);
    }

    private static void copy(
        final ByteBuffer from, final int fromIndex, final ByteBuffer to, final int toIndex, final int bytes)
    {
        final ByteBuffer source = whole(from, fromIndex + bytes);
        final ByteBuffer target = whole(to, toIndex + bytes);
        int done = 0;
        while (bytes - done > COPY_CHUNK)
        {
            target.put(toIndex + done, source, fromIndex + done, COPY_CHUNK);
            done += COPY_CHUNK;
        }
        target.put(toIndex + done, source, fromIndex + done, bytes - done);
    }

    private static void copy(
        final MemorySegment from, final long fromIndex, final MemorySegment to, final long toIndex, final int bytes)
    {
        int done = 0;
        while (bytes - done > COPY_CHUNK)
        {
            MemorySegment.copy(from, fromIndex + done, to, toIndex + done, COPY_CHUNK);
            done += COPY_CHUNK;
        }
        MemorySegment.copy(from, fromIndex + done, to, toIndex + done, bytes - done);
    }

    /** A buffer whose limit is not before an end: the caller's own limit does not count. */
    private static ByteBuffer whole(final ByteBuffer buffer, final int end)
    {
        return end <= buffer.limit() ? buffer : whole(buffer);
    }

    private static ByteBuffer whole(final ByteBuffer buffer)
    {
        return buffer.duplicate().clear();
    }
}
