/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A device's mapping handles: a pool's block handle, with the device and the number of the pool put in.
 * <pre>
 * mapping:  0ddddddd dddd | nnnnnn | gggg gggggggg gggggggg | pp pppppppp pppppppp pppppppp
 *           device        | pool   | generation             | piece of the pool
 * block:    generation in the upper, piece in the lower 32 bits
 * </pre>
 */
final class MappingHandle
{
    /** The pool number of a mapping that is in no pool of its own: a zero-copy mapping. */
    static final int ZERO_COPY = PoolBindings.MAX_BINDINGS - 1;

    private static final int DEVICE_SHIFT = 52;
    private static final int POOL_SHIFT = 46;
    private static final int GENERATION_SHIFT = 26;
    private static final int MAX_DEVICES = 1 << 11;
    private static final int GENERATION_MASK = (1 << 20) - 1;
    private static final int PIECE_MASK = (1 << 26) - 1;
    private static final AtomicInteger NEXT_DEVICE = new AtomicInteger();

    private final long device = 1 + NEXT_DEVICE.getAndIncrement() % (MAX_DEVICES - 1L);

    long of(final int pool, final long block)
    {
        return device << DEVICE_SHIFT | (long)pool << POOL_SHIFT | block >>> 32 << GENERATION_SHIFT | (int)block;
    }

    boolean isOwn(final long mapping)
    {
        return mapping >>> DEVICE_SHIFT == device;
    }

    static int pool(final long mapping)
    {
        return (int)(mapping >>> POOL_SHIFT) & PoolBindings.MAX_BINDINGS - 1;
    }

    static long block(final long mapping)
    {
        return (mapping >>> GENERATION_SHIFT & GENERATION_MASK) << 32 | mapping & PIECE_MASK;
    }
}
