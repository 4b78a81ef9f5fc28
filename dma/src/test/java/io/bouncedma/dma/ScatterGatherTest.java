/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.Refusal;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.ByteArrayOutputStream;
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

class ScatterGatherTest
{
    private final TestPool window = new TestPool();
    private final DmaDevice dma = window.dma;

    @AfterEach
    void close()
    {
        window.close();
    }

    @Test
    void shouldLetSmallEntriesShareABlock()
    {
        final ScatterGather list = new ScatterGather(8)
            .add(filled(16, 1), 0, 16).add(filled(100, 2), 10, 80).add(filled(8000, 3), 0, 8000).add(filled(1, 4), 0, 1)
            .add(filled(48, 5), 0, 48);
        assertEquals(3, dma.map(list, Direction.TO_DEVICE));
        assertEquals(96, list.segmentLength(0));
        assertEquals(8000, list.segmentLength(1));
        assertEquals(49, list.segmentLength(2));
        final byte[] last = window.deviceReads(list.busAddress(2), 64);
        assertEquals(4, last[0]);
        assertEquals(5, last[48]);
        assertEquals(0, last[49]);
        assertThrows(IllegalStateException.class, () -> dma.map(list, Direction.TO_DEVICE));
        assertThrows(IllegalStateException.class, list::clear);
        dma.unmap(list, 0);
        assertThrows(IllegalStateException.class, () -> dma.unmap(list, 0));
        assertEquals(0, window.pool.usedBytes());
    }

    @Test
    void shouldMapAllOrNothing()
    {
        final ScatterGather list = new ScatterGather(8);
        list.add(new byte[20_000], 0, 20_000).add(new byte[20_000], 0, 20_000).add(new byte[40_000], 0, 40_000);
        assertEquals(Refusal.Reason.TOO_LARGE.code(), dma.map(list, Direction.BIDIRECTIONAL));
        assertEquals(0, list.segments());
        assertEquals(0, window.pool.usedBytes());
        list.clear();
        assertThrows(IllegalArgumentException.class, () -> dma.map(list, Direction.TO_DEVICE));
    }

    @Test
    void shouldSplitAnEntryForWhichNoRunIsLongEnough()
    {
        final byte[] entry = new byte[50_000];
        new SplittableRandom(1).nextBytes(entry);
        final byte[] original = entry.clone();
        final ScatterGather list = new ScatterGather(8).add(entry, 0, entry.length);
        final int segments = dma.map(list, Direction.BIDIRECTIONAL);
        assertTrue(segments > 1, "segments=" + segments);
        final ByteArrayOutputStream seen = new ByteArrayOutputStream();
        for (int i = 0; i < segments; i++)
        {
            seen.writeBytes(window.deviceReads(list.busAddress(i), list.segmentLength(i)));
        }
        assertArrayEquals(original, seen.toByteArray());
        Arrays.fill(entry, (byte)0);
        dma.unmap(list, entry.length);
        assertArrayEquals(original, entry);
        final ScatterGather single = new ScatterGather(1).add(entry, 0, entry.length);
        assertEquals(Refusal.Reason.FRAGMENTED.code(), dma.map(single, Direction.TO_DEVICE));
    }

    @Test
    void shouldCountARefusedListAsARefusalAlone()
    {
        final ScatterGather list = new ScatterGather(8).add(new byte[20_000], 0, 20_000)
            .add(new byte[20_000], 0, 20_000).add(new byte[40_000], 0, 40_000);
        dma.map(list, Direction.TO_DEVICE);
        dma.map(list, Direction.FROM_DEVICE);
        assertEquals(new DmaStatistics(0, 0, 2, 0, 0), dma.statistics());
    }

    @Test
    void shouldGiveBackAllIfAPoolClosesInTheMiddle()
    {
        try (TwoPools two = new TwoPools(); DmaDevice device = new DmaDevice("disk", two.pools))
        {
            final int most = TwoPools.LENGTH - 4096;
            final ScatterGather list = new ScatterGather(8).add(new byte[most], 0, most).add(new byte[most], 0, most);
            two.b.close();
            assertEquals(Refusal.Reason.EXHAUSTED.code(), device.map(list, Direction.TO_DEVICE));
            assertEquals(0, list.segments());
            assertEquals(0, two.a.usedBytes());
            list.clear();
        }
    }

