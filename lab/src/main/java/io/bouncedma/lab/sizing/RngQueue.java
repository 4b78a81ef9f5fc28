/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

/**
 * A source of random numbers.
 *
 * @param depth    descriptors of its queue, a power of two unless it is packed; its driver has one request in flight.
 * @param isPacked whether its ring is packed.
 */
public record RngQueue(int depth, boolean isPacked) implements SizedDevice
{
    /** As of QEMU. */
    public static final int USUAL_DEPTH = 8;

    /**
     * Check the numbers.
     *
     * @throws IllegalArgumentException if one is out of its range.
     */
    public RngQueue
    {
        SizedDevice.requireRange("depth", depth, 1, MAX_DEPTH);
        SizedDevice.requireRingSize(depth, isPacked);
    }

    @Override
    public String kind()
    {
        return "rng";
    }
}
