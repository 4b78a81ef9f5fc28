/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.pool.ExtentTable;
import io.bouncedma.pool.OrderedMemory;
import io.bouncedma.pool.SharedRegion;

import java.lang.foreign.MemorySegment;

/**
 * The three areas of a ring in shared memory, for whoever plays whichever role on it.
 */
public final class RingAreas implements AutoCloseable
{
    private final RingFormat format;
    private final int size;
    private final OrderedMemory desc;
    private final OrderedMemory driver;
    private final OrderedMemory device;
    private final long descAddress;
    private final long driverAddress;
    private final long deviceAddress;
    /** Null if it is somebody else's to give back. */
    private final CoherentBuffer memory;

    private RingAreas(
        final RingFormat format,
        final int size,
        final OrderedMemory[] areas,
        final long[] addresses,
        final CoherentBuffer memory)
    {
        this.format = format;
        this.size = size;
        desc = areas[0];
        driver = areas[1];
        device = areas[2];
        descAddress = addresses[0];
        driverAddress = addresses[1];
        deviceAddress = addresses[2];
        this.memory = memory;
    }

    /**
     * Lay the areas of a new ring into zeroed memory.
     *
     * @param format of the ring.
     * @param size   entries.
     * @param memory of at least {@link RingFormat#totalLength(int)} bytes, which {@link #close()} gives back.
     * @return the areas, one behind the other.
     * @throws IllegalArgumentException if the format has no such size or the memory is too short.
     */
    public static RingAreas in(final RingFormat format, final int size, final CoherentBuffer memory)
    {
        format.requireSize(size);
        if (memory.length() < format.totalLength(size))
        {
            throw new IllegalArgumentException("ring memory is too short: size=" + size + ", length=" +
                memory.length() + ", required=" + format.totalLength(size));
        }
        final MemorySegment bytes = memory.memory();
        final OrderedMemory[] areas = {
            new OrderedMemory(bytes.asSlice(0, format.descLength(size))),
            new OrderedMemory(bytes.asSlice(format.driverOffset(size), format.driverLength(size))),
            new OrderedMemory(bytes.asSlice(format.deviceOffset(size), format.deviceLength(size)))
        };
        final long bus = memory.busAddress();
        return new RingAreas(format, size, areas,
            new long[]{bus, bus + format.driverOffset(size), bus + format.deviceOffset(size)}, memory);
    }

    /**
     * Find the areas of a ring that somebody else laid out, at addresses that he wrote.
     *
     * @param format of the ring.
     * @param size   entries, any value.
     * @param region that the areas lie in.
     * @param desc   bus address of the descriptor area, any value.
     * @param driver bus address of the driver area, any value.
     * @param device bus address of the device area, any value.
     * @return the areas.
     * @throws IllegalArgumentException if the format has no such size, or an area is misaligned, not inside the region
     *                                  or not in one piece.
     */
    public static RingAreas at(
        final RingFormat format,
        final int size,
        final SharedRegion region,
        final long desc,
        final long driver,
        final long device)
    {
        format.requireSize(size);
        final OrderedMemory[] areas = {
            area("descriptor area", region, desc, format.descLength(size), SplitRingLayout.DESC_ALIGNMENT),
            area("driver area", region, driver, format.driverLength(size), format.driverAlignment()),
            area("device area", region, device, format.deviceLength(size), format.deviceAlignment())
        };
        return new RingAreas(format, size, areas, new long[]{desc, driver, device}, null);
    }

    /**
     * The ring's format.
     *
     * @return as given.
     */
    public RingFormat format()
    {
        return format;
    }

    /**
     * How large the ring is.
     *
     * @return descriptors.
     */
    public int size()
    {
        return size;
    }

    /**
     * The bus address of the descriptor area.
     *
     * @return for {@link VirtioTransport#enableQueue}.
     */
    public long descAddress()
    {
        return descAddress;
    }

    /**
     * The bus address of the driver area.
     *
     * @return for {@link VirtioTransport#enableQueue}.
     */
    public long driverAddress()
    {
        return driverAddress;
    }

    /**
     * The bus address of the device area.
     *
     * @return for {@link VirtioTransport#enableQueue}.
     */
    public long deviceAddress()
    {
        return deviceAddress;
    }

    /**
     * Give the memory back, if it is this ring's own. Nobody may use the ring any more.
     */
    @Override
    public void close()
    {
        if (null != memory)
        {
            memory.close();
        }
    }

    OrderedMemory desc()
    {
        return desc;
    }

    OrderedMemory driver()
    {
        return driver;
    }

    OrderedMemory device()
    {
        return device;
    }

    private static OrderedMemory area(
        final String name, final SharedRegion region, final long busAddress, final int length, final int alignment)
    {
        final long offset = region.offsetOf(busAddress);
        if (0 == busAddress || 0 != (busAddress & (alignment - 1)) || ExtentTable.NOT_FOUND == offset ||
            0 != (offset & (alignment - 1)) || region.runLength(busAddress) < length)
        {
            throw new IllegalArgumentException(name + " must be aligned and inside the region: address=0x" +
                Long.toHexString(busAddress) + ", length=" + length + ", alignment=" + alignment + ", " + region);
        }
        return new OrderedMemory(region.memory(offset, length));
    }
}
