/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.memory.BusMemory;
import io.bouncedma.os.Access;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Mapping;
import io.bouncedma.os.PassableFds;
import io.bouncedma.virtio.RingAreas;
import io.bouncedma.virtio.RingFormat;

import java.lang.foreign.MemorySegment;

/**
 * Memory of a front-end, as it sees it itself: one region, at a guest address and at an address of its process.
 */
final class PassedMemory implements AutoCloseable
{
    static final long GUEST = 0x4000_0000L;
    static final long USER = 0x7f00_0000_0000L;
    static final int LENGTH = 0x10_0000;

    final MemoryRegion region;
    final Fd fd;
    final MemorySegment bytes;
    private final Mapping mapping;

    PassedMemory()
    {
        this(new MemoryRegion(GUEST, LENGTH, USER, 0));
    }

    PassedMemory(final MemoryRegion region)
    {
        this.region = region;
        fd = PassableFds.memory(region.size() + region.fileOffset());
        mapping = Mapping.map(fd, region.fileOffset(), region.size(), Access.READ_WRITE);
        bytes = mapping.memory();
    }

    /** Where a ring lies if the front-end says the addresses. */
    RingAreas areas(final RingFormat format, final int size, final long desc, final long driver, final long device)
    {
        return RingAreas.at(format, size, by(region.userAddress()), by(region.guestAddress()), desc, driver, device);
    }

    /** Where the test's own rings lie. */
    VringAddress address(final int ring)
    {
        final long start = region.userAddress() + (long)ring * 0x4000;
        return new VringAddress(ring, 0, start, start + 0x2000, start + 0x1000, 0);
    }

    private BusMemory by(final long start)
    {
        return (at, length, isWritable, to) ->
        {
            if (Long.compareUnsigned(at - start, region.size() - length) > 0)
            {
                return BusMemory.Translation.NOT_FOUND;
            }
            to.add(bytes, at - start, length);
            return BusMemory.Translation.FOUND;
        };
    }

    @Override
    public void close()
    {
        mapping.close();
        fd.close();
    }
}
