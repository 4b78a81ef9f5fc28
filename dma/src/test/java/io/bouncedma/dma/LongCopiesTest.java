/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Copies of several MiB, which are made in pieces: each byte has a value that its place alone has nearby, so that a
 * piece that lands where another one belongs is seen, wherever pieces begin.
 */
class LongCopiesTest
{
    private static final int LENGTH = (3 << 20) + 77;
    private static final int OFFSET = 5;

    private final TwoPools window = new TwoPools(8 << 20);
    private final DmaDevice device = new DmaDevice("disk", window.pools);

    /** Where the original lies. */
    private enum Kind
    {
        ARRAY
        {
            @Override
            long map(final DmaDevice device, final MemorySegment memory)
            {
                return device.map((byte[])memory.heapBase().orElseThrow(), OFFSET, LENGTH, Direction.BIDIRECTIONAL);
            }
        },
        HEAP_BUFFER
        {
            @Override
            long map(final DmaDevice device, final MemorySegment memory)
            {
                return device.map(ByteBuffer.wrap((byte[])memory.heapBase().orElseThrow()), OFFSET, LENGTH,
                    Direction.BIDIRECTIONAL);
            }
        },
        DIRECT_BUFFER
        {
            @Override
            long map(final DmaDevice device, final MemorySegment memory)
            {
                return device.map(memory.asByteBuffer(), OFFSET, LENGTH, Direction.BIDIRECTIONAL);
            }
        },
        AGRONA_BUFFER
        {
            @Override
            long map(final DmaDevice device, final MemorySegment memory)
            {
                return device.map(new UnsafeBuffer(memory.asByteBuffer()), OFFSET, LENGTH, Direction.BIDIRECTIONAL);
            }
        },
        SEGMENT
        {
            @Override
            long map(final DmaDevice device, final MemorySegment memory)
            {
                return device.map(memory, OFFSET, LENGTH, Direction.BIDIRECTIONAL);
            }
        };

        abstract long map(DmaDevice device, MemorySegment memory);
    }

    @AfterEach
    void close()
    {
        device.close();
        window.close();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void shouldPutEveryByteInItsPlace(final Kind kind)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment memory = Kind.ARRAY == kind || Kind.HEAP_BUFFER == kind ?
                MemorySegment.ofArray(new byte[OFFSET + LENGTH + 1]) : arena.allocate(OFFSET + LENGTH + 1, 8);
            final byte[] sent = pattern(1);
            MemorySegment.copy(sent, 0, memory, ValueLayout.JAVA_BYTE, OFFSET, LENGTH);
            final long mapping = kind.map(device, memory);
            final long bus = device.busAddress(mapping);
            assertArrayEquals(sent, window.deviceReads(bus, LENGTH));

            final byte[] received = pattern(2);
            window.deviceWrites(bus, received);
            device.syncForCpu(mapping, 0, LENGTH);
            assertArrayEquals(received, bytesOf(memory));

            final byte[] again = pattern(3);
            MemorySegment.copy(again, 0, memory, ValueLayout.JAVA_BYTE, OFFSET, LENGTH);
            device.syncForDevice(mapping, 0, LENGTH);
            assertArrayEquals(again, window.deviceReads(bus, LENGTH));

            final byte[] last = pattern(4);
            window.deviceWrites(bus, last);
            device.unmap(mapping);
            assertArrayEquals(last, bytesOf(memory));
            assertEquals(0, memory.get(ValueLayout.JAVA_BYTE, OFFSET - 1) | memory.get(ValueLayout.JAVA_BYTE,
                OFFSET + LENGTH));
        }
    }

    private static byte[] bytesOf(final MemorySegment memory)
    {
        return memory.asSlice(OFFSET, LENGTH).toArray(ValueLayout.JAVA_BYTE);
    }

    /** No period: not of a power of two, as the length of a piece is, either. */
    private static byte[] pattern(final int seed)
    {
        final byte[] bytes = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++)
        {
            final int mixed = (i + seed * LENGTH) * 0x9e37_79b1;
            bytes[i] = (byte)((mixed ^ mixed >>> 15) * 0x85eb_ca77 >>> 24);
        }
        return bytes;
    }
}
