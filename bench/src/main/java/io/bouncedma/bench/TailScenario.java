/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

/**
 * What goes on while the longest call is looked for.
 */
public enum TailScenario
{
    /** Blocks of 64 to 512 bytes come and go, up to 100,000 of them at a time. */
    LIVE,
    /** The same, and a monitor publishes the pool's figures a hundred times a second, ten times as often as it does. */
    MONITOR,
    /** The same, and another client opens, takes and gives a thousand blocks, and closes, again and again. */
    OTHER_CLIENT,
    /** An empty pool is filled with small blocks to the last one, and emptied. */
    RAMP
}
