/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

/**
 * How a byte of a window is named in a descriptor, so that both VMs understand it whatever their own physical and
 * virtual addresses are.
 * <p>
 * A bus address is an unsigned number of 64 bits. Zero is never a valid one: peers use it for "not set". Neither are
 * all ones: {@link ExtentTable#NOT_FOUND}.
 * <p>
 * Implementations are immutable; any thread.
 */
public interface BusAddressing
{
    /**
     * The offset from the start of the window, as virtio over ivshmem and the proposed per-device memory buffer do.
     *
     * @return the addressing.
     */
    static BusAddressing offset()
    {
        return LinearAddressing.OFFSET;
    }

    /**
     * A constant plus the offset, as Gunyah's {@code dma_base}.
     *
     * @param base of the first byte of the window, unsigned, a multiple of {@link Extent#ALIGNMENT}, so that what is
     *             aligned in the window is aligned on the bus.
     * @return the addressing.
     * @throws IllegalArgumentException if the base is no such multiple.
     */
    static BusAddressing basePlusOffset(final long base)
    {
        return LinearAddressing.basePlusOffset(base);
    }

    /**
     * The number of a shared area in the upper 16 bits and the offset in the lower 48, as virtio-msg over FF-A does.
     *
     * @param area 0 to 65535, as the bus has answered it to AREA_SHARE.
     * @return the addressing, for a window of up to 2<sup>48</sup> bytes.
     * @throws IllegalArgumentException if the number is out of its range.
     */
    static BusAddressing area(final int area)
    {
        return LinearAddressing.area(area);
    }

    /**
     * A Xen grant for each page: bit 63, the reference from bit 12 on, and the place in the page, as Linux's
     * {@code drivers/xen/grant-dma-ops.c} makes them. The window's pages have references that follow each other.
     *
     * @param firstReference of the window's first page, unsigned.
     * @return the addressing, for a window whose last reference is at most 2<sup>32</sup> - 1.
     */
    static BusAddressing grants(final int firstReference)
    {
        return LinearAddressing.grants(firstReference);
    }

    /**
     * The guest-physical address itself, as where the device can reach all memory.
     *
     * @return the addressing.
     */
    static BusAddressing identity()
    {
        return IdentityAddressing.INSTANCE;
    }

    /**
     * Refuse a window whose bytes can not all be named.
     *
     * @param extents of the window.
     * @throws IllegalArgumentException saying what it may have at most.
     */
    default void requireNames(final ExtentTable extents)
    {
    }

    /**
     * Name a byte.
     *
     * @param extents of the window.
     * @param offset  of the byte.
     * @return the bus address, or {@link ExtentTable#NOT_FOUND} if the window has no such byte.
     */
    long toBus(ExtentTable extents, long offset);

    /**
     * Find a byte. For addresses that a peer wrote: never throws.
     *
     * @param extents of the window.
     * @param bus     any value.
     * @return its offset in the window, or {@link ExtentTable#NOT_FOUND}.
     */
    long toOffset(ExtentTable extents, long bus);

    /**
     * How far bus addresses and offsets go on side by side. For addresses that a peer wrote: never throws.
     *
     * @param extents of the window.
     * @param bus     any value.
     * @return bytes, zero if the address is not in the window. A run ends at multiples of {@link Extent#ALIGNMENT} in
     *         the window, whether an extent does there or not: a pool's blocks lie in one run and in one extent.
     */
    long run(ExtentTable extents, long bus);
}
