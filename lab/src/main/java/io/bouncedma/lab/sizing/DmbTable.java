/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

import io.bouncedma.lab.sizing.DeviceDemand.Element;

import java.util.List;

/**
 * The arithmetic that the proposed VIRTIO_F_DMB gives to who sizes the region of a device, number by number
 * ({@code Documentation/driver-api/virtio/dmb.rst} of the patches, "Sizing the region" and "Sizing the region for
 * several virtqueues"): everything is counted in pages of 4 KiB, for Linux's drivers with INDIRECT_DESC.
 * <p>
 * It counts one worst-case frame for each transmit queue, while a trace has transmit queues full; and it knows nothing
 * of what runs of pages can not be had of a region with as many free ones.
 */
public final class DmbTable
{
    /** Bytes that everything is a multiple of. */
    public static final int PAGE = LinuxDrivers.PAGE;

    private DmbTable()
    {
    }

    /**
     * Pages that a network card needs while its receive queues are full.
     *
     * @param rings   of its rings, the control queue's taken for as large as the others.
     * @param receive of its receive buffers.
     * @param others  of a worst-case frame for each transmit queue, and of a command.
     */
    public record NetPages(long rings, long receive, long others)
    {
        /**
         * All of them, {@code work_slots}.
         *
         * @return pages.
         */
        public long total()
        {
            return rings + receive + others;
        }

        /**
         * All of them.
         *
         * @return MiB.
         */
        public double mebibytes()
        {
            return (double)total() * PAGE / (1 << 20);
        }
    }

    /**
     * The rows of the table.
     *
     * @param pairs       of queues.
     * @param depth       descriptors of each.
     * @param isMergeable whether the device offers MRG_RXBUF; otherwise a receive buffer is for the longest packet.
     * @return the pages.
     */
    public static NetPages net(final int pairs, final int depth, final boolean isMergeable)
    {
        final long ring = Math.ceilDiv(RingMemory.split(depth), PAGE);
        // An skb's head and fragments, and a table: MAX_SKB_FRAGS + 3.
        final long frame = LinuxDrivers.MAX_SKB_FRAGS + 3;
        return new NetPages(
            (2L * pairs + 1) * ring,
            (long)pairs * depth * pages(LinuxDrivers.netReceive(depth, NetQueues.USUAL_MTU, isMergeable)),
            pairs * frame + pages(LinuxDrivers.netCommand()));
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
        final DeviceDemand demand = DriverModel.LINUX.demand("blk", blk);
        final long rings = demand.coherent().stream().mapToLong(
            each -> (long)each.count() * Math.ceilDiv(each.bytes(), PAGE)).sum();
        return (1 + rings + (long)blk.queues() * blk.depth() * pages(LinuxDrivers.blkRead(blk.request()))) * PAGE;
    }

    /** {@code slots(request)}: each element for itself. */
    private static long pages(final List<Element> elements)
    {
        return elements.stream().mapToLong(element -> Math.ceilDiv(element.bytes(), PAGE)).sum();
    }
}
