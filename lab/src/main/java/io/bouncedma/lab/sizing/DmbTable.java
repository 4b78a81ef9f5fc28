/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

import io.bouncedma.lab.sizing.DeviceDemand.Blocks;
import io.bouncedma.lab.sizing.DeviceDemand.Chains;
import io.bouncedma.lab.sizing.DeviceDemand.Life;

import java.util.List;

/**
 * The arithmetic that the proposed VIRTIO_F_DMB gives to who sizes the region of a device
 * ({@code Documentation/driver-api/virtio/dmb.rst} of the patches, "Sizing the region" and "Sizing the region for
 * several virtqueues"), number by number, for Linux's drivers with INDIRECT_DESC and pages of 4 KiB. Counted by another
 * allocator than {@link SizedAllocator#DMB} it says what that one would take for the same.
 * <p>
 * It counts one worst-case frame for each transmit queue, where a trace has full transmit queues, and knows nothing of
 * runs of pages that can not be had of a region with as many free ones.
 */
public final class DmbTable
{
    /** Bytes that everything is a multiple of. */
    public static final int PAGE = LinuxDrivers.PAGE;
    /** The rows of the table, and the one that is told of below it. */
    public static final List<Row> ROWS = List.of(
        new Row(1, 256, true), new Row(4, 256, true), new Row(8, 256, true), new Row(8, 256, false),
        new Row(8, 1024, true), new Row(16, 1024, true), new Row(32, 1024, true), new Row(64, 1024, true));

    private DmbTable()
    {
    }

    /**
     * A network card.
     *
     * @param pairs       of queues.
     * @param depth       descriptors of each.
     * @param isMergeable whether the device offers MRG_RXBUF; otherwise a receive buffer is for the longest packet.
     */
    public record Row(int pairs, int depth, boolean isMergeable)
    {
        /**
         * What the table counts: rings, the control queue's taken for as large as the others; full receive queues
         * ({@code rx_fill}); a worst-case frame for each transmit queue ({@code tx_min}); a command ({@code ctrl}).
         *
         * @param allocator of the pool.
         * @return the parts, of which the last has both.
         */
        public PoolParts parts(final SizedAllocator allocator)
        {
            return PoolParts.of(allocator, List.of(new DeviceDemand("net",
                List.of(new Blocks(RingMemory.split(depth), 2 * pairs + 1)),
                List.of(
                    new Chains(LinuxDrivers.netReceive(depth, NetQueues.USUAL_MTU, isMergeable), pairs, depth,
                        Life.IN_ORDER, true),
                    new Chains(LinuxDrivers.netWorstFrame(), pairs, 1, Life.IN_ORDER, false),
                    new Chains(LinuxDrivers.netCommand(), 1, 1, Life.IN_ORDER, false)))));
        }
    }

    /**
     * The least region of a block device: a page at offset zero, which is never handed out, then for each queue its
     * ring and the longest request as often as it has descriptors.
     *
     * @param blk the device.
     * @return bytes.
     */
    public static long blk(final BlkQueues blk)
    {
        return PAGE + PoolParts.of(SizedAllocator.DMB, List.of(DriverModel.LINUX.demand("blk", blk))).total();
    }
}
