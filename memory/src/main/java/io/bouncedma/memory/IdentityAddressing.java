/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

/**
 * Bus addresses that are guest-physical addresses: extents lie on the bus as they do in this VM's memory.
 */
enum IdentityAddressing implements BusAddressing
{
    INSTANCE;

    @Override
    public long toBus(final ExtentTable extents, final long offset)
    {
        return extents.paddrOf(offset);
    }

    @Override
    public long toOffset(final ExtentTable extents, final long bus)
    {
        return extents.offsetOf(bus);
    }

    @Override
    public long run(final ExtentTable extents, final long bus)
    {
        return extents.runFromPaddr(bus);
    }

    @Override
    public String toString()
    {
        return "identity";
    }
}
