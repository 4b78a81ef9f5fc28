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

    private static final int TO_DEVICE = 1;
    private static final int FROM_DEVICE = 2;
    private static final Direction[] DIRECTIONS =
        {null, Direction.TO_DEVICE, Direction.FROM_DEVICE, Direction.BIDIRECTIONAL};

    /** The array or byte buffer that the caller's bytes are in or that keeps them alive. */
    private Object holder;
    /** The array, or null for memory outside the heap. */
    private Object array;
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
        final Object arrayOrNull,
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
        ways = (direction.isToDevice() ? TO_DEVICE : 0) | (direction.isFromDevice() ? FROM_DEVICE : 0);
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
        return DIRECTIONS[ways];
    }

    boolean isToDevice()
    {
        return 0 != (ways & TO_DEVICE);
    }

    boolean isFromDevice()
    {
        return 0 != (ways & FROM_DEVICE);
    }

    Object array()
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
        final Object from, final long fromAddress, final Object to, final long toAddress, final int bytes)
    {
        int done = 0;
        while (done < bytes)
        {
            final int chunk = Math.min(COPY_CHUNK, bytes - done);
            UnsafeApi.copyMemory(from, fromAddress + done, to, toAddress + done, chunk);
            done += chunk;
        }
    }
}
