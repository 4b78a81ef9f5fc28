/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;

import java.util.List;

/**
 * A window of three extents of 16, 32 and 80 KiB, scattered over paddr in another order in each of two VMs.
 */
public final class ScatteredWindow
{
    public static final int LENGTH = 128 * 1024;

    private static final int KIB = 1024;

    private ScatteredWindow()
    {
    }

    public static Fd memory()
    {
        return Memfd.create("test-window", LENGTH);
    }

    public static List<Extent> inFirstVm()
    {
        return List.of(
            new Extent(0, 0x5000_0000L, 16 * KIB),
            new Extent(16 * KIB, 0x9000_0000L, 32 * KIB),
            new Extent(48 * KIB, 0x1000_0000L, 80 * KIB));
    }

    public static List<Extent> inSecondVm()
    {
        return List.of(
            new Extent(48 * KIB, 0x8_0000_0000L, 80 * KIB),
            new Extent(0, 0x7_0000_0000L, 16 * KIB),
            new Extent(16 * KIB, 0x7_0000_0000L + 16 * KIB, 32 * KIB));
    }

    public static MemfdWindow map(final Fd memory)
    {
        return MemfdWindow.map("window", memory, inFirstVm(), BusAddressing.offset());
    }

    public static Window open()
    {
        try (Fd memory = memory())
        {
            return map(memory);
        }
    }
}
