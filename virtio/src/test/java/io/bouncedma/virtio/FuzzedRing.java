/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.BusMemory;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.MemfdWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A page with the three areas of a ring somewhere in it and canaries around them, what a hostile peer does to it, and
 * which side changed what.
 * <p>
 * Nothing but the ring lies in the page, and the buffers lie in a region of their own: an access of either side beyond
 * the areas is an exception, and a store that is in the wrong area is seen afterwards.
 */
final class FuzzedRing implements AutoCloseable
{
    static final int MAX_SPLIT_SIZE = 32;
    static final int MAX_PACKED_SIZE = 64;
    private static final int LENGTH = Extent.ALIGNMENT;
    private static final long BASE = 0x7_0000_0000L;
    private static final byte CANARY = (byte)0xa5;
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Window region;
    private final MemorySegment page;
    private final MemorySegment before = MemorySegment.ofArray(new byte[LENGTH]);
    private final MemorySegment old = MemorySegment.ofArray(new byte[LENGTH]);
    private RingAreas areas;
    private final int[] starts = new int[3];
    private final int[] ends = new int[3];

    FuzzedRing()
    {
        try (Fd memory = Memfd.create("fuzzed-ring", LENGTH))
        {
            region = MemfdWindow.map("fuzzed-ring", memory, List.of(new Extent(0, BASE, LENGTH)),
                BusAddressing.identity());
        }
        page = region.memory(0, LENGTH);
    }

    /** Lay a new ring into the page, of buffers that are elsewhere: near its start or up to its very end. */
    RingAreas lay(final RingFormat format, final int size, final BusMemory buffers, final FuzzInput input)
    {
        starts[0] = input.below(64) * SplitRingLayout.DESC_ALIGNMENT;
        ends[0] = starts[0] + format.descLength(size);
        starts[1] = up(ends[0] + input.below(16), format.driverAlignment());
        ends[1] = starts[1] + format.driverLength(size);
        starts[2] = up(ends[1] + input.below(16), format.deviceAlignment());
        ends[2] = starts[2] + format.deviceLength(size);
        final int shift = input.isOneOf(2) ? LENGTH - ends[2] & -SplitRingLayout.DESC_ALIGNMENT : 0;
        page.fill(CANARY);
        for (int i = 0; i < starts.length; i++)
        {
            starts[i] += shift;
            ends[i] += shift;
            page.asSlice(starts[i], ends[i] - starts[i]).fill((byte)0);
        }
        remember();
        areas = RingAreas.at(
            format, size, region, buffers, BASE + starts[0], BASE + starts[1], BASE + starts[2]);
        return areas;
    }

    /** Keep what is in the page now, to be brought back piecewise later. */
    void remember()
    {
        old.copyFrom(page);
    }

    /** What a side does from here on is looked at by {@link #requireOnly}. */
    void watch()
    {
        before.copyFrom(page);
    }

    /**
     * Fail if anything but the areas of one side has changed.
     *
     * @param isDriver the driver's: descriptors and its own. Otherwise the device's: its own, and of a packed ring the
     *                 descriptors.
     */
    void requireOnly(final boolean isDriver)
    {
        final boolean mayDescribe = isDriver || RingFormat.PACKED == areas.format();
        int from = 0;
        for (int i = 0; i < starts.length; i++)
        {
            if (0 == i ? mayDescribe : isDriver == (1 == i))
            {
                requireSame(from, starts[i], isDriver);
                from = ends[i];
            }
        }
        requireSame(from, LENGTH, isDriver);
    }

    /**
     * Change something in an area.
     *
     * @param buffers a bus address that is good.
     */
    void mutate(final FuzzInput input, final long buffers)
    {
        final int area = input.below(8);
        final int index = area < 4 ? 0 : area < 6 ? 1 : 2;
        mutate(page.asSlice(starts[index], ends[index] - starts[index]), starts[index], input, buffers);
    }

