/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

/**
 * What a device accepts of a chain. What is beyond makes the chain malformed, not the ring.
 *
 * @param elements     the most elements, in tables too. Virtio 1.4, section 2.7.5.3.1, has a driver keep to the queue
 *                     size, but Linux's block and SCSI drivers exceed it in tables, so it had better not be less.
 * @param allowsEmpty whether elements of no bytes are passed over instead of refused: a loop that waits for their end
 *                     never ended in QEMU (CVE-2016-6490).
 */
public record ChainLimits(int elements, boolean allowsEmpty)
{
    /** QEMU's limit of elements, and none is empty. */
    public static final ChainLimits USUAL = new ChainLimits(1024, false);

    /**
     * Check the numbers.
     *
     * @param elements     1 to 32768.
     * @param allowsEmpty any.
     * @throws IllegalArgumentException if a number is out of its range.
     */
    public ChainLimits
    {
        if (elements < 1 || elements > RingFormat.MAX_SIZE)
        {
            throw new IllegalArgumentException(
                "a chain may have 1 to " + RingFormat.MAX_SIZE + " elements: elements=" + elements);
        }
    }
}
