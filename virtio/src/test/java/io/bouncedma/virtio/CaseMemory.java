/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.dma.CoherentBuffer;
import io.bouncedma.memory.Extent;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The memory of a case, by bus address and without the translation of the code under test: byte by byte, from the table
 * of places. The half that is not pool begins as noise, so that each byte tells where it is from.
 */
final class CaseMemory implements AutoCloseable
{
    private static final ValueLayout.OfLong LITTLE_LONG =
        ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt LITTLE_INT =
        ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort LITTLE_SHORT =
        ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    final TestRegion shared;
    /** The bus address of the region's first place. */
    final long base;
    private final int[] places;

    /** One piece of so many bytes, or pages at these places. */
    CaseMemory(final int region, final int... places)
    {
        this.places = places.clone();
        final boolean isWhole = 0 == places.length;
        shared = isWhole ? TestRegion.ofOffsets(region) : TestRegion.ofPages(places);
        base = isWhole ? 0 : TestRegion.PADDR;
        final byte[] noise = new byte[(int)shared.region.length() - shared.free];
        new SplittableRandom(61).nextBytes(noise);
        shared.put(shared.free, noise);
    }

    RingAreas allocate(final RingFormat format, final int size)
    {
        final CoherentBuffer buffer = shared.dma.allocateCoherent(format.totalLength(size), RingFormat.CACHE_LINE);
        return RingAreas.in(format, size, buffer);
    }

    byte[] all()
    {
        return shared.memory().toArray(ValueLayout.JAVA_BYTE);
    }

    void put(final long address, final byte[] bytes)
    {
        for (int i = 0; i < bytes.length; i++)
        {
            shared.put(offset(address + i), new byte[]{bytes[i]});
        }
    }

    void fill(final long address, final int length, final int value)
    {
        final byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte)value);
        put(address, bytes);
    }

    /** The bytes at ranges of the form {@code 0x8000+16 0x9000+2}. */
    byte[] get(final String ranges)
    {
        final byte[] bytes = new byte[1 << 20];
        int count = 0;
        for (final int offset : offsets(ranges))
        {
            bytes[count] = shared.bytes(offset, 1)[0];
            count++;
        }
        return Arrays.copyOf(bytes, count);
    }

    /** What the whole region is when bytes are at ranges of it. */
    static byte[] with(final byte[] all, final int[] offsets, final byte[] bytes)
    {
        final byte[] changed = all.clone();
        for (int i = 0; i < offsets.length; i++)
        {
            changed[offsets[i]] = bytes[i];
        }
        return changed;
    }

    int[] offsets(final String ranges)
    {
        return ranges.isEmpty() ? new int[0] : Arrays.stream(ranges.split(" ")).flatMapToInt((range) ->
        {
            final RawElement element = RawElement.of(':' + range, base);
            return IntStream.range(0, element.length()).map((i) -> offset(element.address() + i));
        }).toArray();
    }

    /** Write a descriptor anywhere, in the layout of a table or of a ring. */
    void descriptor(final long address, final RawElement element, final boolean isPacked, final int flags,
        final int nextOrId)
    {
        final byte[] bytes = new byte[SplitRingLayout.DESC_LENGTH];
        final MemorySegment fields = MemorySegment.ofArray(bytes);
        fields.set(LITTLE_LONG, 0, element.address());
        fields.set(LITTLE_INT, SplitRingLayout.LEN_OFFSET, element.length());
        fields.set(LITTLE_SHORT, isPacked ? PackedRingLayout.FLAGS_OFFSET : SplitRingLayout.FLAGS_OFFSET,
            (short)flags);
        fields.set(LITTLE_SHORT, isPacked ? PackedRingLayout.ID_OFFSET : SplitRingLayout.NEXT_OFFSET,
            (short)nextOrId);
        put(address, bytes);
    }

    private int offset(final long address)
    {
        final long from = address - base;
        if (0 == places.length)
        {
            return (int)from;
        }
        final int place = (int)(from / Extent.ALIGNMENT);
        int page = 0;
        while (places[page] != place)
        {
            page++;
        }
        return (int)(page * (long)Extent.ALIGNMENT + from % Extent.ALIGNMENT);
    }

    @Override
    public void close()
    {
        shared.close();
    }
}
