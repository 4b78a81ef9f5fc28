/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.memory.ExtentTable;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.virtio.VirtioException;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * What the back-end is given to see: the shared windows, each run of bus addresses as a memory region of its own.
 * Everything is named by bus addresses, ring addresses too, so that no address of this process is told.
 */
final class FrontendMemory implements AutoCloseable
{
    private static final ValueLayout.OfShort LITTLE_ENDIAN_16 =
        ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** 2.7.8: where the index is in the device area of a split ring. */
    private static final int USED_IDX_OFFSET = 2;

    private final List<Window> windows = new ArrayList<>();
    private final List<MemoryRegion> table = new ArrayList<>();
    /** Of the same index in the table. */
    private final List<Fd> files = new ArrayList<>();
    /** Who has it already: it stays the same from one driver to the next. */
    private FrontendSession sharedWith;

    FrontendMemory(final List<SharedMemory> shared)
    {
        try
        {
            shared.forEach(this::add);
        }
        catch (final RuntimeException e)
        {
            close();
            throw e;
        }
    }

    private void add(final SharedMemory shared)
    {
        final Window window = shared.window();
        long offset = 0;
        while (offset < window.length())
        {
            final long bus = window.busAddress(offset);
            final MemoryRegion run = new MemoryRegion(bus, window.runLength(bus), bus, offset);
            for (final MemoryRegion other : table)
            {
                // Unsigned, as bus addresses are: of two that overlap one begins in the other.
                if (Long.compareUnsigned(run.guestAddress() - other.guestAddress(), other.size()) < 0 ||
                    Long.compareUnsigned(other.guestAddress() - run.guestAddress(), run.size()) < 0)
                {
                    throw new IllegalArgumentException("regions have the same bus addresses: " + run + "; " + other);
                }
            }
            table.add(run);
            files.add(shared.file().duplicate());
            offset += run.size();
        }
        windows.add(window);
    }

    /**
     * Give it to a back-end that does not have it yet.
     *
     * @throws VirtioException if the back-end has no room for so many regions, or refuses one.
     */
    void share(final FrontendSession session)
    {
        if (session == sharedWith)
        {
            return;
        }
        sharedWith = session;
        final boolean hasSlots = session.has(ProtocolFeatures.CONFIGURE_MEM_SLOTS);
        final long most = hasSlots ?
            session.askNumber(FrontendRequest.GET_MAX_MEM_SLOTS) : MemoryRegion.MAX_TABLE;
        if (Long.compareUnsigned(table.size(), most) > 0)
        {
            throw new VirtioException("memory has more pieces than the back-end takes: pieces=" + table.size() +
                ", maximum=" + Long.toUnsignedString(most) + "; share windows of fewer extents");
        }
        if (!hasSlots)
        {
            session.tell(FrontendRequest.SET_MEM_TABLE, (to) -> MemoryRegion.writeTable(table, to), files);
            return;
        }
        for (int i = 0; i < table.size(); i++)
        {
            session.tell(FrontendRequest.ADD_MEM_REG, table.get(i)::writeSingle, List.of(files.get(i)));
        }
    }

    /**
     * The IOMMU's entry for an address of the device.
     *
     * @param iova any value.
     * @return an update, or null if there is nothing.
     */
    IotlbMessage resolve(final long iova)
    {
        for (final MemoryRegion region : table)
        {
            if (Long.compareUnsigned(iova - region.guestAddress(), region.size()) < 0)
            {
                return new IotlbMessage(region.guestAddress(), region.size(), region.userAddress(),
                    IotlbMessage.READ | IotlbMessage.WRITE, IotlbMessage.UPDATE);
            }
        }
        return null;
    }

    /** Take every entry back. */
    void invalidate(final FrontendSession session)
    {
        if (session != sharedWith)
        {
            return;
        }
        for (final MemoryRegion region : table)
        {
            session.tell(FrontendRequest.IOTLB_MSG, new IotlbMessage(
                region.guestAddress(), region.size(), 0, 0, IotlbMessage.INVALIDATE)::write, List.of());
        }
    }

    /**
     * How far the device was with a split ring, as its memory tells.
     *
     * @param deviceArea bus address of its device area.
     * @return the used index.
     * @throws VirtioException if the ring is not in the memory.
     */
    int usedIndex(final long deviceArea)
    {
        for (final Window window : windows)
        {
            final long offset = window.offsetOf(deviceArea);
            if (ExtentTable.NOT_FOUND != offset)
            {
                final MemorySegment index = window.memory(offset + USED_IDX_OFFSET, Short.BYTES);
                return Short.toUnsignedInt(index.get(LITTLE_ENDIAN_16, 0));
            }
        }
        throw new VirtioException("ring is in none of the shared windows: deviceArea=0x" +
            Long.toHexString(deviceArea) + ", windows=" + windows);
    }

    @Override
    public void close()
    {
        files.forEach(Fd::close);
    }
}
