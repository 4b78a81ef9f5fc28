/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.devices.blk.BlkDriver;
import io.bouncedma.dma.Direction;
import io.bouncedma.dma.DmaDevice;
import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.transport.msgq.emulation.EmulatedHypervisor;
import io.bouncedma.transport.msgq.emulation.WindowLayout;
import io.bouncedma.virtio.Features;

/**
 * Which pool sizes can work, found by trying: the pool's own rules are the only ones.
 */
final class PoolSize
{
    private static final int MINIMUM = 4 * Extent.ALIGNMENT;
    /** Of a pool in a window of its own. */
    private static final long MAXIMUM = BouncePool.MAX_LENGTH;
    /** Of one that an emulated hypervisor describes, in 32 bits. */
    private static final int EMULATED_MAXIMUM = 1 << 30;

    private PoolSize()
    {
    }

    /**
     * Check a size by itself.
     *
     * @param size that the user gave.
     * @return bytes.
     * @throws UsageException if no window can have such a pool.
     */
    static long require(final ByteSize size)
    {
        return require(size, MAXIMUM, "");
    }

    /**
     * Check a size for an emulated hypervisor.
     *
     * @param size that the user gave.
     * @return bytes.
     * @throws UsageException if no window of one can have such a pool.
     */
    static int requireEmulated(final ByteSize size)
    {
        return (int)require(size, EMULATED_MAXIMUM, " with an emulated hypervisor");
    }

    private static long require(final ByteSize size, final long maximum, final String where)
    {
        final long bytes = size.bytes();
        if (bytes < MINIMUM || bytes > maximum || 0 != bytes % Extent.ALIGNMENT)
        {
            throw new UsageException("--pool " + bytes + " can not be" + where + "; give a multiple of " +
                Extent.ALIGNMENT + " bytes from " + ByteSize.describe(MINIMUM) + " to " + ByteSize.describe(maximum));
        }
        return bytes;
    }

    /**
     * Check that a pool holds the rings and one request.
     *
     * @param poolLength    bytes.
     * @param ring          features of the rings.
     * @param queueSize     descriptors of a ring.
     * @param queues        rings.
     * @param requestLength bytes of data in one request.
     * @throws UsageException telling the smallest size that works, if this one does not.
     */
    static void requireRoom(
        final long poolLength, final Features ring, final int queueSize, final int queues, final int requestLength)
    {
        if (fits(poolLength, ring, queueSize, queues, requestLength))
        {
            return;
        }
        // By halves, since each trial takes as long as such a request: what a pool holds, a larger one holds, too.
        long tooSmall = poolLength;
        long smallest = Math.min(2 * poolLength, MAXIMUM);
        while (smallest < MAXIMUM && !fits(smallest, ring, queueSize, queues, requestLength))
        {
            tooSmall = smallest;
            smallest = Math.min(2 * smallest, MAXIMUM);
        }
        while (smallest - tooSmall > Extent.ALIGNMENT)
        {
            final long middle = tooSmall + (smallest - tooSmall) / 2 / Extent.ALIGNMENT * Extent.ALIGNMENT;
            if (fits(middle, ring, queueSize, queues, requestLength))
            {
                smallest = middle;
            }
            else
            {
                tooSmall = middle;
            }
        }
        throw new UsageException("--pool " + poolLength + " is smaller than one request of " + requestLength +
            " bytes beside " + (1 == queues ? "a queue" : queues + " queues") + " of " + queueSize +
            " descriptors; give at least --pool " + smallest);
    }

    private static boolean fits(
        final long poolLength, final Features ring, final int queueSize, final int queues, final int requestLength)
    {
        final long length = WindowLayout.POOL_OFFSET + poolLength;
        try (Fd memory = Memfd.create("bounce-dma-trial", length);
            Window window = MemfdWindow.map("trial", memory,
                WindowLayout.extents(EmulatedHypervisor.SECONDARY, length), BusAddressing.offset()))
        {
            final BouncePool pool = new BouncePool("trial", window, WindowLayout.POOL_OFFSET, poolLength);
            try
            {
                return fits(new DmaDevice("trial", PoolSet.of(pool)), ring, queueSize, queues, requestLength);
            }
            finally
            {
                pool.abandon();
            }
        }
    }

    /** What it takes is not given back: it goes with the pool. */
    private static boolean fits(
        final DmaDevice dma, final Features ring, final int queueSize, final int queues, final int requestLength)
    {
        for (int i = 0; i < queues; i++)
        {
            if (null == dma.allocateCoherent(BlkDriver.ringLength(ring, queueSize), 1) ||
                null == dma.allocateCoherent(BlkDriver.controlLength(ring, queueSize), 1))
            {
                return false;
            }
        }
        return dma.map(new byte[requestLength], 0, requestLength, Direction.TO_DEVICE) >= 0;
    }
}
