/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.recording;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The events that a recording is read for, by the names that kernels give them (include/trace/events/dma.h,
 * swiotlb.h), and the probes by the names that docs/capture.md gives.
 */
enum Event
{
    /** The probe at swiotlb_tbl_map_single: a mapping is asked for. */
    PROBE_CALL("m"),
    /** The probe at its return: the mapping is made, or refused. */
    PROBE_RETURN("mr"),
    /** The probe at swiotlb_tbl_unmap_single. */
    PROBE_UNMAP("u"),
    /** One run of memory is mapped, or was refused. */
    MAP("dma_map_page", "dma_map_phys"),
    /** The end of it. */
    UNMAP("dma_unmap_page", "dma_unmap_phys"),
    /** Registers of another device are mapped, until 6.17; no memory, never bounced. */
    MAP_RESOURCE("dma_map_resource"),
    /** The end of it. */
    UNMAP_RESOURCE("dma_unmap_resource"),
    /** A list is mapped. */
    MAP_LIST("dma_map_sg"),
    /** A list is refused. */
    MAP_LIST_REFUSED("dma_map_sg_err"),
    /** The end of a list. */
    UNMAP_LIST("dma_unmap_sg"),
    /** Memory is made for a driver and a device. */
    ALLOC("dma_alloc", "dma_alloc_pages", "dma_alloc_sgt"),
    /** There was none. */
    ALLOC_REFUSED("dma_alloc_sgt_err"),
    /** The end of it. */
    FREE("dma_free", "dma_free_pages", "dma_free_sgt"),
    /** Data is handed over while the mapping lives on. */
    SYNC("dma_sync_single_for_cpu", "dma_sync_single_for_device"),
    /** The same of a list. */
    SYNC_LIST("dma_sync_sg_for_cpu", "dma_sync_sg_for_device"),
    /** The next mapping of this memory is one that bounces. */
    BOUNCED("swiotlb_bounced"),
    /** A request of a block device is done, whose data must have been mapped. */
    COMPLETION("block_rq_complete"),
    /** The same of NVMe, below that. */
    NVME_COMPLETION("nvme_complete_rq");

    private static final byte[][] NAMES;
    private static final Event[] OF_NAME;

    private final String[] names;

    static
    {
        NAMES = Arrays.stream(values()).flatMap(event -> Arrays.stream(event.names))
            .map(name -> name.getBytes(StandardCharsets.US_ASCII)).toArray(byte[][]::new);
        OF_NAME = Arrays.stream(values()).flatMap(event -> Arrays.stream(event.names).map(name -> event))
            .toArray(Event[]::new);
    }

    Event(final String... names)
    {
        this.names = names;
    }

    /** The event of a name, or null if it is another. */
    static Event of(final byte[] bytes, final int from, final int to)
    {
        for (int i = 0; i < NAMES.length; i++)
        {
            if (NAMES[i].length == to - from && Text.isAt(bytes, from, to, NAMES[i]))
            {
                return OF_NAME[i];
            }
        }
        return null;
    }

    /** Whether it is one of the probes, not of the kernel's own events. */
    boolean isProbe()
    {
        return compareTo(PROBE_UNMAP) <= 0;
    }
}
