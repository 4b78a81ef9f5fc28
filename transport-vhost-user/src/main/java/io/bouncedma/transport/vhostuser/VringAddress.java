/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.memory.BusMemory;
import io.bouncedma.virtio.RingFormat;
import net.openhft.chronicle.bytes.Bytes;

import java.util.List;

/**
 * Where a ring lies ("A vring address description"): addresses of the front-end's process, or of the device's address
 * space if it has an IOTLB.
 *
 * @param index  of the ring.
 * @param flags  {@link #F_LOG}.
 * @param desc   of the descriptor area.
 * @param device of the device area, the used ring.
 * @param driver of the driver area, the available ring.
 * @param log    guest address of the used ring, for the log.
 */
record VringAddress(long index, int flags, long desc, long device, long driver, long log)
{
    static final int LENGTH = 40;
    /** Writes to the ring are to be logged too: all writes to memory are, while anything is. */
    static final int F_LOG = 1;

    static VringAddress read(final Bytes<?> from)
    {
        return new VringAddress(from.readUnsignedInt(), from.readInt(),
            from.readLong(), from.readLong(), from.readLong(), from.readLong());
    }

    void write(final Bytes<?> to)
    {
        to.writeUnsignedInt(index);
        to.writeInt(flags);
        to.writeLong(desc);
        to.writeLong(device);
        to.writeLong(driver);
        to.writeLong(log);
    }

    /** 2.7, 2.8: 16, 2 and 4 bytes; 16, 4 and 4 of a packed ring are looked at when it is started. */
    void requireAligned()
    {
        if (0 != (desc & 15) || 0 != (driver & 1) || 0 != (device & 3))
        {
            throw new ProtocolException("ring's areas are not aligned: " + this);
        }
    }

    /** Whether only what is said of the log differs. */
    boolean isSamePlace(final VringAddress other)
    {
        return desc == other.desc && driver == other.driver && device == other.device;
    }

    /** Whether the areas of a ring are in memory, all of them for writing. */
    boolean isIn(final BusMemory memory, final RingFormat format, final int size)
    {
        return isAt(memory, desc, format.descLength(size)) && isAt(memory, driver, format.driverLength(size)) &&
            isAt(memory, device, format.deviceLength(size));
    }

    private static boolean isAt(final BusMemory memory, final long start, final int length)
    {
        return BusMemory.Translation.NOT_FOUND != translate(memory, start, length, true);
    }

    /** Whether some area of a ring lies in a range. */
    boolean overlaps(final RingFormat format, final int size, final long start, final long length)
    {
        return overlaps(start, length, desc, format.descLength(size)) ||
            overlaps(start, length, driver, format.driverLength(size)) ||
            overlaps(start, length, device, format.deviceLength(size));
    }

    private static boolean overlaps(final long start, final long length, final long other, final int otherLength)
    {
        return Long.compareUnsigned(other - start, length) < 0 || Long.compareUnsigned(start - other, otherLength) < 0;
    }

    /**
     * Whether the areas of a ring can be used. With an IOTLB addresses may have to be asked for, all at once; and one
     * refusal is enough.
     *
     * @return false if they can not be yet.
     * @throws IllegalArgumentException if they are not there.
     */
    boolean isKnown(final BusMemory memory, final RingFormat format, final int size)
    {
        final List<BusMemory.Translation> found = List.of(
            translate(memory, desc, format.descLength(size), RingFormat.PACKED == format),
            translate(memory, driver, format.driverLength(size), false),
            translate(memory, device, format.deviceLength(size), true));
        if (found.contains(BusMemory.Translation.NOT_FOUND))
        {
            throw new IllegalArgumentException("areas of the ring are outside the memory: size=" + size + ", " + this);
        }
        return !found.contains(BusMemory.Translation.NOT_YET);
    }

    private static BusMemory.Translation translate(
        final BusMemory memory, final long start, final int length, final boolean isWritable)
    {
        return memory.translate(start, length, isWritable, (bytes, offset, count) ->
        {
        });
    }

    @Override
    public String toString()
    {
        return "desc=0x" + Long.toHexString(desc) + ", driver=0x" + Long.toHexString(driver) + ", device=0x" +
            Long.toHexString(device);
    }
}
