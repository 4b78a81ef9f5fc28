/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

/**
 * The mapping API.
 */
module io.bouncedma.dma
{
    requires transitive io.bouncedma.pool;
    requires jdk.jfr;

    exports io.bouncedma.dma;
}
