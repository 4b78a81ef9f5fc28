/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import io.bouncedma.os.Fd;
import io.bouncedma.os.PassableFds;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.concurrent.atomic.AtomicLong;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class MemfdWindowTest
{
    /** More than a pipe holds. */
    private static final int LARGE = 1 << 20;

    @Test
    void shouldShowOneWindowAtTwoPlaces()
    {
        try (Fd memory = ScatteredWindow.memory();
            Window first = ScatteredWindow.map(memory);
            Window second = MemfdWindow.map(
                "other", memory, ScatteredWindow.inSecondVm(), BusAddressing.basePlusOffset(0x1000)))
        {
            for (long offset = 0; offset < ScatteredWindow.LENGTH; offset += 1000)
            {
                first.view(offset, 1).putByte(0, (byte)offset);
                assertEquals((byte)offset, second.memory(offset, 1).get(ValueLayout.JAVA_BYTE, 0));
                final long bus = second.busAddress(offset);
                assertEquals(offset + 0x1000, bus);
                assertEquals(offset, second.offsetOf(bus));
            }
        }
    }

    @Test
    void shouldTranslateVaddrsAndPaddrsOfEveryExtent()
    {
        try (Window window = ScatteredWindow.open())
        {
            for (final Extent extent : window.extents().extents())
            {
                for (final long inside : new long[] {0, 1, extent.length() - 1})
                {
                    final long vaddr = window.vaddrOf(extent.paddr() + inside);
                    assertEquals(window.memory(extent.offset() + inside, 1).address(), vaddr);
                    assertEquals(extent.paddr() + inside, window.paddrOf(vaddr));
                }
                assertThrows(IndexOutOfBoundsException.class, () -> window.vaddrOf(extent.paddr() - 1));
                assertThrows(IndexOutOfBoundsException.class,
                    () -> window.vaddrOf(extent.paddr() + extent.length()));
            }
            final long start = window.memory(0, 1).address();
            assertThrows(IndexOutOfBoundsException.class, () -> window.paddrOf(start - 1));
            assertThrows(IndexOutOfBoundsException.class, () -> window.paddrOf(start + ScatteredWindow.LENGTH));
        }
    }

    @Test
    void shouldRefusePartsOutsideTheWindow()
    {
        try (Window window = ScatteredWindow.open())
        {
            assertThrows(IndexOutOfBoundsException.class, () -> window.view(ScatteredWindow.LENGTH - 1, 2));
            assertThrows(IndexOutOfBoundsException.class, () -> window.memory(-1, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> window.busAddress(ScatteredWindow.LENGTH));
            assertEquals(ExtentTable.NOT_FOUND, window.offsetOf(-1));
            assertEquals(0, window.runLength(ScatteredWindow.LENGTH));
        }
    }

    @Test
    void shouldStayOpenWhileSomebodyUsesIt()
    {
        final Window window = ScatteredWindow.open();
        window.users().retain("a user");
        assertThrows(IllegalStateException.class, () -> window.users().retain("a user"));
        final IllegalStateException e = assertThrows(IllegalStateException.class, window::close);
        assertTrue(e.getMessage().contains("users=[a user]"), e.getMessage());
        window.users().release("a user");
        window.close();
        window.close();
        assertThrows(IllegalStateException.class, () -> window.users().retain("late"));
        assertThrows(IllegalStateException.class, () -> window.memory(0, 8).get(ValueLayout.JAVA_LONG, 0));
    }

    @Test
    void shouldCloseAgainAfterANativeCallKeptItOpen() throws Exception
    {
        final Window window = WideWindow.open(LARGE);
        final MemorySegment memory = window.memory(0, LARGE);
        final Pipe pipe = Pipe.open();
        final Thread writer = new Thread(() ->
        {
            try (Pipe.SinkChannel sink = pipe.sink())
            {
                sink.write(memory.asByteBuffer());
            }
            catch (final IOException e)
            {
                throw new UncheckedIOException(e);
            }
        });
        writer.start();
        try (Pipe.SourceChannel source = pipe.source())
        {
            // Its write has begun, and does not end before somebody reads more than what a pipe holds.
            source.read(ByteBuffer.allocate(1));
            assertThrows(IllegalStateException.class, window::close);
            final ByteBuffer rest = ByteBuffer.allocate(LARGE);
            while (source.read(rest) >= 0)
            {
                rest.clear();
            }
        }
        writer.join();
        window.close();
        assertThrows(IllegalStateException.class, () -> memory.get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void shouldTellWhoLookedUpBefore()
    {
        try (Fd cut = PassableFds.memory(ScatteredWindow.LENGTH); Fd other = ScatteredWindow.memory())
        {
            final MemfdWindow window;
            try (Fd memory = ScatteredWindow.memory())
            {
                window = ScatteredWindow.map(memory);
            }
            final long first = window.generation();
            window.view(0, 1).putByte(0, (byte)1);
            assertThrows(IllegalArgumentException.class, () -> window.replace(cut));
            assertEquals(first, window.generation(), "nothing was replaced");
            window.replace(other);
            final long second = window.generation();
            assertTrue(second > first);
            assertEquals(0, window.view(0, 1).getByte(0));
            window.close();
            assertTrue(window.generation() > second);
            assertThrows(IllegalStateException.class, () -> window.replace(other));
        }
    }

    @Test
    void shouldGiveEachPartToOneUser()
    {
        try (Window window = ScatteredWindow.open())
        {
            final WindowUsers users = window.users();
            users.retain("one");
            users.retain("two");
            users.claim("one", 0x2000, 0x1000);
            users.claim("two", 0x4000, 0x2000);
            for (final long[] part : new long[][]{
                {0x2000, 0x1000}, {0x1000, 0x1001}, {0x2fff, 1}, {0, 0x10000}, {0x5000, 0x5000}, {0x3fff, 2}})
            {
                assertThrows(IllegalArgumentException.class, () -> users.claim("two", part[0], part[1]));
            }
            users.claim("two", 0x3000, 0x1000);
            users.claim("one", 0, 0x2000);
            // Not his to give back.
            users.unclaim("two", 0x2000);
            final IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> users.claim("two", 0x2000, 1));
            assertTrue(e.getMessage().contains("other=one"), e.getMessage());
            users.unclaim("one", 0x2000);
            users.claim("two", 0x2000, 0x1000);
            users.release("two");
            users.claim("one", 0x2000, 0x4000);
            assertThrows(IndexOutOfBoundsException.class,
                () -> users.claim("one", ScatteredWindow.LENGTH - 1, 2));
            users.release("one");
        }
    }

    @Test
    void shouldTellWhoLooksWhileItIsReplaced()
    {
        try (Window window = ScatteredWindow.open())
        {
            final long before = window.generation();
            final AtomicLong during = new AtomicLong();
            window.users().replace(() -> during.set(window.generation()));
            assertTrue(during.get() > before);
            assertTrue(window.generation() > during.get());
            assertThrows(IllegalStateException.class, () -> window.users().replace(() ->
            {
                throw new IllegalStateException("no other file");
            }));
            assertEquals(before + 4, window.generation());
        }
    }

    @Test
    void shouldTakeNoFileThatCanBeCut()
    {
        try (Fd cut = PassableFds.memory(ScatteredWindow.LENGTH))
        {
            assertThrows(IllegalArgumentException.class, () -> ScatteredWindow.map(cut));
        }
    }

    @Test
    void shouldBeWritableToItsEndAndNoFurther()
    {
        try (Window window = ScatteredWindow.open())
        {
            assertEquals(Rights.READ_WRITE, window.rights());
            assertTrue(window.isWritable(0, ScatteredWindow.LENGTH));
            assertTrue(window.isWritable(ScatteredWindow.LENGTH, 0));
            for (final long[] part : new long[][]{
                {1, ScatteredWindow.LENGTH}, {-1, 1}, {0, -1}, {ScatteredWindow.LENGTH - 1, 2}, {8, Long.MAX_VALUE}})
            {
                assertFalse(window.isWritable(part[0], part[1]));
            }
        }
    }
}
