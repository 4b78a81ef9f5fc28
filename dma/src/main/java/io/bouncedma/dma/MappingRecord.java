/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.Block;

/**
 * What is known about one mapping beside its block, all of it private memory. Used again for the next mapping that the
 * block serves, so that mapping allocates nothing.
 */
final class MappingRecord extends Block
{
    /** What keeps the caller's bytes alive if they are outside the heap, see {@link PrivateMemory}. */
    private Object holder;
    /** The array, or null for memory outside the heap; typed, as the JVM checks what it copies from otherwise. */
    private byte[] array;
    /** Where the caller's bytes begin: counted from the array object, or an address. */
    private long original;
    /** Where the mapping's bytes begin in this process. */
    private long shared;
    private long busAddress;
    /** Keeps the caller's bytes if they lie in a pool, see {@link ZeroCopyMappings#pin}; 0 if they do not. */
    private long pin;
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

    long pin()
    {
        return pin;
    }

    /** Note a pin, or 0 when it ends: {@link #set} leaves it as it is. */
    void pin(final long handle)
    {
        pin = handle;
    }

    /** Copy a part, which must be inside the mapping, into its pool. */
    void copyToPool(final PoolBinding binding, final int offset, final int bytes)
    {
        PrivateMemory.copyToPool(array, holder, original + offset, binding, shared + offset, bytes);
    }

    /** Copy a part, which must be inside the mapping, out of its pool. */
    void copyFromPool(final PoolBinding binding, final int offset, final int bytes)
    {
        PrivateMemory.copyFromPool(array, holder, original + offset, binding, shared + offset, bytes);
    }

    /** Have no length, as the sign that nothing is mapped. */
    void end()
    {
        length = 0;
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
}
