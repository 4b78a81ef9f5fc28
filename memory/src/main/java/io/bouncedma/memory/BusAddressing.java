/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

/**
 * How a byte of a shared region is named in a descriptor, so that both VMs understand it whatever their own physical
 * and virtual addresses are. Zero is never a valid bus address: peers use it for "not set".
 */
public final class BusAddressing
{
    private enum Kind
    {
        LINEAR, IDENTITY
    }

    private static final BusAddressing OFFSET = new BusAddressing(Kind.LINEAR, 0);
    private static final BusAddressing IDENTITY = new BusAddressing(Kind.IDENTITY, 0);

    private final Kind kind;
    private final long base;

    private BusAddressing(final Kind kind, final long base)
    {
        this.kind = kind;
        this.base = base;
    }

    /**
     * The offset from the start of the region, as virtio over ivshmem and the proposed per-device memory buffer do.
     *
     * @return the addressing.
     */
    public static BusAddressing offset()
    {
        return OFFSET;
    }

    /**
     * A constant plus the offset, as Gunyah's {@code dma_base}.
     *
     * @param base of the first byte of the region, a non-negative multiple of {@link Extent#ALIGNMENT}, so that
     *             what is aligned in the region is aligned on the bus.
     * @return the addressing.
     * @throws IllegalArgumentException if the base is no such multiple.
     */
    public static BusAddressing basePlusOffset(final long base)
    {
        if (base < 0 || 0 != (base & (Extent.ALIGNMENT - 1)))
        {
            throw new IllegalArgumentException(
                "base must be a non-negative multiple of " + Extent.ALIGNMENT + ": base=" + base);
        }
        return new BusAddressing(Kind.LINEAR, base);
    }

    /**
     * The guest-physical address itself, as where the device can reach all memory.
     *
     * @return the addressing.
     */
    public static BusAddressing identity()
    {
        return IDENTITY;
    }

    /**
     * Name a byte.
     *
     * @param extents of the region.
     * @param offset  of the byte.
     * @return the bus address, or {@link ExtentTable#NOT_FOUND} if the region has no such byte.
     */
    public long toBus(final ExtentTable extents, final long offset)
    {
        if (Kind.IDENTITY == kind)
        {
            return extents.paddrOf(offset);
        }
        return offset < 0 || offset >= extents.length() ? ExtentTable.NOT_FOUND : base + offset;
    }

    /**
     * Find a byte.
     *
     * @param extents of the region.
     * @param bus     any value, for example out of a hostile descriptor.
     * @return its offset in the region, or {@link ExtentTable#NOT_FOUND}.
     */
    public long toOffset(final ExtentTable extents, final long bus)
    {
        if (Kind.IDENTITY == kind)
        {
            return extents.offsetOf(bus);
        }
        // Unsigned: a bus address below the base wraps to more than any length.
        final long offset = bus - base;
        return offset < 0 || offset >= extents.length() ? ExtentTable.NOT_FOUND : offset;
    }

    /**
     * How far bus addresses and offsets go on side by side.
     *
     * @param extents of the region.
     * @param bus     any value.
     * @return bytes, zero if the address is not in the region.
     */
    public long run(final ExtentTable extents, final long bus)
    {
        if (Kind.IDENTITY == kind)
        {
            return extents.runFromPaddr(bus);
        }
        final long offset = toOffset(extents, bus);
        return ExtentTable.NOT_FOUND == offset ? 0 : extents.length() - offset;
    }

    @Override
    public String toString()
    {
        return Kind.IDENTITY == kind ? "identity" : "offset+0x" + Long.toHexString(base);
    }
}