    @Test
    void shouldRefuseAnEntryBeyondTheLongestBlock()
    {
        // Nothing is read of it, as no pool is so large.
        final ScatterGather list = new ScatterGather(8).add(new byte[4096], 0, 4096)
            .add(new UnsafeBuffer(4096, Integer.MAX_VALUE), 0, Integer.MAX_VALUE);
        assertTrue(dma.map(list, Direction.FROM_DEVICE) < 0);
        assertEquals(0, list.segments());
        assertEquals(0, window.pool.usedBytes());
    }

    @Test
    void shouldSplitForTheFirstPoolWhateverTheLastOneSays()
    {
        try (TwoPools two = new TwoPools(); DmaDevice device = new DmaDevice("disk", two.pools);
            PoolClient a = two.a.open("other"); PoolClient b = two.b.open("other"))
        {
            final int quarter = TwoPools.LENGTH / 4;
            final long[] quarters = LongStream.range(0, 4).map(i -> a.allocate(quarter)).toArray();
            a.free(quarters[0]);
            a.free(quarters[2]);
            final long all = b.allocate(TwoPools.LENGTH);
            final ScatterGather list = new ScatterGather(8).add(new byte[2 * quarter], 0, 2 * quarter);
            assertEquals(2, device.map(list, Direction.TO_DEVICE));
            device.unmap(list, 0);
            a.free(quarters[1]);
            a.free(quarters[3]);
            b.free(all);
        }
    }

    @Test
    void shouldRefuseToWriteAReadOnlyEntry()
    {
        final ScatterGather list = new ScatterGather(2).add(ByteBuffer.allocate(8).asReadOnlyBuffer(), 0, 8);
        assertThrows(IllegalArgumentException.class, () -> dma.map(list, Direction.FROM_DEVICE));
        assertEquals(1, dma.map(list, Direction.TO_DEVICE));
        final DmaDevice other = new DmaDevice("other", window.pools);
        assertThrows(IllegalStateException.class, () -> other.unmap(list, 0));
        other.close();
        dma.unmap(list, 0);
    }

    static LongStream seeds()
    {
        return LongStream.rangeClosed(1, 200);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldGiveBackWhatTheDeviceWroteAndNoMore(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        final ScatterGather list = new ScatterGather(40);
        final List<byte[]> entries = new ArrayList<>();
        final ByteArrayOutputStream all = new ByteArrayOutputStream();
        final int count = 1 + random.nextInt(20);
        for (int i = 0; i < count; i++)
        {
            final byte[] entry = new byte[1 + random.nextInt(random.nextBoolean() ? 100 : 2000)];
            random.nextBytes(entry);
            all.writeBytes(entry);
            entries.add(entry);
            switch (random.nextInt(3))
            {
                case 0 -> list.add(entry, 0, entry.length);
                case 1 -> list.add(ByteBuffer.wrap(entry), 0, entry.length);
                default -> list.add(new UnsafeBuffer(entry), 0, entry.length);
            }
        }
        final byte[] before = all.toByteArray();
        assertEquals(before.length, list.length());
        window.spoil();
        final Direction direction = random.nextBoolean() ? Direction.BIDIRECTIONAL : Direction.FROM_DEVICE;
        final int segments = dma.map(list, direction);
        final byte[] written = new byte[before.length];
        random.nextBytes(written);
        int at = 0;
        for (int i = 0; i < segments; i++)
        {
            final int length = list.segmentLength(i);
            final byte[] seen = window.deviceReads(list.busAddress(i), length);
            final byte[] expected = direction == Direction.BIDIRECTIONAL ?
                Arrays.copyOfRange(before, at, at + length) : new byte[length];
            assertArrayEquals(expected, seen);
            window.deviceWrites(list.busAddress(i), Arrays.copyOfRange(written, at, at + length));
            at += length;
        }
        assertEquals(before.length, at);
        final int claimed = random.nextInt(2 * before.length);
        dma.unmap(list, claimed);
        final byte[] expected = before.clone();
        System.arraycopy(written, 0, expected, 0, Math.min(claimed, written.length));
        final ByteArrayOutputStream after = new ByteArrayOutputStream();
        entries.forEach(after::writeBytes);
        assertArrayEquals(expected, after.toByteArray());
    }

    private static byte[] filled(final int length, final int value)
    {
        final byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte)value);
        return bytes;
    }
}
