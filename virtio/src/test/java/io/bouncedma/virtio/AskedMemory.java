/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.BusMemory;
import io.bouncedma.memory.Window;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A region whose blocks of 64 bytes are known only once somebody asked and was answered; notes what was written.
 */
final class AskedMemory implements BusMemory
{
    private static final int BLOCK_SHIFT = 6;

    final List<String> written = new ArrayList<>();
    private final Window region;
    private final Set<Long> known = new HashSet<>();
    private long asked = -1;

    AskedMemory(final Window region)
    {
        this.region = region;
    }

    boolean isAsked()
    {
        return asked >= 0;
    }

    void answer()
    {
        known.add(asked);
        asked = -1;
    }

    void forget()
    {
        known.clear();
    }

    @Override
    public Translation translate(
        final long busAddress, final long length, final boolean isWritable, final Pieces to)
    {
        for (long block = busAddress >>> BLOCK_SHIFT; block <= busAddress + length - 1 >>> BLOCK_SHIFT; block++)
        {
            if (!known.contains(block))
            {
                asked = block;
                return Translation.NOT_YET;
            }
        }
        return region.translate(busAddress, length, isWritable, to);
    }

    @Override
    public void written(final MemorySegment memory, final long offset, final long length)
    {
        written.add(region.busAddress(offset) + "+" + length);
    }
}
