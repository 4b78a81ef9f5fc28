/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

/**
 * The kinds of calls whose longest is looked for.
 */
public enum TailCall
{
    /** Nothing: what is charged to this is the machine's, and so is as much of the others. */
    NOTHING,
    /** Take a block. */
    ALLOCATE,
    /** Give a block back. */
    FREE,
    /** Map a buffer. */
    MAP,
    /** Unmap it. */
    UNMAP
}
