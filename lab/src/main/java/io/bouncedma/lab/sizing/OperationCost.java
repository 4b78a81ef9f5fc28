/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

import io.bouncedma.lab.sizing.DeviceDemand.Element;

import java.util.List;

/**
 * What one operation of a Linux driver takes of a pool, beside what it carries.
 *
 * @param name     of the operation.
 * @param carried  bytes that it is about; of a frame with the header that goes with it in one buffer.
 * @param elements that are mapped for it.
 */
public record OperationCost(String name, int carried, List<Element> elements)
{
    private static final int SHORT_FRAME = 60;
    private static final int FULL_FRAME = NetQueues.USUAL_MTU + NetQueues.ETHERNET;
    private static final int KIB = 1024;

    /**
     * Keep a copy of the list.
     */
    public OperationCost
    {
        elements = List.copyOf(elements);
    }

    /**
     * The operations that the documentation of VIRTIO_F_DMB gives figures of.
     *
     * @return block reads, sent frames, receive buffers.
     */
    public static List<OperationCost> published()
    {
        return List.of(
            read(4 * KIB),
            read(128 * KIB),
            sent(SHORT_FRAME),
            sent(FULL_FRAME),
            new OperationCost("receive buffer", FULL_FRAME,
                LinuxDrivers.netReceive(NetQueues.USUAL_DEPTH, NetQueues.USUAL_MTU, true)),
            new OperationCost("receive buffer without MRG_RXBUF", FULL_FRAME,
                LinuxDrivers.netReceive(NetQueues.USUAL_DEPTH, NetQueues.USUAL_MTU, false)));
    }

    /**
     * What it takes.
     *
     * @param allocator of the pool.
     * @return bytes.
     */
    public long taken(final SizedAllocator allocator)
    {
        return allocator.chain(elements);
    }

    /**
     * What it takes of what it carries.
     *
     * @param allocator of the pool.
     * @return 1 if nothing is wasted, more otherwise.
     */
    public double factor(final SizedAllocator allocator)
    {
        return (double)taken(allocator) / carried;
    }

    private static OperationCost read(final int bytes)
    {
        return new OperationCost("read of " + bytes / KIB + " KiB", bytes, LinuxDrivers.blkRead(bytes));
    }

    private static OperationCost sent(final int frame)
    {
        final List<Element> elements = LinuxDrivers.netTransmit(frame);
        return new OperationCost("sent frame of " + frame + " bytes", elements.getFirst().bytes(), elements);
    }
}
