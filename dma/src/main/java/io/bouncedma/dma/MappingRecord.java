/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.Block;
import org.agrona.UnsafeApi;

/**
 * What is known about one mapping beside its block, all of it private memory. Used again for the next mapping that the
 * block serves, so that mapping allocates nothing.
 */
final class MappingRecord extends Block
{
    /**
     * Copies are made in pieces of this many bytes: the JVM can not stop for a safepoint within one.
     */
    private static final int COPY_CHUNK = 1 << 20;

    /** The array or byte buffer that the caller's bytes are in or that keeps them alive. */
    private Object holder;
    /** The array, or null for memory outside the heap; typed, as the JVM checks what it copies from otherwise. */
    private byte[] array;
    /** Where the caller's bytes begin: counted from the array object, or an address. */
    private long original;
    /** Where the mapping's bytes begin in this process. */
    private long shared;
    private long busAddress;
    private int length;
    private int ways;

    /**
     * Note a mapping. The parts are checked: whoever calls this has seen that the caller's buffer and the pool's block
     * have so many bytes.
     */
    void set(
        final long sharedAddress,
        final long bus,
        final byte[] arrayOrNull,
        final Object keptAlive,
        final long originalAddress,
        final int bytes,
        final Direction direction)
    {
        shared = sharedAddress;
        busAddress = bus;
        array = arrayOrNull;
        if (keptAlive != holder)
        {
            holder = keptAlive;
        }
        original = originalAddress;
        length = bytes;
        ways = direction.ways();
    }

    long busAddress()
    {
        return busAddress;
    }

    int length()
    {
        return length;
    }

    Direction direction()
    {
        return Direction.of(ways);
    }

    boolean isToDevice()
    {
        return Direction.isToDevice(ways);
    }

    boolean isFromDevice()
    {
        return Direction.isFromDevice(ways);
    }

    byte[] array()
    {
        return array;
    }

    long originalAddress()
    {
        return original;
    }

    /** Copy a part, which must be inside the mapping, into the pool. */
    void copyToPool(final int offset, final int bytes)
    {
        copy(array, original + offset, null, shared + offset, bytes);
    }

    /** Copy a part, which must be inside the mapping, out of the pool. */
    void copyFromPool(final int offset, final int bytes)
    {
        copy(null, shared + offset, array, original + offset, bytes);
    }

    /** Let the caller's buffer go. */
    @Override
    protected void forget()
    {
        array = null;
        if (null != holder)
        {
            holder = null;
        }
    }

    static void copy(
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
}
