/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;

/**
 * A window that a front-end shares with its back-end, whole, and nothing beside it.
 *
 * @param window that rings and pools lie in.
 * @param file   the memory file that the window was mapped from; an extent's offset is its place in the file. It stays
 *               the caller's, who may close it once the transport is made.
 */
public record SharedMemory(Window window, Fd file)
{
    /**
     * Check that they belong together.
     *
     * @throws IllegalArgumentException if the file is shorter than the window.
     */
    public SharedMemory
    {
        if (file.size() < window.length())
        {
            throw new IllegalArgumentException("file is shorter than the window: file=" + file.size() +
                ", window=" + window.length() + ", name=" + window.name());
        }
    }
}
