/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

/**
 * What this side may do with the bytes of a {@link Window}.
 */
public enum Rights
{
    /** Read and write all of it. */
    READ_WRITE,
    /** Read all of it, write nothing. */
    READ_ONLY,
    /** Read all of it and write one part, as the output section of an ivshmem peer: {@link Window#isWritable}. */
    OWN_OUTPUT
}
