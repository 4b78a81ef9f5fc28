/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.memory.Window;
import io.bouncedma.pool.PoolClient;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.LongAdder;

/**
 * Zeroed memory inside a pool that both VMs use in place, for rings and the like. Closing it gives the memory back;
 * the device must not use it any more by then.
 */
public final class CoherentBuffer implements AutoCloseable
{
    private final PoolBinding binding;
    private final PoolClient client;
    private final long block;
    private final long busAddress;
    /** In this process. Not asked of the view, which its user may wrap around anything. */
    private final long address;
    private final int length;
    private final UnsafeBuffer view;
    private final ZeroCopyMappings mappings;
    private final LongAdder closings;
    private boolean closed;

    CoherentBuffer(
        final PoolBinding binding,
        final long block,
        final int length,
        final ZeroCopyMappings mappings,
        final LongAdder closings)
    {
        this.mappings = mappings;
        this.closings = closings;
        this.binding = binding;
        client = binding.client();
        this.block = block;
        this.length = length;
        busAddress = client.busAddress(block);
        address = client.address(block);
        view = new UnsafeBuffer(address, length);
        client.clear(block, 0, client.size(block));
    }

    /**
     * The name of the buffer's first byte in a register or descriptor.
     *
     * @return the bus address.
     */
    public long busAddress()
    {
        return busAddress;
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
     * The window that the buffer lies in.
     *
     * @return the pool's.
     */
    public Window window()
    {
        return client.pool().window();
    }

    /**
     * The buffer's bytes, for ordered accesses of 16 bits.
     *
     * @return memory that dies with the window.
     */
    public MemorySegment memory()
    {
        return window().memory(window().offsetOf(busAddress), length);
    }

    /**
     * Give the memory back; a second call does nothing, and neither does one after the pool was closed. Mappings that
     * another device has of it are not looked at.
     *
     * @throws IllegalStateException if the device has a mapping of a part of it, in place or bounced; it stays open
     *                               then.
     */
    @Override
    public synchronized void close()
    {
        if (!closed)
        {
            if (!binding.isGone())
            {
                mappings.requireNone(busAddress, address, length);
                client.free(block);
                closings.increment();
            }
            closed = true;
        }
    }
}
