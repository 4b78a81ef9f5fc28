/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

class DeviceMasksTest
{
    /** Else two reports of one trace would differ. */
    @Test
    void shouldKeepTheOrderInWhichDevicesWereTold()
    {
        DeviceMasks masks = DeviceMasks.of(511);
        final List<String> names = List.of("z", "c", "d", "a", "y", "b", "x", "e");
        for (final String name : names)
        {
            masks = masks.with(name, 4095);
        }
        assertEquals(names, List.copyOf(masks.byDevice().keySet()));
        assertEquals(names, List.copyOf(masks.with("d", 0).byDevice().keySet()));
        assertArrayEquals(new int[] {4095, 511}, masks.of(List.of("a", "other")));
    }
}
