/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Access;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Mapping;

import java.lang.foreign.MemorySegment;

/**
 * A memory region as this process has it. The front-end can still shrink the file: an access then ends in an
 * {@link InternalError}, which is the connection's end.
 */
final class MappedRegion implements AutoCloseable
{
    private final MemoryRegion region;
    private final Mapping mapping;
    private final MemorySegment bytes;

    private MappedRegion(final MemoryRegion region, final Mapping mapping, final MemorySegment bytes)
    {
        this.region = region;
        this.mapping = mapping;
        this.bytes = bytes;
    }

    /**
     * Map a region.
     *
     * @param region as the front-end describes it.
     * @param fd     of its file; it stays the caller's.
     * @return the mapped region, to be closed by the caller.
     * @throws ProtocolException                if the file is shorter.
     * @throws io.bouncedma.os.ErrnoException if Linux refuses to map it.
     */
    static MappedRegion map(final MemoryRegion region, final Fd fd)
    {
        final long end = region.fileOffset() + region.size();
        final long length = fd.size();
        if (length < end)
        {
            throw new ProtocolException(
                "file of a memory region is too short: length=" + length + ", required=" + end + ", " + region);
        }
        // Of a file of huge pages only whole ones can be mapped. A file system of the front-end's own says anything.
        final long blockSize = fd.blockSize();
        final long unit = 0 == blockSize || 0 != blockSize % Mapping.PAGE_SIZE ? Mapping.PAGE_SIZE : blockSize;
        final long start = region.fileOffset() - region.fileOffset() % unit;
        final Mapping mapping = Mapping.map(fd, start, Math.ceilDiv(end - start, unit) * unit, Access.READ_WRITE);
        return new MappedRegion(
            region, mapping, mapping.memory().asSlice(region.fileOffset() - start, region.size()));
    }

    MemoryRegion region()
    {
        return region;
    }

    MemorySegment bytes()
    {
        return bytes;
    }

    @Override
    public void close()
    {
        mapping.close();
    }
}
