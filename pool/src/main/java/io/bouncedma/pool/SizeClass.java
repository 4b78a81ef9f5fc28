/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

/**
 * Blocks by the power of two that is not above their size, for figures.
 */
final class SizeClass
{
    /** Every number of units has one of so many. */
    static final int COUNT = Integer.SIZE - 1;

    private SizeClass()
    {
    }

    static int of(final int units)
    {
        return COUNT - Integer.numberOfLeadingZeros(units);
    }

    /** The smallest size of a class in bytes. */
    static long smallest(final int sizeClass)
    {
        return 1L << sizeClass + BlockSize.UNIT_SHIFT;
    }
}
