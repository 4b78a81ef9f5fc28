/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;

import java.util.List;

/**
 * A window of one extent, of any size.
 */
public final class WideWindow
{
    private WideWindow()
    {
    }

    public static Window open(final long length)
    {
        try (Fd memory = Memfd.create("wide-window", length))
        {
            return MemfdWindow.map("wide", memory, List.of(new Extent(0, 0x8000_0000L, length)),
                BusAddressing.offset());
        }
    }
}
