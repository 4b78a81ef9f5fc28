/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.memory.SharedRegion;
import io.bouncedma.os.Fd;

/**
 * A region that a front-end shares with its back-end, whole, and nothing beside it.
 *
 * @param region that rings and pools lie in.
 * @param file   the memory file that the region was mapped from; an extent's offset is its place in the file. It stays
 *               the caller's, who may close it once the transport is made.
 */
public record SharedMemory(SharedRegion region, Fd file)
{
    /**
     * Check that they belong together.
     *
     * @throws IllegalArgumentException if the file is shorter than the region.
     */
    public SharedMemory
    {
        if (file.size() < region.length())
        {
            throw new IllegalArgumentException("file is shorter than the region: file=" + file.size() +
                ", region=" + region.length() + ", name=" + region.name());
        }
    }
}
