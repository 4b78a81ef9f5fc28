/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import io.bouncedma.os.Fd;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SharedRegionTest
{
    /** More than a pipe holds. */
    private static final int LARGE = 1 << 20;

    @Test
    void shouldShowOneWindowAtTwoPlaces()
    {
        try (Fd memory = ScatteredRegion.memory();
            SharedRegion first = ScatteredRegion.map(memory);
            SharedRegion second = SharedRegion.map(
                "other", memory, ScatteredRegion.inSecondVm(), BusAddressing.basePlusOffset(0x1000)))
        {
            for (long offset = 0; offset < ScatteredRegion.LENGTH; offset += 1000)
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
        try (SharedRegion region = ScatteredRegion.open())
        {
            for (final Extent extent : region.extents().extents())
            {
                for (final long inside : new long[] {0, 1, extent.length() - 1})
                {
                    final long vaddr = region.vaddrOf(extent.paddr() + inside);
                    assertEquals(region.memory(extent.offset() + inside, 1).address(), vaddr);
                    assertEquals(extent.paddr() + inside, region.paddrOf(vaddr));
                }
                assertThrows(IndexOutOfBoundsException.class, () -> region.vaddrOf(extent.paddr() - 1));
                assertThrows(IndexOutOfBoundsException.class,
                    () -> region.vaddrOf(extent.paddr() + extent.length()));
            }
            final long start = region.memory(0, 1).address();
            assertThrows(IndexOutOfBoundsException.class, () -> region.paddrOf(start - 1));
            assertThrows(IndexOutOfBoundsException.class, () -> region.paddrOf(start + ScatteredRegion.LENGTH));
        }
    }

    @Test
    void shouldRefuseParts0utsideTheRegion()
    {
        try (SharedRegion region = ScatteredRegion.open())
        {
            assertThrows(IndexOutOfBoundsException.class, () -> region.view(ScatteredRegion.LENGTH - 1, 2));
            assertThrows(IndexOutOfBoundsException.class, () -> region.memory(-1, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> region.busAddress(ScatteredRegion.LENGTH));
            assertEquals(ExtentTable.NOT_FOUND, region.offsetOf(-1));
            assertEquals(0, region.runLength(ScatteredRegion.LENGTH));
        }
    }

    @Test
    void shouldStayOpenWhileSomebodyUsesIt()
    {
        final SharedRegion region = ScatteredRegion.open();
        region.retain("a user");
        assertThrows(IllegalStateException.class, () -> region.retain("a user"));
        final IllegalStateException e = assertThrows(IllegalStateException.class, region::close);
        assertTrue(e.getMessage().contains("users=[a user]"), e.getMessage());
        region.release("a user");
        region.close();
        region.close();
        assertThrows(IllegalStateException.class, () -> region.retain("late"));
        assertThrows(IllegalStateException.class, () -> region.memory(0, 8).get(ValueLayout.JAVA_LONG, 0));
    }

    @Test
    void shouldCloseAgainAfterANativeCallKeptItOpen() throws Exception
    {
        final SharedRegion region = WideRegion.open(LARGE);
        final MemorySegment memory = region.memory(0, LARGE);
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
            assertThrows(IllegalStateException.class, region::close);
            final ByteBuffer rest = ByteBuffer.allocate(LARGE);
            while (source.read(rest) >= 0)
            {
                rest.clear();
            }
        }
        writer.join();
        region.close();
        assertThrows(IllegalStateException.class, () -> memory.get(ValueLayout.JAVA_BYTE, 0));
    }
}
