/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.Refusal;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The mapping for try-with-resources.
 */
class MappingTest
{
    private static final int LENGTH = 100;

    private final TestPool window = new TestPool();
    private final DmaDevice dma = window.dma;
    private final byte[] buffer = new byte[LENGTH];

    @AfterEach
    void close()
    {
        window.close();
    }

    @Test
    void shouldEndWithItsBlockAndCopyAllBack()
    {
        final long bus;
        try (Mapping mapping = new Mapping(dma))
        {
            assertTrue(mapping.map(buffer, 0, LENGTH, Direction.FROM_DEVICE) > 0);
            assertTrue(mapping.isMapped());
            assertEquals(LENGTH, mapping.length());
            bus = mapping.busAddress();
            window.deviceWrites(bus, written());
            mapping.syncForCpu(3, 1);
            assertEquals(written()[3], buffer[3]);
            assertEquals(0, buffer[4]);
        }
        assertArrayEquals(written(), buffer);
        assertEquals(0, window.pool.usedBytes());
    }

    @Test
    void shouldCopyBackWhatWasWrittenOnlyIfThatIsTold()
    {
        try (Mapping mapping = new Mapping(dma))
        {
            mapping.map(buffer, 0, LENGTH, Direction.BIDIRECTIONAL);
            buffer[0] = 9;
            mapping.syncForDevice(0, 1);
            assertEquals(9, window.deviceReads(mapping.busAddress(), 1)[0]);
            window.deviceWrites(mapping.busAddress(), written());
            mapping.unmap(10);
            assertFalse(mapping.isMapped());
            assertEquals(written()[9], buffer[9]);
            assertEquals(0, buffer[10]);
            assertThrows(IllegalArgumentException.class, () -> mapping.unmap(-1));
            assertMessage("nothing is mapped: device=device", () -> mapping.unmap(1));
        }
    }

    @Test
    void shouldServeOneMappingAfterTheOther()
    {
        final Mapping mapping = new Mapping(dma);
        mapping.map(ByteBuffer.wrap(buffer), 0, LENGTH, Direction.TO_DEVICE);
        assertMessage("something is mapped already: device=device",
            () -> mapping.map(buffer, 0, LENGTH, Direction.TO_DEVICE));
        assertMessage("something is mapped already",
            () -> mapping.map(ByteBuffer.wrap(buffer), 0, LENGTH, Direction.TO_DEVICE));
        assertMessage("something is mapped already",
            () -> mapping.map(new UnsafeBuffer(buffer), 0, LENGTH, Direction.TO_DEVICE));
        assertMessage("something is mapped already",
            () -> mapping.map(MemorySegment.ofArray(buffer), 0, LENGTH, Direction.TO_DEVICE));
        mapping.close();
        mapping.close();
        mapping.map(new UnsafeBuffer(buffer), 0, LENGTH, Direction.TO_DEVICE);
        mapping.close();
        mapping.map(MemorySegment.ofArray(buffer), 0, LENGTH, Direction.TO_DEVICE);
        mapping.close();
        assertEquals(new DmaStatistics(3, 3, 0, 3 * LENGTH, 0), dma.statistics());
    }

    @Test
    void shouldReturnTheCodeOfARefusalAndNameIt()
    {
        final int half = TestPool.POOL_LENGTH / 2;
        try (Mapping first = new Mapping(dma); Mapping second = new Mapping(dma); Mapping third = new Mapping(dma))
        {
            first.map(new byte[half], 0, half, Direction.TO_DEVICE);
            second.map(new byte[half], 0, half, Direction.TO_DEVICE);
            assertEquals(Refusal.Reason.EXHAUSTED.code(), third.map(buffer, 0, LENGTH, Direction.TO_DEVICE));
            assertFalse(third.isMapped());
            assertTrue(third.toString().contains("EXHAUSTED"), third.toString());
            assertMessage("this is the refusal EXHAUSTED, not a mapping", third::busAddress);
            assertMessage("this is the refusal EXHAUSTED, not a mapping", third::length);
            assertMessage("this is the refusal EXHAUSTED", () -> third.syncForCpu(0, 1));
            assertMessage("this is the refusal EXHAUSTED", () -> third.syncForDevice(0, 1));
            assertMessage("this is the refusal EXHAUSTED", () -> third.unmap(1));
            second.unmap(0);
            assertTrue(third.map(buffer, 0, LENGTH, Direction.TO_DEVICE) > 0);
        }
        assertEquals(0, window.pool.usedBytes());
    }

    @Test
    void shouldHaveEndedIfItsArenaWasClosed()
    {
        final Mapping mapping = new Mapping(dma);
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment segment = arena.allocate(LENGTH);
            mapping.map(segment, 0, LENGTH, Direction.FROM_DEVICE);
            segment.set(ValueLayout.JAVA_BYTE, 0, (byte)1);
        }
        assertMessage("mapped buffer can not be reached", mapping::close);
        assertFalse(mapping.isMapped());
        mapping.close();
        assertEquals(0, window.pool.usedBytes());
    }

    @Test
    void shouldNotMapWhatThrows()
    {
        final Mapping mapping = new Mapping(dma);
        assertThrows(IndexOutOfBoundsException.class, () -> mapping.map(buffer, 1, LENGTH, Direction.TO_DEVICE));
        assertFalse(mapping.isMapped());
        mapping.close();
    }

    private static byte[] written()
    {
        final byte[] bytes = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++)
        {
            bytes[i] = (byte)(i + 1);
        }
        return bytes;
    }

    private static void assertMessage(final String part, final Executable executable)
    {
        final IllegalStateException e = assertThrows(IllegalStateException.class, executable);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
