/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.agrona.BitUtil;

import java.util.List;
import java.util.Locale;

/**
 * What to write into the device tree for a pool of some devices' own: a {@code restricted-dma-pool} below
 * {@code /reserved-memory}. It has one area whatever the CPUs, any number of whole segments, and the coherent memory of
 * its devices in it ({@code rmem_swiotlb_device_init} of {@code kernel/dma/swiotlb.c}).
 *
 * @param bytes a multiple of 256 KiB.
 */
public record RestrictedDmaPool(long bytes)
{
    private static final long LOW_CELL = 0xffff_ffffL;

    /**
     * The least one with so many bytes.
     *
     * @param bytes that the pool has at least, one or more, margin and all.
     * @return the pool.
     */
    public static RestrictedDmaPool atLeast(final long bytes)
    {
        return new RestrictedDmaPool(BitUtil.align(bytes, SwiotlbPool.SEGMENT_SIZE));
    }

    /**
     * The node, and what goes into the node of each device. The kernel chooses the place, at a multiple of a segment;
     * with {@code reg} in place of {@code size} the tree does. It must not be {@code no-map} or {@code reusable}.
     *
     * @return lines of device tree source, for cells of two.
     */
    public List<String> node()
    {
        return List.of(
            "/* in /reserved-memory, #address-cells and #size-cells 2: */",
            "bounce: restricted-dma-pool {",
            "    compatible = \"restricted-dma-pool\";",
            String.format(Locale.ROOT, "    size = <0x%x 0x%x>;", bytes >>> Integer.SIZE, bytes & LOW_CELL),
            String.format(Locale.ROOT, "    alignment = <0x0 0x%x>;", SwiotlbPool.SEGMENT_SIZE),
            "};",
            "/* in each device: */ memory-region = <&bounce>;");
    }
}
