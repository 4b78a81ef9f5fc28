/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

/**
 * A piece of a window that is contiguous in guest-physical addresses.
 *
 * @param offset bytes from the start of the window.
 * @param paddr  guest-physical address of its first byte in this VM.
 * @param length bytes.
 */
public record Extent(long offset, long paddr, long length)
{
    /** Offsets, paddrs and lengths are multiples of this many bytes. */
    public static final int ALIGNMENT = 4096;

    /**
     * Check the numbers.
     *
     * @throws IllegalArgumentException if one is negative or no multiple of {@link #ALIGNMENT}, if the length is
     *                                  zero, or if the end overflows.
     */
    public Extent
    {
        if (offset < 0 || paddr < 0 || length <= 0 ||
            0 != ((offset | paddr | length) & (ALIGNMENT - 1)) ||
            offset + length < 0 || paddr + length < 0)
        {
            throw new IllegalArgumentException(
                "extent needs non-negative multiples of " + ALIGNMENT + " and a positive length: offset=" + offset +
                ", paddr=0x" + Long.toHexString(paddr) + ", length=" + length);
        }
    }
}
