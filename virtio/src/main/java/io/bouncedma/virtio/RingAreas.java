/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.memory.BusMemory.Translation;
import io.bouncedma.memory.BusMemory;
import io.bouncedma.memory.OrderedMemory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

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
    private final BusMemory buffers;
    /** What the device writes, if somebody else laid the areas out. */
    private final List<Piece> writtenByDevice;
    /** Null if it is somebody else's to give back. */
    private final CoherentBuffer owned;

    private RingAreas(
        final RingFormat format,
        final int size,
        final OrderedMemory[] areas,
        final long[] addresses,
        final List<Piece> writtenByDevice,
        final BusMemory buffers,
        final CoherentBuffer owned)
    {
        this.format = format;
        this.size = size;
        desc = areas[0];
        driver = areas[1];
        device = areas[2];
        descAddress = addresses[0];
        driverAddress = addresses[1];
        deviceAddress = addresses[2];
        this.writtenByDevice = writtenByDevice;
        this.buffers = buffers;
        this.owned = owned;
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
            new long[]{bus, bus + format.driverOffset(size), bus + format.deviceOffset(size)},
            List.of(), memory.window(), memory);
    }

    /**
     * Find the areas of a ring that somebody else laid out, at addresses that he wrote.
     *
     * @param format of the ring.
     * @param size   entries, any value.
     * @param memory that the areas and the buffers lie in.
     * @param desc   bus address of the descriptor area, any value.
     * @param driver bus address of the driver area, any value.
     * @param device bus address of the device area, any value.
     * @return the areas.
     * @throws IllegalArgumentException if the format has no such size, or an area is misaligned, not inside the memory
     *                                  or not in one piece.
     */
    public static RingAreas at(
        final RingFormat format,
        final int size,
        final BusMemory memory,
        final long desc,
        final long driver,
        final long device)
    {
        return at(format, size, memory, memory, desc, driver, device);
    }

    /**
     * Find the areas of a ring whose addresses mean something else than those of the buffers, as with vhost-user.
     *
     * @param format  of the ring.
     * @param size    entries, any value.
     * @param memory  that the areas lie in.
     * @param buffers that the buffers lie in.
     * @param desc    address of the descriptor area in the memory, any value.
     * @param driver  address of the driver area in the memory, any value.
     * @param device  address of the device area in the memory, any value.
     * @return the areas.
     * @throws IllegalArgumentException if the format has no such size, or an area is misaligned, not inside the memory
     *                                  or not in one piece.
     */
    public static RingAreas at(
        final RingFormat format,
        final int size,
        final BusMemory memory,
        final BusMemory buffers,
        final long desc,
        final long driver,
        final long device)
    {
        format.requireSize(size);
        final boolean isPacked = RingFormat.PACKED == format;
        final Piece descPiece =
            piece("descriptor area", memory, desc, format.descLength(size), SplitRingLayout.DESC_ALIGNMENT, isPacked);
        final Piece driverPiece =
            piece("driver area", memory, driver, format.driverLength(size), format.driverAlignment(), false);
        final Piece devicePiece =
            piece("device area", memory, device, format.deviceLength(size), format.deviceAlignment(), true);
        return new RingAreas(format, size,
            new OrderedMemory[]{descPiece.ordered(), driverPiece.ordered(), devicePiece.ordered()},
            new long[]{desc, driver, device},
            isPacked ? List.of(descPiece, devicePiece) : List.of(devicePiece), buffers, null);
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
     * Whether the first descriptor and the beginning of the driver area are zero. A driver that has made something
     * available has written one of them: of a split ring it uses the descriptors in whatever order it likes, but
     * counts in the driver area; the count of a ring that goes on may just be zero, but that ring has descriptors.
     *
     * @return true if so.
     */
    public boolean isBlank()
    {
        return 0 == desc.load64(0) && 0 == desc.load64(Long.BYTES) &&
            0 == driver.load16(0) && 0 == driver.load16(Short.BYTES);
    }

    /**
     * Give the memory back, if it is this ring's own. Nobody may use the ring any more.
     */
    @Override
    public void close()
    {
        if (null != owned)
        {
            owned.close();
        }
    }

    /** What the addresses in descriptors mean. */
    BusMemory buffers()
    {
        return buffers;
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

    /** Tell the memory that the device has written to the ring. */
    void reportWritten()
    {
        for (int i = 0; i < writtenByDevice.size(); i++)
        {
            final Piece piece = writtenByDevice.get(i);
            buffers.written(piece.memory, piece.offset, piece.length);
        }
    }

    private record Piece(MemorySegment memory, long offset, long length)
    {
        OrderedMemory ordered()
        {
            return new OrderedMemory(memory.asSlice(offset, length));
        }

        boolean isAligned(final int alignment)
        {
            return 0 == (memory.address() + offset & alignment - 1);
        }
    }

    private static Piece piece(
        final String name,
        final BusMemory memory,
        final long busAddress,
        final int length,
        final int alignment,
        final boolean isWritable)
    {
        final List<Piece> pieces = new ArrayList<>();
        final Translation found = memory.translate(
            busAddress, length, isWritable, (bytes, offset, count) -> pieces.add(new Piece(bytes, offset, count)));
        if (0 == busAddress || 0 != (busAddress & (alignment - 1)) || Translation.FOUND != found ||
            1 != pieces.size() || !pieces.getFirst().isAligned(alignment))
        {
            throw new IllegalArgumentException(name + " must be aligned and inside the memory: address=0x" +
                Long.toHexString(busAddress) + ", length=" + length + ", alignment=" + alignment + ", " + memory);
        }
        return pieces.getFirst();
    }
}
