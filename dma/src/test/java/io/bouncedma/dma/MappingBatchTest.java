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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Many buffers that are mapped by one call.
 */
class MappingBatchTest
{
    private static final int QUARTER = TestPool.POOL_LENGTH / 4;

    private final TestPool window = new TestPool();
    private final DmaDevice dma = window.dma;
    private final MappingBatch batch = new MappingBatch();

    @AfterEach
    void close()
    {
        window.close();
    }

    static LongStream seeds()
    {
        return LongStream.rangeClosed(1, 100);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldMoveBytesAsSingleMappingsDo(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        final List<byte[]> buffers = new ArrayList<>();
        final int count = 1 + random.nextInt(40);
        for (int i = 0; i < count; i++)
        {
            final byte[] buffer = new byte[1 + random.nextInt(1000)];
            random.nextBytes(buffer);
            buffers.add(buffer);
            switch (random.nextInt(4))
            {
                case 0 -> batch.add(buffer, 0, buffer.length);
                case 1 -> batch.add(ByteBuffer.wrap(buffer), 0, buffer.length);
                case 2 -> batch.add(MemorySegment.ofArray(buffer), 0, buffer.length);
                default -> batch.add(new UnsafeBuffer(buffer), 0, buffer.length);
            }
        }
        final Direction direction = Direction.values()[random.nextInt(3)];
        assertEquals(count, dma.map(batch, direction));
        assertEquals(count, batch.mapped());
        for (int i = 0; i < count; i++)
        {
            final byte[] buffer = buffers.get(i);
            assertEquals(buffer.length, batch.length(i));
            assertEquals(dma.busAddress(batch.handle(i)), batch.busAddress(i));
            assertArrayEquals(direction.isToDevice() ? buffer : new byte[buffer.length],
                window.deviceReads(batch.busAddress(i), buffer.length));
            final byte[] written = new byte[buffer.length];
            random.nextBytes(written);
            window.deviceWrites(batch.busAddress(i), written);
            final int some = random.nextInt(2 * buffer.length);
            final byte[] after = buffer.clone();
            if (direction.isFromDevice())
            {
                System.arraycopy(written, 0, after, 0, Math.min(i % 2 == 0 ? some : after.length, after.length));
            }
            if (i % 2 == 0)
            {
                batch.written(i, some);
            }
            buffers.add(after);
        }
        dma.unmap(batch);
        for (int i = 0; i < count; i++)
        {
            assertArrayEquals(buffers.get(count + i), buffers.get(i), "entry " + i);
        }
        final DmaStatistics figures = dma.statistics();
        assertEquals(count, figures.maps());
        assertEquals(count, figures.unmaps());
        assertEquals(direction.isToDevice() ? batch.length() : 0, figures.bytesToDevice());
        // And once more, of the same entries.
        assertEquals(count, dma.map(batch, direction));
        dma.unmap(batch);
        batch.clear();
        assertEquals(0, batch.entries());
    }

    @Test
    void shouldMapWhatHasRoomAndGoOnBehindIt()
    {
        for (int i = 0; i < 6; i++)
        {
            batch.add(new byte[QUARTER], 0, QUARTER);
        }
        assertEquals(4, dma.map(batch, Direction.FROM_DEVICE));
        assertEquals(4, batch.mapped());
        assertEquals(Refusal.Reason.EXHAUSTED.code(), batch.refusal());
        assertEquals(Refusal.Reason.EXHAUSTED.code(), dma.map(batch, Direction.FROM_DEVICE));
        assertThrows(IndexOutOfBoundsException.class, () -> batch.handle(4));
        assertThrows(IndexOutOfBoundsException.class, () -> batch.busAddress(4));
        assertThrows(IndexOutOfBoundsException.class, () -> batch.written(4, 1));
        assertEquals(QUARTER, batch.length(5));
        assertEquals(2, dma.statistics().refusals());
        dma.unmap(batch);
        assertEquals(4, dma.map(batch, Direction.TO_DEVICE));
        dma.unmap(batch);
        batch.clear();
        batch.add(new byte[10], 0, 10).add(new byte[10], 0, 10);
        assertEquals(2, dma.map(batch, Direction.TO_DEVICE));
        assertEquals(0, batch.refusal());
        dma.unmap(batch);
    }

    @Test
    void shouldRefuseMisuseAndChangeNothing()
    {
        assertThrows(IllegalArgumentException.class, () -> dma.map(batch, Direction.TO_DEVICE));
        assertMessage("batch is not mapped: device=device", () -> dma.unmap(batch));
        batch.add(new byte[10], 0, 10).add(ByteBuffer.allocate(10).asReadOnlyBuffer(), 0, 10);
        assertThrows(IllegalArgumentException.class, () -> dma.map(batch, Direction.FROM_DEVICE));
        assertEquals(2, dma.map(batch, Direction.TO_DEVICE));
        assertThrows(IllegalArgumentException.class, () -> dma.map(batch, Direction.TO_DEVICE));
        assertThrows(IllegalArgumentException.class, () -> batch.written(0, -1));
        assertMessage("batch is mapped", () -> batch.add(new byte[1], 0, 1));
        assertMessage("batch is mapped", batch::clear);
        try (DmaDevice other = new DmaDevice("other", window.pools))
        {
            assertMessage("batch is mapped by another device: device=other", () -> other.unmap(batch));
        }
        assertEquals(2, batch.mapped());
        dma.unmap(batch);
        assertMessage("batch is not mapped", () -> dma.unmap(batch));
        assertEquals(0, window.pool.usedBytes());
    }

    @Test
    void shouldNotGoOnForAnotherDevice()
    {
        batch.add(new byte[QUARTER], 0, QUARTER).add(new byte[5 * QUARTER], 0, 5 * QUARTER);
        assertEquals(1, dma.map(batch, Direction.FROM_DEVICE));
        assertEquals(Refusal.Reason.TOO_LARGE.code(), batch.refusal());
        try (DmaDevice other = new DmaDevice("other", window.pools))
        {
            assertMessage("mapped by another device", () -> other.map(batch, Direction.FROM_DEVICE));
        }
        dma.unmap(batch);
    }

    @Test
    void shouldMapNothingIfOneCanNotBeRead()
    {
        final Arena arena = Arena.ofConfined();
        batch.add(new byte[10], 0, 10).add(arena.allocate(10), 0, 10).add(new byte[10], 0, 10);
        arena.close();
        assertMessage("mapped buffer can not be reached", () -> dma.map(batch, Direction.TO_DEVICE));
        assertEquals(0, batch.mapped());
        assertEquals(0, window.pool.usedBytes());
        assertEquals(new DmaStatistics(0, 0, 0, 0, 0), dma.statistics());
    }

    @Test
    void shouldEndTheOthersIfOneCanNotBeWritten()
    {
        final byte[] first = new byte[10];
        final byte[] last = new byte[10];
        final Arena arena = Arena.ofConfined();
        batch.add(first, 0, 10).add(arena.allocate(10), 0, 10).add(new byte[10], 0, 10).add(last, 0, 10);
        assertEquals(4, dma.map(batch, Direction.FROM_DEVICE));
        final byte[] written = new byte[10];
        Arrays.fill(written, (byte)7);
        window.deviceWrites(batch.busAddress(0), written);
        window.deviceWrites(batch.busAddress(3), written);
        arena.close();
        dma.unmap(batch.handle(2));
        assertMessage("mapped buffer can not be reached", () -> dma.unmap(batch));
        assertArrayEquals(written, first);
        assertArrayEquals(written, last);
        assertEquals(0, batch.mapped());
        assertEquals(0, window.pool.usedBytes());
    }

    @Test
    void shouldMapInPlaceWhatLiesInAPool()
    {
        try (TwoPools two = new TwoPools(); DmaDevice device = new DmaDevice("disk", two.pools);
            CoherentBuffer shared = device.allocateCoherent(100, 64))
        {
            batch.add(new byte[50], 0, 50).add(shared.memory(), 10, 50).add(shared.view(), 60, 40);
            assertEquals(3, device.map(batch, Direction.TO_DEVICE));
            assertEquals(shared.busAddress() + 10, batch.busAddress(1));
            assertEquals(shared.busAddress() + 60, batch.busAddress(2));
            device.unmap(batch);
            assertEquals(new DmaStatistics(3, 3, 0, 50, 0), device.statistics());
        }
    }

    @Test
    void shouldBeWatched()
    {
        final byte[] buffer = new byte[100];
        try (TwoPools two = new TwoPools();
            DmaDevice device = new DmaDevice(new DmaPolicy("disk", two.pools).debug(true)))
        {
            batch.add(buffer, 0, 50).add(buffer, 40, 50);
            assertMessage("mappings overlap and a device writes", () -> device.map(batch, Direction.FROM_DEVICE));
            assertEquals(0, batch.mapped());
            assertEquals(2, device.map(batch, Direction.TO_DEVICE));
            final String message = assertThrows(IllegalStateException.class, device::close).getMessage();
            assertTrue(message.contains("50 bytes TO_DEVICE mapped at " + MappingBatchTest.class.getName()), message);
            device.unmap(batch);
            device.unmap(device.map(buffer, 0, 100, Direction.FROM_DEVICE));
        }
    }

    private static void assertMessage(final String part, final Executable executable)
    {
        final IllegalStateException e = assertThrows(IllegalStateException.class, executable);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
