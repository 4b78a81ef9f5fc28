/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.BouncePool;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What is known about one mapping, all of it private memory. Reused from mapping to mapping, so that mapping allocates
 * nothing.
 */
final class MappingRecord
{
    private static final byte[] NOTHING = new byte[0];

    /** The caller's buffer; wrapping it keeps the array or {@code ByteBuffer} behind it alive. */
    final UnsafeBuffer original = new UnsafeBuffer(NOTHING);
    final int index;
    BouncePool pool;
    long block;
    int length;
    Direction direction;
    /** Odd while mapped, even while free: one more at each map and unmap. */
    int generation;

    MappingRecord(final int index)
    {
        this.index = index;
    }

    boolean isLive()
    {
        return 0 != (generation & 1);
    }

    void forget()
    {
        original.wrap(NOTHING);
        pool = null;
        direction = null;
    }
}
