/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Debug mode: leaks have a place, overlapping buffers and syncs against the direction are refused.
 */
class WatchingTest
{
    private final TwoPools window = new TwoPools();
    private final DmaDevice dma = new DmaDevice(new DmaPolicy("device", window.pools).debug(true));
    private final byte[] buffer = new byte[1000];

    @AfterEach
    void close()
    {
        dma.close();
        window.close();
    }

    @Test
    void shouldSayWhereALeakWasMapped()
    {
        final long leak = dma.map(buffer, 0, 100, Direction.FROM_DEVICE);
        dma.unmap(dma.map(buffer, 200, 50, Direction.FROM_DEVICE));
        final String message = assertThrows(IllegalStateException.class, dma::close).getMessage();
        assertTrue(message.contains("mappings=1"), message);
        assertTrue(message.contains("100 bytes FROM_DEVICE mapped at " + WatchingTest.class.getName() +
            ".shouldSayWhereALeakWasMapped(WatchingTest.java:"), message);
        assertFalse(message.contains("50 bytes FROM"), message);
        dma.unmap(leak);
    }

    @Test
    void shouldRefuseOverlapsThatADeviceWrites()
    {
        final long reading = dma.map(buffer, 0, 100, Direction.TO_DEVICE);
        final long also = dma.map(buffer, 50, 100, Direction.TO_DEVICE);
        final long used = window.a.usedBytes();
        assertMessage("mappings overlap", () -> dma.map(buffer, 99, 1, Direction.FROM_DEVICE));
        assertMessage("mappings overlap", () -> dma.map(ByteBuffer.wrap(buffer), 0, 1000, Direction.BIDIRECTIONAL));
        assertEquals(used, window.a.usedBytes(), "a refused mapping holds a block");
        final long beside = dma.map(buffer, 150, 100, Direction.FROM_DEVICE);
        assertMessage("mappings overlap", () -> dma.map(buffer, 249, 1, Direction.TO_DEVICE));
        dma.unmap(also);
        assertMessage("mappings overlap", () -> dma.map(buffer, 149, 2, Direction.TO_DEVICE));
        dma.unmap(dma.map(buffer, 149, 1, Direction.TO_DEVICE));
        dma.unmap(dma.map(buffer, 250, 1, Direction.TO_DEVICE));
        dma.unmap(beside);
        dma.unmap(reading);
        dma.unmap(dma.map(buffer, 0, 1000, Direction.BIDIRECTIONAL));
    }

    @Test
    void shouldRefuseASyncAgainstTheDirection()
    {
        final long reading = dma.map(buffer, 0, 100, Direction.TO_DEVICE);
        dma.syncForDevice(reading, 0, 100);
        assertMessage("sync against the direction: device=device, sync=for CPU, direction=TO_DEVICE, mapped at",
            () -> dma.syncForCpu(reading, 0, 100));
        final long writing = dma.map(buffer, 100, 100, Direction.FROM_DEVICE);
        dma.syncForCpu(writing, 0, 100);
        assertMessage("sync=for device, direction=FROM_DEVICE", () -> dma.syncForDevice(writing, 0, 100));
        final long both = dma.map(buffer, 200, 100, Direction.BIDIRECTIONAL);
        dma.syncForCpu(both, 0, 100);
        dma.syncForDevice(both, 0, 100);
        dma.unmap(reading);
        dma.unmap(writing);
        dma.unmap(both);
    }

    @Test
    void shouldWatchLists()
    {
        final ScatterGather list = new ScatterGather(4).add(buffer, 0, 100).add(buffer, 500, 100);
        final ScatterGather same = new ScatterGather(4).add(buffer, 700, 100).add(buffer, 799, 2);
        assertEquals(1, dma.map(list, Direction.FROM_DEVICE));
        assertMessage("mappings overlap", () -> dma.map(buffer, 599, 1, Direction.TO_DEVICE));
        final long beside = dma.map(buffer, 100, 400, Direction.FROM_DEVICE);
        assertMessage("mappings overlap", () -> dma.map(same, Direction.FROM_DEVICE));
        assertEquals(1, dma.map(same, Direction.TO_DEVICE));
        dma.unmap(same, 0);
        final String message = assertThrows(IllegalStateException.class, dma::close).getMessage();
        assertTrue(message.contains("100 bytes FROM_DEVICE mapped at " + WatchingTest.class.getName() +
            ".shouldWatchLists(WatchingTest.java:"), message);
        assertEquals(4, message.lines().count(), message);
        dma.unmap(list, 0);
        final ScatterGather tooLong = new ScatterGather(1).add(buffer, 0, 100).add(new byte[8192], 0, 8192);
        assertTrue(dma.map(tooLong, Direction.FROM_DEVICE) < 0);
        dma.unmap(dma.map(buffer, 0, 100, Direction.FROM_DEVICE));
        dma.unmap(beside);
    }

