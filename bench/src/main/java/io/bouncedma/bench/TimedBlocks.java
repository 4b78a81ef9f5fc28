/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.pool.PoolClient;

/**
 * Something to take and give back, each call timed.
 */
interface TimedBlocks
{
    /** The longest that is asked for, in bytes. */
    int LONGEST = 512;

    /**
     * Take one.
     *
     * @param length bytes, up to {@link #LONGEST}, or more if only one length is asked for.
     * @return its handle, or a negative code.
     */
    long take(int length);

    /**
     * Give one back.
     *
     * @param handle of one that was taken.
     */
    void give(long handle);

    /**
     * The blocks of a client.
     */
    static TimedBlocks of(final PoolClient client, final CallTimer timer, final TailCounters tails)
    {
        final CallTail allocate = tails.of(TailCall.ALLOCATE);
        final CallTail free = tails.of(TailCall.FREE);
        return new TimedBlocks()
        {
            @Override
            public long take(final int length)
            {
                timer.begin();
                final long block = client.allocate(length);
                timer.end(allocate);
                return block;
            }

            @Override
            public void give(final long handle)
            {
                timer.begin();
                client.free(handle);
                timer.end(free);
            }
        };
    }

    /**
     * The mappings of a device, half of them for it to read and half for it to write.
     */
    static TimedBlocks of(final DmaDevice dma, final CallTimer timer, final TailCounters tails, final byte[] buffer)
    {
        final CallTail map = tails.of(TailCall.MAP);
        final CallTail unmap = tails.of(TailCall.UNMAP);
        return new TimedBlocks()
        {
            private boolean toDevice;

            @Override
            public long take(final int length)
            {
                toDevice = !toDevice;
                final Direction direction = toDevice ? Direction.TO_DEVICE : Direction.FROM_DEVICE;
                timer.begin();
                final long mapping = dma.map(buffer, 0, length, direction);
                timer.end(map);
                return mapping;
            }

            @Override
            public void give(final long handle)
            {
                timer.begin();
                dma.unmap(handle);
                timer.end(unmap);
            }
        };
    }
}
