/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What the kernel makes of its parameter, and what parameter makes that.
 */
class SwiotlbPoolTest
{
    @ParameterizedTest
    @CsvSource({"1, 0, 1, 128, 1", "129, 1, 1, 256, 1", "384, 0, 1, 512, 1", "385, 0, 1, 512, 1",
        "512, 8, 1, 1024, 8", "512, 0, 6, 1024, 8", "32768, 0, 64, 32768, 64", "32769, 3, 64, 65536, 4"})
    void shouldRoundAsTheKernelDoes(
        final long slots, final int areas, final int cpus, final int madeSlots, final int madeAreas)
    {
        assertEquals(new SwiotlbPool(madeSlots, madeAreas, cpus, false), SwiotlbPool.booted(slots, areas, cpus));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 'swiotlb=128,1'", "262145, 1, 'swiotlb=256,1'", "1048576, 0, swiotlb=512",
        "1048577, 0, swiotlb=1024", "1048576, 6, 'swiotlb=1024,8'", "67108864, 4, 'swiotlb=32768,4'"})
    void shouldWriteWhatWillBeThere(final long bytes, final int cpus, final String line)
    {
        final SwiotlbParameter parameter = SwiotlbParameter.atLeast(bytes, cpus);
        assertEquals(line, parameter.toString());
        assertEquals(parameter.slots(), parameter.pool(Math.max(1, cpus)).slots());
    }

    @Test
    void shouldAddAQuarter()
    {
        assertEquals(5, SwiotlbParameter.withMargin(4));
        assertEquals(7, SwiotlbParameter.withMargin(5));
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 1", "128, 3, 1", "128, 2, 1", "129, 1, 1", "128, 1, 0"})
    void shouldRefuseImpossiblePools(final int slots, final int areas, final int cpus)
    {
        assertThrows(IllegalArgumentException.class, () -> new SwiotlbPool(slots, areas, cpus, false));
    }

    @Test
    void shouldKnowItsBounds()
    {
        assertThrows(IllegalArgumentException.class, () -> new SwiotlbPool(256, 2, 2, true));
        assertTrue(SwiotlbPool.restricted(SwiotlbPool.SEGMENT_SIZE).isRestricted());
        assertEquals(SwiotlbPool.MAX_LENGTH, SwiotlbPool.booted(1 << 25, 1, 1).length());
        assertEquals(SwiotlbPool.MAX_LENGTH, SwiotlbPool.ofOneArea(SwiotlbPool.MAX_LENGTH).length());
        assertThrows(IllegalArgumentException.class, () -> SwiotlbPool.booted((1 << 25) + 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> SwiotlbPool.booted(1, (1 << 18) + 1, 1));
        assertThrows(IllegalArgumentException.class, () -> SwiotlbPool.booted(1, 0, (1 << 18) + 1));
    }

    @Test
    void shouldPrintTheNode()
    {
        assertEquals("""
            /* in /reserved-memory, #address-cells and #size-cells 2: */
            bounce: restricted-dma-pool {
                compatible = "restricted-dma-pool";
                size = <0x1 0x40000>;
                alignment = <0x0 0x40000>;
            };
            /* in each device: */ memory-region = <&bounce>;""",
            String.join("\n", RestrictedDmaPool.atLeast((1L << 32) + 1).node()));
    }
}
