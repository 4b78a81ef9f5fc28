/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

/**
 * How long a payload is ("Message Specification"): exactly, or by a count that it begins with.
 */
enum PayloadShape
{
    NONE(0),
    U64(8),
    VRING_STATE(VringState.LENGTH),
    VRING_ADDRESS(VringAddress.LENGTH),
    LOG(LogArea.LENGTH),
    IOTLB(IotlbMessage.LENGTH),
    IN_FLIGHT(InFlightArea.LENGTH),
    /** Eight bytes of padding, then a region. */
    MEMORY_REGION(MemoryRegion.PADDING + MemoryRegion.LENGTH),
    MEMORY_TABLE(MemoryRegion.PADDING, MemoryRegion.LENGTH, MemoryRegion.MAX_TABLE),
    CONFIG(ConfigRange.LENGTH, 1, ConfigRange.MAX_SIZE);

    private final int fixed;
    private final int unit;
    private final int maxUnits;

    PayloadShape(final int length)
    {
        this(length, 1, 0);
    }

    PayloadShape(final int fixed, final int unit, final int maxUnits)
    {
        this.fixed = fixed;
        this.unit = unit;
        this.maxUnits = maxUnits;
    }

    /**
     * Whether a payload may be so long; that it is as long as its own count says is checked where it is read.
     *
     * @param length bytes.
     * @return true if so.
     */
    boolean fits(final int length)
    {
        final int rest = length - fixed;
        return rest >= 0 && 0 == rest % unit && rest / unit <= maxUnits;
    }

    /** For messages: the lengths that fit. */
    String describe()
    {
        return 0 == maxUnits ? Integer.toString(fixed) : fixed + " to " + (fixed + unit * maxUnits) + " by " + unit;
    }
}
