/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

/**
 * Which bus addresses a device can use, as Linux describes it in {@code struct device_dma_parameters} and the DMA mask.
 *
 * @param minAlignMask the low bits of a mapping's bus address that equal those of the original buffer's address, a
 *                     power of two less one, at most 65535; an NVMe controller without SGLs needs 4095, as its PRPs
 *                     carry page offsets.
 * @param boundaryMask a power of two less one: no mapping crosses a multiple of the mask plus one; -1 for no boundary.
 * @param addressMask  the highest bus address that the device can name; -1 for all 64 bits.
 */
public record AddressRules(int minAlignMask, long boundaryMask, long addressMask)
{
    /** A device that can use every address. */
    public static final AddressRules NONE = new AddressRules(0, -1, -1);

    /** No address: it is no multiple of 8, as those of blocks are. */
    static final long NO_ADDRESS = -1;

    private static final int MAX_MIN_ALIGN_MASK = 0xffff;

    /**
     * Check the rules.
     *
     * @throws IllegalArgumentException if a mask is no power of two less one, or the boundary is below a cache line.
     */
    public AddressRules
    {
        requireMask("minAlignMask", minAlignMask);
        requireMask("boundaryMask", boundaryMask);
        requireMask("addressMask", addressMask);
        if (minAlignMask < 0 || minAlignMask > MAX_MIN_ALIGN_MASK ||
            boundaryMask >= 0 && boundaryMask < BlockSize.MINIMUM - 1)
        {
            throw new IllegalArgumentException("mask is out of its range: minAlignMask=" + minAlignMask +
                " (0 to 65535), boundaryMask=" + boundaryMask + " (63 and more)");
        }
    }

    /**
     * Rules with nothing but a minimum alignment.
     *
     * @param mask as {@link #minAlignMask()}.
     * @return the rules.
     */
    public static AddressRules withMinAlignMask(final int mask)
    {
        return new AddressRules(mask, -1, -1);
    }

    /**
     * Whether a device can use memory where it is. A minimum alignment does not matter then: nothing is moved.
     *
     * @param busAddress of its first byte.
     * @param length     bytes, greater than zero.
     * @return true if it crosses no boundary and the device can name its last byte.
     */
    public boolean allow(final long busAddress, final int length)
    {
        return busAddress == position(busAddress, length, 0, 0);
    }

    /**
     * The first address from which a block may start.
     *
     * @param from      the lowest address.
     * @param size      of the block in bytes.
     * @param alignMask bits that must equal those of {@code low}.
     * @param low       bits inside the mask.
     * @return the address, which the caller checks against the end of what is free, or {@link #NO_ADDRESS} if the
     * device can use none.
     */
    long position(final long from, final long size, final long alignMask, final long low)
    {
        long at = from + (low - from & alignMask);
        // Not "mask plus one": of the widest mask there is no such number.
        final long last = boundaryMask - (size - 1);
        if (boundaryMask >= 0 && (at & boundaryMask) > last)
        {
            at = (at | boundaryMask) + 1;
            at += low - at & alignMask;
            if ((at & boundaryMask) > last)
            {
                return NO_ADDRESS;
            }
        }
        return Long.compareUnsigned(at + size - 1, addressMask) > 0 ? NO_ADDRESS : at;
    }

    private static void requireMask(final String name, final long mask)
    {
        if (0 != (mask & mask + 1))
        {
            throw new IllegalArgumentException(
                name + " must be a power of two less one: " + name + "=0x" + Long.toHexString(mask));
        }
    }
}
