/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import net.openhft.chronicle.bytes.Bytes;

import java.util.ArrayList;
import java.util.List;

/**
 * A piece of memory that the front-end shares ("A memory region description").
 *
 * @param guestAddress of its first byte in descriptors.
 * @param size         bytes.
 * @param userAddress  of its first byte in the front-end's process, or what that makes of it.
 * @param fileOffset   of its first byte in the file that comes along.
 */
record MemoryRegion(long guestAddress, long size, long userAddress, long fileOffset)
{
    static final int LENGTH = 32;
    /** Before one region alone; before several, a count and four bytes of padding. */
    static final int PADDING = 8;
    /** Regions of one SET_MEM_TABLE: a front-end with more uses ADD_MEM_REG. */
    static final int MAX_TABLE = 8;
    /** No process has so much memory, and sums of what is below do not overflow (CVE-2020-10722). */
    private static final long MAX_END = 1L << 62;

    /**
     * Refuse what no memory is.
     *
     * @throws ProtocolException if the size is zero or an end overflows.
     */
    void require()
    {
        if (size <= 0 || size > MAX_END || overflows(guestAddress) || overflows(userAddress) || fileOffset < 0 ||
            fileOffset > MAX_END - size)
        {
            throw new ProtocolException("memory region can not be: " + this);
        }
    }

    private boolean overflows(final long start)
    {
        return Long.compareUnsigned(start + size - 1, start) < 0;
    }

    static MemoryRegion read(final Bytes<?> from)
    {
        final MemoryRegion region =
            new MemoryRegion(from.readLong(), from.readLong(), from.readLong(), from.readLong());
        region.require();
        return region;
    }

    void write(final Bytes<?> to)
    {
        to.writeLong(guestAddress);
        to.writeLong(size);
        to.writeLong(userAddress);
        to.writeLong(fileOffset);
    }

    static MemoryRegion readSingle(final Bytes<?> from)
    {
        from.readSkip(PADDING);
        return read(from);
    }

    void writeSingle(final Bytes<?> to)
    {
        to.writeLong(0);
        write(to);
    }

    static List<MemoryRegion> readTable(final Bytes<?> from)
    {
        final long count = from.readUnsignedInt();
        from.readSkip(Integer.BYTES);
        // User-mode Linux sends a table of fixed length and says how much of it counts.
        if (count * LENGTH > from.readRemaining())
        {
            throw new ProtocolException("memory table is too short: regions=" + count + ", bytes=" +
                from.readRemaining() + ", expected=" + count * LENGTH);
        }
        final List<MemoryRegion> regions = new ArrayList<>();
        for (long i = 0; i < count; i++)
        {
            regions.add(read(from));
        }
        return regions;
    }

    static void writeTable(final List<MemoryRegion> regions, final Bytes<?> to)
    {
        to.writeUnsignedInt(regions.size());
        to.writeInt(0);
        regions.forEach((region) -> region.write(to));
    }

    @Override
    public String toString()
    {
        return "guestAddress=0x" + Long.toHexString(guestAddress) + ", size=0x" + Long.toHexString(size) +
            ", userAddress=0x" + Long.toHexString(userAddress) + ", fileOffset=0x" + Long.toHexString(fileOffset);
    }
}
