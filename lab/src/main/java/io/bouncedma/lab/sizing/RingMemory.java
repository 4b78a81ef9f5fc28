/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab.sizing;

import org.agrona.BitUtil;

/**
 * What a ring takes of memory that both sides use in place (virtio 1.4, sections 2.7 and 2.8).
 * <pre>
 * split    descriptor area 16 n, driver area 6 + 2 n, device area 6 + 8 n    one block, the device area at a cache line
 * packed   descriptor ring 16 n, two event structures of 4 bytes             Linux: three blocks; here: one
 * </pre>
 * The cache line is that of {@code vring_size} as virtio-pci calls it, and of this library's {@code RingFormat}.
 */
final class RingMemory
{
    /** The most descriptors of a ring. */
    static final int MAX_SIZE = 32768;
    /** Bytes of a descriptor, in tables too. */
    static final int DESCRIPTOR = 16;
    /** Bytes of an event structure of a packed ring. */
    static final int EVENT = 4;

    private static final int CACHE_LINE = 64;
    private static final int AREA_HEADER = 6;

    private RingMemory()
    {
    }

    /** One block with all three areas of a split ring. */
    static int split(final int size)
    {
        return BitUtil.align(DESCRIPTOR * size + AREA_HEADER + Short.BYTES * size, CACHE_LINE) +
            AREA_HEADER + Long.BYTES * size;
    }

    /** The descriptor ring of a packed ring, by itself. */
    static int packedDescriptors(final int size)
    {
        return DESCRIPTOR * size;
    }

    /** One block with all of a packed ring. */
    static int packed(final int size)
    {
        return BitUtil.align(DESCRIPTOR * size + EVENT, CACHE_LINE) + EVENT;
    }

    /** The least size of a split ring that has so many descriptors. */
    static int splitSize(final int descriptors)
    {
        return BitUtil.findNextPositivePowerOfTwo(descriptors);
    }
}
