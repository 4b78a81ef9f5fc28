/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.UnsafeApi;

import java.nio.ByteBuffer;

/**
 * Copies between a caller's memory and a pool's.
 * <p>
 * The caller's memory is an address, counted from an array if there is one, and a <em>holder</em> that keeps it alive
 * while it is mapped. The holder of an Agrona buffer's memory is the byte buffer below it, for an Agrona buffer is a
 * flyweight, wrapped around other memory at any time. Memory of a byte buffer is copied by the byte buffer, which looks
 * whether its {@link java.lang.foreign.Arena} is open and keeps it from being closed meanwhile; a copy by address would
 * go to whoever has the address now.
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

    /**
     * What keeps the memory of an Agrona buffer alive: nothing else can if it wraps an address, but the buffer may be
     * of a class that owns it.
     */
    static Object holderOf(final DirectBuffer buffer)
    {
        final ByteBuffer below = buffer.byteBuffer();
        return null == below ? buffer : below;
    }

    static boolean isWritable(final DirectBuffer buffer)
    {
        return buffer instanceof MutableDirectBuffer &&
            (null == buffer.byteBuffer() || !buffer.byteBuffer().isReadOnly());
    }

    /**
     * Copy into a pool.
     *
     * @throws RuntimeException if the memory is that of an arena which is closed or another thread's.
     */
    static void copyToPool(
        final byte[] array,
        final Object holder,
        final long address,
        final PoolBinding binding,
        final long shared,
        final int bytes)
    {
        if (holder instanceof final ByteBuffer buffer)
        {
            final int index = (int)(address - BufferUtil.address(buffer));
            copy(buffer, index, binding.memory(), binding.index(shared), bytes);
        }
        else
        {
            copy(array, address, null, shared, bytes);
        }
    }

    /**
     * Copy out of a pool.
     *
     * @throws RuntimeException if the memory is that of an arena which is closed or another thread's.
     */
    static void copyFromPool(
        final byte[] array,
        final Object holder,
        final long address,
        final PoolBinding binding,
        final long shared,
        final int bytes)
    {
        if (holder instanceof final ByteBuffer buffer)
        {
            final int index = (int)(address - BufferUtil.address(buffer));
            copy(binding.memory(), binding.index(shared), buffer, index, bytes);
        }
        else
        {
            copy(null, shared, array, address, bytes);
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

    /** A buffer whose limit is not before an end: the caller's own limit does not count. */
    private static ByteBuffer whole(final ByteBuffer buffer, final int end)
    {
        return end <= buffer.limit() ? buffer : buffer.duplicate().clear();
    }
}
