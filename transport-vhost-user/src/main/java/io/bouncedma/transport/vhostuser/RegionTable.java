/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.memory.BusMemory;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * The shared regions by one of their two addresses. Immutable but for a note of what was found last. One thread.
 */
final class RegionTable implements BusMemory
{
    static final RegionTable EMPTY = new RegionTable(List.of(), MemoryRegion::guestAddress);

    private final MappedRegion[] regions;
    private final long[] starts;
    private final long[] sizes;
    private int last;

    /**
     * Sort regions.
     *
     * @param regions whose addresses do not overlap.
     * @param address of a region.
     */
    RegionTable(final List<MappedRegion> regions, final ToLongFunction<MemoryRegion> address)
    {
        this.regions = regions.stream()
            .sorted((a, b) -> Long.compareUnsigned(
                address.applyAsLong(a.region()), address.applyAsLong(b.region())))
            .toArray(MappedRegion[]::new);
        starts = Arrays.stream(this.regions).mapToLong((region) -> address.applyAsLong(region.region())).toArray();
        sizes = Arrays.stream(this.regions).mapToLong((region) -> region.region().size()).toArray();
    }

    /**
     * Refuse regions that overlap.
     *
     * @throws ProtocolException naming two of them.
     */
    void requireDisjoint()
    {
        for (int i = 1; i < starts.length; i++)
        {
            if (Long.compareUnsigned(starts[i] - starts[i - 1], sizes[i - 1]) < 0)
            {
                throw new ProtocolException("memory regions overlap: " + regions[i - 1].region() + "; " +
                    regions[i].region());
            }
        }
    }

    @Override
    public Translation translate(
        final long busAddress, final long length, final boolean isWritable, final Pieces to)
    {
        if (Long.compareUnsigned(busAddress + length - 1, busAddress) < 0)
        {
            return Translation.NOT_FOUND;
        }
        long at = busAddress;
        long left = length;
        while (left > 0)
        {
            if (!find(at))
            {
                return Translation.NOT_FOUND;
            }
            final long offset = at - starts[last];
            final long run = Math.min(left, sizes[last] - offset);
            to.add(regions[last].bytes(), offset, run);
            at += run;
            left -= run;
        }
        return Translation.FOUND;
    }

    private boolean find(final long address)
    {
        if (last < starts.length && has(last, address))
        {
            return true;
        }
        int low = 0;
        int high = starts.length - 1;
        while (low <= high)
        {
            final int middle = low + high >>> 1;
            if (has(middle, address))
            {
                last = middle;
                return true;
            }
            if (Long.compareUnsigned(address, starts[middle]) < 0)
            {
                high = middle - 1;
            }
            else
            {
                low = middle + 1;
            }
        }
        return false;
    }

    private boolean has(final int index, final long address)
    {
        return Long.compareUnsigned(address - starts[index], sizes[index]) < 0;
    }

    @Override
    public String toString()
    {
        return "regions " + Arrays.stream(regions).map(MappedRegion::region).toList();
    }
}
