/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.PoolClient;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One device's side of one pool.
 *
 * @param client  what the device may have there.
 * @param number  place of this binding in the device's handles.
 * @param view    the pool's memory.
 * @param address of the first byte of the view.
 */
record PoolBinding(PoolClient<MappingRecord> client, int number, UnsafeBuffer view, long address)
{
    /**
     * The device's handle for a block of the pool.
     */
    long mapping(final long block)
    {
        return block | (long)number << PoolClient.USER_SHIFT;
    }

    /**
     * The pool's handle for a mapping.
     */
    long block(final long mapping)
    {
        return mapping & ~((long)PoolBindings.MAX_BINDINGS - 1 << PoolClient.USER_SHIFT);
    }
}
