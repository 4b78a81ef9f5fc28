/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.BouncePool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What may be given to a device, each limit from both sides, and what is said of the rest.
 */
class ArgumentsTest
{
    private static final int LENGTH = 100;

    private final TestPool window = new TestPool();
    private final DmaDevice dma = window.dma;

    @AfterEach
    void close()
    {
        window.close();
    }

    @Test
    void shouldMapPartsUpToTheEndOfTheBuffer()
    {
        final byte[] caller = new byte[LENGTH];
        dma.unmap(dma.map(caller, 0, LENGTH, Direction.TO_DEVICE));
        dma.unmap(dma.map(caller, LENGTH - 1, 1, Direction.TO_DEVICE));
        for (final int[] part : new int[][] {{0, 0}, {0, -1}, {LENGTH, 0}})
        {
            said("length must be positive: length=" + part[1], assertThrows(IllegalArgumentException.class,
                () -> dma.map(caller, part[0], part[1], Direction.TO_DEVICE)));
        }
        for (final int[] part : new int[][] {{-1, 1}, {0, LENGTH + 1}, {LENGTH, 1}, {1, LENGTH}})
        {
            said("part is outside the buffer: offset=" + part[0] + ", length=" + part[1] + ", capacity=" + LENGTH,
                assertThrows(IndexOutOfBoundsException.class,
                    () -> dma.map(caller, part[0], part[1], Direction.TO_DEVICE)));
        }
    }

    @Test
    void shouldSyncPartsUpToTheEndOfTheMapping()
    {
        final long mapping = dma.map(new byte[LENGTH], 0, LENGTH, Direction.BIDIRECTIONAL);
        dma.syncForDevice(mapping, 0, LENGTH);
        dma.syncForCpu(mapping, LENGTH, 0);
        dma.syncForCpu(mapping, LENGTH - 1, 1);
        for (final int[] part : new int[][] {{-1, 1}, {0, -1}, {0, LENGTH + 1}, {LENGTH, 1}, {LENGTH + 1, 0}})
        {
            final String words =
                "part is outside the mapping: offset=" + part[0] + ", length=" + part[1] + ", mapped=" + LENGTH;
            said(words, assertThrows(IndexOutOfBoundsException.class,
                () -> dma.syncForCpu(mapping, part[0], part[1])));
            said(words, assertThrows(IndexOutOfBoundsException.class,
                () -> dma.syncForDevice(mapping, part[0], part[1])));
        }
        said("written must not be negative: written=-1",
            assertThrows(IllegalArgumentException.class, () -> dma.unmap(mapping, -1)));
        dma.unmap(mapping, 0);
    }

    @Test
    void shouldGiveCoherentMemoryOfAnyLengthThatABlockMayHave()
    {
        dma.allocateCoherent(1, 1).close();
        // What may be asked for and is not there is refused; the rest is a mistake.
        assertNull(dma.allocateCoherent(BouncePool.MAX_BLOCK, 64));
        assertTrue(dma.isRefusedForGood(BouncePool.MAX_BLOCK, 64));
        assertFalse(dma.isRefusedForGood(1, 1));
        for (final int[] asked : new int[][] {{0, 1}, {-1, 1}, {BouncePool.MAX_BLOCK + 1, 1}, {1, 0}, {1, -1},
            {1, 3}, {1, Integer.MIN_VALUE}})
        {
            said("length=" + asked[0] + ", alignment=" + asked[1],
                assertThrows(IllegalArgumentException.class, () -> dma.allocateCoherent(asked[0], asked[1])));
        }
    }

    @Test
    void shouldLetADeviceReadButNotWriteAReadOnlyBuffer()
    {
        final ByteBuffer readOnly = ByteBuffer.allocate(LENGTH).asReadOnlyBuffer();
        for (final Direction direction : Direction.values())
        {
            if (direction.isFromDevice())
            {
                said("direction=" + direction, assertThrows(IllegalArgumentException.class,
                    () -> dma.map(readOnly, 0, LENGTH, direction)));
            }
            else
            {
                dma.unmap(dma.map(readOnly, 0, LENGTH, direction));
            }
        }
        assertEquals(1, dma.statistics().maps());
    }

    @Test
    void shouldMoveBytesTheWaysOfTheDirection()
    {
        for (final Direction direction : Direction.values())
        {
            final byte[] caller = new byte[LENGTH];
            Arrays.fill(caller, (byte)1);
            final long mapping = dma.map(caller, 0, LENGTH, direction);
            assertEquals(direction.isToDevice() ? 1 : 0, window.deviceReads(dma.busAddress(mapping), 1)[0]);
            final byte[] device = new byte[LENGTH];
            Arrays.fill(device, (byte)2);
            window.deviceWrites(dma.busAddress(mapping), device);
            dma.unmap(mapping);
            final byte[] expected = new byte[LENGTH];
            Arrays.fill(expected, (byte)(direction.isFromDevice() ? 2 : 1));
            assertArrayEquals(expected, caller, direction.toString());
        }
        assertFalse(Direction.FROM_DEVICE.isToDevice());
        assertFalse(Direction.TO_DEVICE.isFromDevice());
        assertTrue(Direction.BIDIRECTIONAL.isToDevice() && Direction.BIDIRECTIONAL.isFromDevice());
    }

    private static void said(final String words, final Exception e)
    {
        assertTrue(e.getMessage().contains(words), e.getMessage());
    }
}
