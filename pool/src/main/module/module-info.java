/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * Bounce pools. All but the API is private to its package: there is no way to it, with or without modules.
 */
@SuppressWarnings("module")
module io.bouncedma.pool
{
    requires transitive io.bouncedma.memory;
    requires jdk.jfr;

    exports io.bouncedma.pool;
    exports io.bouncedma.pool.handles to io.bouncedma.dma;
}
