/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.WideWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.pool.Refusal;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Mappings in pools that are longer than any buffer: every kind of memory is bounced at their far ends, too.
 */
class HugePoolMappingTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int GIB = 1 << 30;
    private static final byte[] DATA = {1, 2, 3, 4, 5};
    private static final byte[] TURNED = {5, 4, 3, 2, 1};

    @ParameterizedTest(name = "{0} GiB")
    @ValueSource(ints = {2, 3, 64})
    void shouldBounceAtBothEnds(final int size)
    {
        final long length = (long)size * GIB;
        try (Window window = WideWindow.open(PAGE + length);
            BouncePool pool = new BouncePool("huge", window, PAGE, length);
            PoolClient other = pool.open("other");
            DmaDevice device = new DmaDevice("device", PoolSet.of(pool)))
        {
            final long[] blocks = new long[size];
            for (int i = 0; i < size; i++)
            {
                final long block = other.allocate(GIB);
                assertTrue(block > 0, () -> other.explain(GIB).toString());
                blocks[(int)(other.offsetOf(block) / GIB)] = block;
            }
            for (final int only : new int[]{0, size - 1})
            {
                other.free(blocks[only]);
                bounce(device, window, PAGE + (long)only * GIB);
                blocks[only] = other.allocate(GIB);
            }
            assertEquals(Refusal.Reason.EXHAUSTED.code(), device.map(DATA, 0, 1, Direction.TO_DEVICE));
            for (final long block : blocks)
            {
                other.free(block);
            }
        }
    }

    /** Map all kinds of memory where only one GiB is free. */
    private static void bounce(final DmaDevice device, final Window window, final long free)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment segment = arena.allocate(DATA.length).copyFrom(MemorySegment.ofArray(DATA));
            final byte[] array = DATA.clone();
            final ByteBuffer heap = ByteBuffer.wrap(DATA.clone());
            final ByteBuffer direct = ByteBuffer.allocateDirect(DATA.length).put(0, DATA);
            final UnsafeBuffer buffer = new UnsafeBuffer(DATA.clone());
            turnOver(device, window, free, device.map(array, 0, DATA.length, Direction.BIDIRECTIONAL));
            turnOver(device, window, free, device.map(heap, 0, DATA.length, Direction.BIDIRECTIONAL));
            turnOver(device, window, free, device.map(direct, 0, DATA.length, Direction.BIDIRECTIONAL));
            turnOver(device, window, free, device.map(buffer, 0, DATA.length, Direction.BIDIRECTIONAL));
            turnOver(device, window, free, device.map(segment, 0, DATA.length, Direction.BIDIRECTIONAL));
            assertArrayEquals(TURNED, array);
            assertArrayEquals(TURNED, heap.array());
            assertEquals(ByteBuffer.wrap(TURNED), direct);
            assertArrayEquals(TURNED, buffer.byteArray());
            assertEquals(-1, segment.mismatch(MemorySegment.ofArray(TURNED)));
        }
    }

    /** What a device does with it. */
    private static void turnOver(final DmaDevice device, final Window window, final long free, final long mapping)
    {
        assertTrue(mapping >= 0, () -> device.explain(DATA.length));
        final long bus = device.busAddress(mapping);
        assertTrue(bus >= free && bus < free + GIB, "at " + bus);
        final UnsafeBuffer view = window.view(bus, DATA.length);
        for (int i = 0; i < DATA.length; i++)
        {
            assertEquals(DATA[i], view.getByte(i));
            view.putByte(i, TURNED[i]);
        }
        device.unmap(mapping, DATA.length);
    }

    @Test
    void shouldSayWhatAMappingMayBe()
    {
        final long four = 4L * GIB;
        try (Window window = WideWindow.open(PAGE + 2 * four);
            BouncePool pool = new BouncePool("huge", window, PAGE, 2 * four);
            DmaDevice device = new DmaDevice("device", PoolSet.of(pool));
            Window other = WideWindow.open(four))
        {
            final MemorySegment long4 = other.memory();
            final long mapping = device.map(long4, 0, GIB, Direction.FROM_DEVICE);
            assertTrue(mapping >= 0, () -> device.explain(GIB));
            assertEquals(GIB, pool.usedBytes());
            device.unmap(mapping, 0);
            final String message = assertThrows(IllegalArgumentException.class,
                () -> device.map(long4, 0, four, Direction.TO_DEVICE)).getMessage();
            assertTrue(message.contains(Integer.toString(GIB)) && message.contains(Long.toString(four)), message);
            assertEquals(0, pool.usedBytes());
        }
    }
}
