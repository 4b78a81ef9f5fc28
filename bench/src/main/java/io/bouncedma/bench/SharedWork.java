/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

/**
 * What many threads do on one pool at once.
 */
public enum SharedWork
{
    /** Take a block of 4 KiB and give it back. */
    ALLOCATE,
    /** Map a buffer of 4 KiB for a device to read and unmap it. */
    MAP
}
