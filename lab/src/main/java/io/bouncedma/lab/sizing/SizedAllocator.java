/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

import io.bouncedma.lab.SwiotlbModel;
import io.bouncedma.lab.sizing.DeviceDemand.Element;
import io.bouncedma.pool.BlockSize;
import org.agrona.BitUtil;

import java.util.List;
import java.util.function.IntToLongFunction;

/**
 * An allocator that a pool is sized for, and what it takes for a mapping.
 */
public enum SizedAllocator
{
    /** The pool of this library: blocks of eight sizes to each doubling, rings among them. */
    BOUNCE_DMA("bounce-dma", BlockSize::of, BlockSize::of),
    /**
     * Linux's default pool: slots of 2 KiB; rings are {@code dma_alloc_coherent}'s and lie elsewhere, unless the device
     * has a pool of its own, a {@code restricted-dma-pool}.
     */
    SWIOTLB("swiotlb", bytes -> roundedUp(bytes, SwiotlbModel.SLOT_SIZE), bytes -> 0),
    /** The region of a device by the proposed VIRTIO_F_DMB: pages, rings among them. */
    DMB("dmb", bytes -> roundedUp(bytes, DmbTable.PAGE), bytes -> roundedUp(bytes, DmbTable.PAGE));

    private final String label;
    private final IntToLongFunction mapping;
    private final IntToLongFunction coherent;

    SizedAllocator(final String label, final IntToLongFunction mapping, final IntToLongFunction coherent)
    {
        this.label = label;
        this.mapping = mapping;
        this.coherent = coherent;
    }

    /**
     * What the allocator is called.
     *
     * @return in lower case.
     */
    public String label()
    {
        return label;
    }

    /**
     * What it takes for mappings that are made together.
     *
     * @param elements their sizes.
     * @return bytes of the pool.
     */
    public long chain(final List<Element> elements)
    {
        return elements.stream().mapToLong(element -> mapping.applyAsLong(element.bytes())).sum();
    }

    /**
     * What it takes for a block of coherent memory.
     *
     * @param bytes of the block.
     * @return bytes of the pool, 0 if the block lies elsewhere.
     */
    public long coherent(final int bytes)
    {
        return coherent.applyAsLong(bytes);
    }

    private static long roundedUp(final int bytes, final int granule)
    {
        return BitUtil.align((long)bytes, granule);
    }
}
