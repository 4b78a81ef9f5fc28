/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * Counters and pictures of pools in a file.
 */
module io.bouncedma.monitor
{
    requires transitive io.bouncedma.pool;

    exports io.bouncedma.monitor;
}
