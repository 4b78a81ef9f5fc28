/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * Windows of shared memory.
 */
// Agrona has no descriptor yet, but its manifest has that name for good.
@SuppressWarnings("requires-transitive-automatic")
module io.bouncedma.memory
{
    requires transitive io.bouncedma.os;
    requires transitive org.agrona;

    exports io.bouncedma.memory;
}
