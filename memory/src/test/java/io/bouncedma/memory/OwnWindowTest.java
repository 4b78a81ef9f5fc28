/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A window and an addressing that a user brings: what follows from the few methods that he writes.
 */
class OwnWindowTest
{
    private static final int PAGE = Extent.ALIGNMENT;
    private static final int PAGES = 4;

    /** The window's pages lie on the bus from the last to the first, from 2<sup>63</sup> on. */
    private static final BusAddressing BACKWARDS = new BusAddressing()
    {
        @Override
        public void requireNames(final ExtentTable extents)
        {
            if (extents.length() != PAGES * PAGE)
            {
                throw new IllegalArgumentException("four pages and no others: length=" + extents.length());
            }
        }

        @Override
        public long toBus(final ExtentTable extents, final long offset)
        {
            return offset < 0 || offset >= extents.length() ? ExtentTable.NOT_FOUND :
                Long.MIN_VALUE + (PAGES - 1 - offset / PAGE) * PAGE + offset % PAGE;
        }

        @Override
        public long toOffset(final ExtentTable extents, final long bus)
        {
            final long at = bus - Long.MIN_VALUE;
            return at < 0 || at >= extents.length() ? ExtentTable.NOT_FOUND :
                (PAGES - 1 - at / PAGE) * PAGE + at % PAGE;
        }

        @Override
        public long run(final ExtentTable extents, final long bus)
        {
            return ExtentTable.NOT_FOUND == toOffset(extents, bus) ? 0 : PAGE - (bus & PAGE - 1);
        }
    };

    private final OwnMemory window = new OwnMemory(PAGES * PAGE);

    /** All of it can be written as far as the segment knows, its third page only as far as the window does. */
    private static final class OwnMemory implements Window
    {
        private final Arena arena = Arena.ofShared();
        private final MemorySegment memory;
        private final ExtentTable extents;
        private final WindowUsers users;

        OwnMemory(final long length)
        {
            memory = arena.allocate(length, PAGE);
            extents = new ExtentTable(List.of(new Extent(0, 0, length)));
            users = new WindowUsers(name(), extents, addressing());
        }

        @Override
        public String name()
        {
            return "own";
        }

        @Override
        public MemorySegment memory()
        {
            return memory;
        }

        @Override
        public ExtentTable extents()
        {
            return extents;
        }

        @Override
        public BusAddressing addressing()
        {
            return BACKWARDS;
        }

        @Override
        public WindowUsers users()
        {
            return users;
        }

        @Override
        public Rights rights()
        {
            return Rights.OWN_OUTPUT;
        }

        @Override
        public boolean isWritable(final long offset, final long length)
        {
            return offset >= 2 * PAGE && offset + length <= 3 * PAGE;
        }

        @Override
        public void close()
        {
            users.close(arena::close);
        }
    }

    @AfterEach
    void close()
    {
        window.close();
    }

    @Test
    void shouldFollowItsAddressing()
    {
        assertEquals(Long.MIN_VALUE + 3 * PAGE + 5, window.busAddress(5));
        assertEquals(5, window.offsetOf(Long.MIN_VALUE + 3 * PAGE + 5));
        assertEquals(PAGE - 5, window.runLength(Long.MIN_VALUE + 5));
        assertThrows(IndexOutOfBoundsException.class, () -> window.busAddress(PAGES * PAGE));
        final List<Long> pieces = new ArrayList<>();
        assertEquals(BusMemory.Translation.FOUND,
            window.translate(Long.MIN_VALUE + PAGE - 1, PAGE + 2, false, (memory, offset, length) ->
                pieces.addAll(List.of(offset, length))));
        assertEquals(List.of(4L * PAGE - 1, 1L, 2L * PAGE, (long)PAGE, (long)PAGE, 1L), pieces);
        assertThrows(IllegalArgumentException.class, () -> new OwnMemory(PAGE));
    }

    @Test
    void shouldHoldTheRightsThatItHas()
    {
        window.memory(2L * PAGE, PAGE).set(ValueLayout.JAVA_BYTE, 0, (byte)1);
        assertEquals(1, window.view(2L * PAGE, PAGE).getByte(0));
        assertTrue(window.memory(PAGE, 2L * PAGE).isReadOnly());
        assertTrue(window.memory(3L * PAGE - 1, 2).isReadOnly());
        final IllegalArgumentException e =
            assertThrows(IllegalArgumentException.class, () -> window.view(PAGE, PAGE + 1));
        assertTrue(e.getMessage().contains("name=own"), e.getMessage());
        final long third = window.busAddress(2L * PAGE);
        final List<MemorySegment> found = new ArrayList<>();
        assertEquals(BusMemory.Translation.FOUND,
            window.translate(third, PAGE, true, (memory, offset, length) -> found.add(memory)));
        assertFalse(found.getFirst().isReadOnly());
        assertEquals(BusMemory.Translation.NOT_FOUND,
            window.translate(third, PAGE + 1, true, (memory, offset, length) -> found.add(memory)));
    }

    @Test
    void shouldBeOpenWhileItIsUsed()
    {
        final long generation = window.generation();
        window.users().retain("user");
        assertThrows(IllegalStateException.class, window::close);
        assertEquals(generation, window.generation());
        window.users().release("user");
        window.close();
        window.close();
        assertEquals(generation + 1, window.generation());
        assertThrows(IllegalStateException.class, () -> window.memory().get(ValueLayout.JAVA_BYTE, 0));
    }
}