    /** Change something in other memory. */
    void mutate(final MemorySegment memory, final FuzzInput input, final long buffers)
    {
        mutate(memory, -1, input, buffers);
    }

    private void mutate(final MemorySegment memory, final int place, final FuzzInput input, final long buffers)
    {
        final int length = (int)memory.byteSize();
        // Indexes and events begin their areas.
        final int byteAt = input.below(input.isOneOf(4) ? Integer.BYTES : length);
        switch (input.below(8))
        {
            case 0 -> memory.set(ValueLayout.JAVA_BYTE, byteAt, (byte)input.below(0x100));
            case 1 -> memory.set(ValueLayout.JAVA_BYTE, byteAt,
                (byte)(memory.get(ValueLayout.JAVA_BYTE, byteAt) ^ 1 << input.below(Byte.SIZE)));
            case 2 -> memory.set(U16, byteAt & ~1, (short)interesting(input));
            case 3 -> memory.set(U16, byteAt & ~1, (short)(memory.get(U16, byteAt & ~1) + input.below(5) - 2));
            case 4 -> swap(memory, Math.min(byteAt & ~1, length - Short.BYTES), input.below(length / 2) * 2);
            case 5 -> bringBack(memory, place, byteAt, Math.min(length - byteAt, 1 + input.below(16)));
            case 6 -> memory.set(U32, Math.min(byteAt & ~3, length - Integer.BYTES), interesting(input));
            default ->
            {
                if (length >= Long.BYTES)
                {
                    memory.set(U64, Math.min(byteAt & ~7, length - Long.BYTES), address(input, buffers));
                }
            }
        }
    }

    private int interesting(final FuzzInput input)
    {
        final int size = areas.size();
        return switch (input.below(16))
        {
            case 0 -> -1;
            case 1 -> 0x8000;
            case 2 -> 0x7fff;
            case 3 -> size;
            case 4 -> size - 1;
            case 5 -> size + 1;
            case 6 -> Integer.MAX_VALUE;
            case 7 -> Integer.MIN_VALUE;
            case 8 -> PackedRingLayout.available(input.isOneOf(2)) | input.below(8);
            case 9 -> PackedRingLayout.used(input.isOneOf(2)) | input.below(8);
            case 10 -> SplitRingLayout.DESC_LENGTH * (1 + input.below(8));
            case 11 -> (int)input.any();
            default -> input.below(8);
        };
    }

    private static long address(final FuzzInput input, final long buffers)
    {
        return switch (input.below(8))
        {
            case 0 -> 0;
            case 1 -> -1L - input.below(64);
            case 2 -> BASE + input.below(LENGTH);
            case 3 -> input.any();
            case 4 -> buffers ^ 1L << input.below(Long.SIZE);
            default -> buffers + input.below(0x10000);
        };
    }

    private static void swap(final MemorySegment memory, final int one, final int other)
    {
        final short kept = memory.get(U16, one);
        memory.set(U16, one, memory.get(U16, other));
        memory.set(U16, other, kept);
    }

    private void bringBack(final MemorySegment memory, final int place, final int at, final int length)
    {
        if (place >= 0)
        {
            MemorySegment.copy(old, place + at, memory, at, length);
        }
    }

    private void requireSame(final int from, final int to, final boolean isDriver)
    {
        final long at = MemorySegment.mismatch(before, from, to, page, from, to);
        if (at >= 0)
        {
            throw new AssertionError((isDriver ? "driver" : "device") + " wrote where it must not: offset=" +
                (from + at) + ", areas=" + starts[0] + ".." + ends[0] + ", " + starts[1] + ".." + ends[1] + ", " +
                starts[2] + ".." + ends[2]);
        }
    }

    private static int up(final int offset, final int alignment)
    {
        return offset + alignment - 1 & -alignment;
    }

    @Override
    public void close()
    {
        region.close();
    }
}
