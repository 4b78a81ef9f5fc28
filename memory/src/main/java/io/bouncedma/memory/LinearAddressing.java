/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

/**
 * Bus addresses that go through a window from its first byte to its last in one line: an offset, with or without a base
 * or a tag in its upper bits.
 *
 * @param kind  for messages.
 * @param base  bus address of the first byte, unsigned.
 * @param limit the most bytes that a window may have, unsigned.
 */
record LinearAddressing(String kind, long base, long limit) implements BusAddressing
{
    static final BusAddressing OFFSET = new LinearAddressing("offset", 0, Long.MAX_VALUE);

    /** virtio-msg over FF-A: bus address = area id << 48 | offset. */
    private static final int AREA_SHIFT = 48;
    private static final int AREAS = 1 << Long.SIZE - AREA_SHIFT;
    /** {@code XEN_GRANT_DMA_ADDR_OFF}, and grants are of 4 KiB whatever a VM's pages are: {@code XEN_PAGE_SHIFT}. */
    private static final long GRANT_BIT = 1L << 63;
    private static final int GRANT_SHIFT = 12;

    static BusAddressing basePlusOffset(final long base)
    {
        if (0 != (base & Extent.ALIGNMENT - 1))
        {
            throw new IllegalArgumentException(
                "base must be a multiple of " + Extent.ALIGNMENT + ": base=0x" + Long.toHexString(base));
        }
        // The last page on the bus holds the address of all ones, which is none.
        return new LinearAddressing("offset+0x" + Long.toHexString(base), base, -base - Extent.ALIGNMENT);
    }

    static BusAddressing area(final int area)
    {
        if (area < 0 || area >= AREAS)
        {
            throw new IllegalArgumentException("area must be 0 to " + (AREAS - 1) + ": area=" + area);
        }
        return new LinearAddressing("area " + area, (long)area << AREA_SHIFT,
            (1L << AREA_SHIFT) - (AREAS - 1 == area ? Extent.ALIGNMENT : 0));
    }

    static BusAddressing grants(final int firstReference)
    {
        final long first = Integer.toUnsignedLong(firstReference);
        return new LinearAddressing("grants from " + first, GRANT_BIT | first << GRANT_SHIFT,
            (1L << Integer.SIZE) - first << GRANT_SHIFT);
    }

    @Override
    public void requireNames(final ExtentTable extents)
    {
        if (Long.compareUnsigned(extents.length(), limit) > 0)
        {
            throw new IllegalArgumentException("window is longer than its addressing can name: addressing=" + kind +
                ", length=" + extents.length() + ", maximum=" + Long.toUnsignedString(limit));
        }
    }

    @Override
    public long toBus(final ExtentTable extents, final long offset)
    {
        return offset < 0 || offset >= extents.length() ? ExtentTable.NOT_FOUND : base + offset;
    }

    @Override
    public long toOffset(final ExtentTable extents, final long bus)
    {
        // Unsigned: a bus address below the base wraps to more than any length.
        final long offset = bus - base;
        return offset < 0 || offset >= extents.length() ? ExtentTable.NOT_FOUND : offset;
    }

    @Override
    public long run(final ExtentTable extents, final long bus)
    {
        final long offset = toOffset(extents, bus);
        return ExtentTable.NOT_FOUND == offset ? 0 : extents.length() - offset;
    }

    @Override
    public String toString()
    {
        return kind;
    }
}
