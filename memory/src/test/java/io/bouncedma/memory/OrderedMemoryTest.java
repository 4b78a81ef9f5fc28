/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/**
 * Every access, whatever its order, reads and writes the field that it names, little-endian, and nothing beside it.
 */
class OrderedMemoryTest
{
    private static final int SIZE = 32;
    private static final int AT = 8;

    private interface Store
    {
        void store(OrderedMemory memory, long value);
    }

    private interface Load
    {
        long load(OrderedMemory memory);
    }

    @Test
    void shouldStoreLittleEndianAndNothingBeside()
    {
        stores(1, (memory, value) -> memory.store8(AT, (int)value));
        stores(2, (memory, value) -> memory.store16(AT, (int)value));
        stores(2, (memory, value) -> memory.storeRelease16(AT, (int)value));
        stores(4, (memory, value) -> memory.store32(AT, (int)value));
        stores(4, (memory, value) -> memory.storeRelease32(AT, (int)value));
        stores(8, (memory, value) -> memory.store64(AT, value));
    }

    @Test
    void shouldLoadLittleEndianAndNarrowFieldsUnsigned()
    {
        assertEquals(0xf8L, load(memory -> memory.load8(AT)));
        assertEquals(0xf9f8L, load(memory -> memory.load16(AT)));
        assertEquals(0xf9f8L, load(memory -> memory.loadAcquire16(AT)));
        assertEquals(0xf9f8L, load(memory -> memory.loadOpaque16(AT)));
        assertEquals(0xfbfaf9f8, load(memory -> memory.load32(AT)));
        assertEquals(0xfbfaf9f8, load(memory -> memory.loadAcquire32(AT)));
        assertEquals(0xfffefdfcfbfaf9f8L, load(memory -> memory.load64(AT)));
    }

    @Test
    void shouldEndWhereTheMemoryEnds()
    {
        try (Arena arena = Arena.ofConfined())
        {
            final OrderedMemory memory = new OrderedMemory(arena.allocate(SIZE, Long.BYTES));
            assertEquals(SIZE, memory.length());
            memory.store64(SIZE - Long.BYTES, 1);
            assertThrows(IndexOutOfBoundsException.class, () -> memory.store64(SIZE, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> memory.load8(-1));
        }
    }

    private static void stores(final int width, final Store store)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment memory = arena.allocate(SIZE, Long.BYTES).fill((byte)0x55);
            store.store(new OrderedMemory(memory), 0x8796a5b4c3d2e1f0L);
            final List<Integer> expected = new ArrayList<>();
            final List<Integer> found = new ArrayList<>();
            for (int i = 0; i < SIZE; i++)
            {
                expected.add(i >= AT && i < AT + width ? 0xf0 - 0xf * (i - AT) : 0x55);
                found.add(Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, i)));
            }
            assertEquals(expected, found, "width=" + width);
        }
    }

    private static long load(final Load load)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment memory = arena.allocate(SIZE, Long.BYTES);
            for (int i = 0; i < SIZE; i++)
            {
                memory.set(ValueLayout.JAVA_BYTE, i, (byte)(0xf0 + i));
            }
            return load.load(new OrderedMemory(memory));
        }
    }
}
