/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

/**
 * The kinds of threads.
 */
public enum ThreadKind
{
    /** One of the operating system each. */
    PLATFORM,
    /** All on as many of the operating system as there are cores; each lets the next one run after every 64 pairs. */
    VIRTUAL
}
