/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/**
 * Batches of equally long arrays, whose blocks are taken and given back at once when they are hot.
 */
class EqualEntriesTest
{
    private static final int COUNT = 70;
    private static final int LENGTH = 100;

    private final TestPool window = new TestPool();
    private final DmaDevice dma = window.dma;
    private final byte[][] buffers = new byte[COUNT][LENGTH];
    private final MappingBatch batch = new MappingBatch();

    @BeforeEach
    void makeHot()
    {
        for (int i = 0; i < COUNT; i++)
        {
            Arrays.fill(buffers[i], (byte)(i + 1));
            batch.add(buffers[i], 0, LENGTH);
        }
        // With one in the middle that is not as long.
        batch.add(new byte[2 * LENGTH], 0, 2 * LENGTH);
        for (int i = 0; i < COUNT; i++)
        {
            batch.add(buffers[i], 1, LENGTH - 1);
        }
        dma.map(batch, Direction.TO_DEVICE);
        dma.unmap(batch);
    }

    @AfterEach
    void close()
    {
        window.close();
    }

    @ParameterizedTest
    @EnumSource(Direction.class)
    void shouldMoveBytesToAndFroAndCountThem(final Direction direction)
    {
        final DmaStatistics before = dma.statistics();
        assertEquals(2 * COUNT + 1, dma.map(batch, direction));
        for (int i = 0; i < COUNT; i++)
        {
            assertEquals(dma.busAddress(batch.handle(i)), batch.busAddress(i));
            assertEquals(LENGTH, dma.length(batch.handle(i)));
            assertArrayEquals(direction.isToDevice() ? buffers[i] : new byte[LENGTH],
                window.deviceReads(batch.busAddress(i), LENGTH));
        }
        for (int i = 0; i < COUNT; i++)
        {
            final byte[] written = new byte[LENGTH];
            Arrays.fill(written, (byte)-i);
            window.deviceWrites(batch.busAddress(i), written);
            batch.written(i, LENGTH);
            batch.written(COUNT + 1 + i, 0);
        }
        dma.unmap(batch);
        for (int i = 0; i < COUNT; i++)
        {
            assertEquals((byte)(direction.isFromDevice() ? -i : i + 1), buffers[i][LENGTH - 1]);
        }
        final long bytes = COUNT * (2 * LENGTH - 1) + 2 * LENGTH;
        final DmaStatistics after = dma.statistics();
        assertEquals(before.maps() + 2 * COUNT + 1, after.maps());
        assertEquals(after.maps(), after.unmaps());
        assertEquals(before.bytesToDevice() + (direction.isToDevice() ? bytes : 0), after.bytesToDevice());
        assertEquals(before.bytesFromDevice() + (direction.isFromDevice() ? (COUNT + 2) * LENGTH : 0),
            after.bytesFromDevice());
    }

    @Test
    void shouldEndTheOthersIfSomeWereEndedBefore()
    {
        dma.map(batch, Direction.TO_DEVICE);
        final long first = batch.handle(0);
        final long later = batch.handle(5);
        dma.unmap(first);
        dma.unmap(later);
        assertThrows(IllegalStateException.class, () -> dma.unmap(batch));
        assertEquals(0, batch.mapped());
        assertEquals(dma.statistics().maps(), dma.statistics().unmaps());
        assertThrows(IllegalStateException.class, () -> dma.unmap(first));
    }

    @Test
    void shouldBeUnmappedByAnotherThread()
    {
        final DmaStatistics before = dma.statistics();
        dma.map(batch, Direction.TO_DEVICE);
        CompletableFuture.runAsync(() -> dma.unmap(batch)).join();
        assertEquals(before.bytesToDevice() * 2, dma.statistics().bytesToDevice());
        assertEquals(dma.statistics().maps(), dma.statistics().unmaps());
    }

    @Test
    void shouldGiveBackWhatWasTakenIfOneCanNotBeMapped()
    {
        try (TwoPools two = new TwoPools();
            DmaDevice device = new DmaDevice(new DmaPolicy("disk", two.pools).debug(true)))
        {
            final MappingBatch twice = new MappingBatch();
            for (int i = 0; i < 20; i++)
            {
                twice.add(buffers[i % 10], 0, LENGTH);
            }
            device.map(twice, Direction.TO_DEVICE);
            device.unmap(twice);
            // The eleventh, of whose like nine more are taken by then.
            assertThrows(IllegalStateException.class, () -> device.map(twice, Direction.FROM_DEVICE));
            assertEquals(0, twice.mapped());
            assertEquals(new DmaStatistics(20, 20, 0, 20 * LENGTH, 0), device.statistics());
            assertEquals(20, device.map(twice, Direction.TO_DEVICE));
            device.unmap(twice);
        }
    }
}
