/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.Owner;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.MemorySegment;

/**
 * Zeroed memory inside a pool that both VMs use in place, for rings and the like. Closing it gives the memory back;
 * the device must not use it any more by then.
 */
public final class CoherentBuffer implements AutoCloseable
{
    private final BouncePool pool;
    private final long block;
    private final Owner owner;
    private final int length;
    private final UnsafeBuffer view;
    private boolean closed;

    CoherentBuffer(final BouncePool pool, final long block, final Owner owner, final int length)
    {
        this.pool = pool;
        this.block = block;
        this.owner = owner;
        this.length = length;
        view = new UnsafeBuffer(pool.view(), pool.indexOf(block), length);
        pool.view().setMemory(pool.indexOf(block), BouncePool.blockSize(length), (byte)0);
    }

    /**
     * The name of the buffer's first byte in a register or descriptor.
     *
     * @return the bus address.
     */
    public long busAddress()
    {
        return pool.busAddress(block);
    }

    /**
     * The buffer's size.
     *
     * @return bytes, as asked for.
     */
    public int length()
    {
        return length;
    }

    /**
     * The buffer's bytes.
     *
     * @return a view that is valid until the buffer is closed.
     */
    public UnsafeBuffer view()
    {
        return view;
    }

    /**
     * The buffer's bytes, for ordered accesses of 16 bits.
     *
     * @return memory that dies with the region.
     */
    public MemorySegment memory()
    {
        return pool.region().memory(pool.region().offsetOf(busAddress()), length);
    }

    @Override
    public synchronized void close()
    {
        if (!closed)
        {
            closed = true;
            pool.free(block, owner);
        }
    }
}