    @Test
    void shouldWatchMappingsInPlace()
    {
        try (CoherentBuffer shared = dma.allocateCoherent(100, 64))
        {
            final long mapping = dma.map(shared.view(), 0, 100, Direction.FROM_DEVICE);
            final long maps = dma.statistics().maps();
            assertMessage("mappings overlap", () -> dma.map(shared.view(), 99, 1, Direction.TO_DEVICE));
            assertMessage("mappings overlap",
                () -> dma.map(new ScatterGather(1).add(shared.view(), 0, 1), Direction.TO_DEVICE));
            assertEquals(maps, dma.statistics().maps());
            final String message = assertThrows(IllegalStateException.class, dma::close).getMessage();
            assertTrue(message.contains("100 bytes FROM_DEVICE mapped at " + WatchingTest.class.getName()), message);
            dma.unmap(mapping);
            dma.unmap(dma.map(shared.view(), 99, 1, Direction.TO_DEVICE));
        }
    }

    @Test
    void shouldKnowTheArrayBelowAReadOnlySegment()
    {
        final MemorySegment part = MemorySegment.ofArray(buffer).asSlice(100, 100).asReadOnly();
        final long writing = dma.map(buffer, 100, 10, Direction.FROM_DEVICE);
        assertMessage("mappings overlap", () -> dma.map(part, 9, 1, Direction.TO_DEVICE));
        final long reading = dma.map(part, 10, 10, Direction.TO_DEVICE);
        assertMessage("mappings overlap", () -> dma.map(buffer, 119, 1, Direction.BIDIRECTIONAL));
        final long also = dma.map(MemorySegment.ofArray(buffer).asReadOnly(), 110, 10, Direction.TO_DEVICE);
        dma.unmap(writing);
        dma.unmap(reading);
        assertMessage("mappings overlap", () -> dma.map(buffer, 119, 1, Direction.BIDIRECTIONAL));
        dma.unmap(also);
        // What nobody tells the array of can be mapped all the same.
        dma.unmap(dma.map(MemorySegment.ofArray(new int[10]).asReadOnly(), 0, 40, Direction.TO_DEVICE));
    }

    @Test
    void shouldSayWhereAMapWithALimitWasMade()
    {
        final long leak = dma.map(MemorySegment.ofArray(buffer), 0, 100, Direction.FROM_DEVICE, 1);
        final String message = assertThrows(IllegalStateException.class, dma::close).getMessage();
        assertTrue(message.contains("mapped at " + WatchingTest.class.getName()), message);
        dma.unmap(leak);
    }

    @Test
    void shouldForgetAMappingWhoseMemoryCanNotBeReached()
    {
        final MemorySegment memory = MemorySegment.ofBuffer(ByteBuffer.allocateDirect(100));
        final Arena arena = Arena.ofConfined();
        final ByteBuffer mortal =
            MemorySegment.ofAddress(memory.address()).reinterpret(100, arena, null).asByteBuffer();
        final long mapping = dma.map(mortal, 0, 100, Direction.FROM_DEVICE);
        arena.close();
        assertMessage("can not be reached", () -> dma.unmap(mapping));
        assertMessage("can not be reached", () -> dma.map(mortal, 0, 100, Direction.BIDIRECTIONAL));
        dma.unmap(dma.map(memory.asByteBuffer(), 0, 100, Direction.FROM_DEVICE));
    }

    private static void assertMessage(final String part, final Executable executable)
    {
        final IllegalStateException e = assertThrows(IllegalStateException.class, executable);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
