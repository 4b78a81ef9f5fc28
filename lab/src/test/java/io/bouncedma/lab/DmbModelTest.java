/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import io.bouncedma.pool.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/**
 * Placements worked out by hand from the proposal's rules, and random ones beside a slow reference.
 */
class DmbModelTest
{
    private static final int SEEDS = 20;
    private static final int STEPS = 2000;
    private static final int PAGE = DmbModel.PAGE_SIZE;

    static LongStream seeds()
    {
        return LongStream.rangeClosed(1, SEEDS);
    }

    /** The figures of the proposal's own documentation: 16 MiB with and without three CPUs; four pages. */
    @ParameterizedTest
    @CsvSource({"16777216, 1, 4095, 2048, 2, 2093056", "16777216, 2, 4095, 1024, 4, 2093056",
        "16777216, 3, 4095, 512, 8, 1048576", "20480, 8, 4, 512, 1, 4096", "2101248, 64, 512, 512, 1, 262144",
        "536875008, 65, 131072, 1024, 128, 2097152", "1073745920, 1, 262144, 4096, 64, 8388608"})
    void shouldDivideARegionAsAGuestDoes(
        final long length, final int cpus, final int pages, final int areaPages, final int areas, final int most)
    {
        final DmbShape shape = DmbShape.of(length, cpus);
        assertEquals(new DmbShape(pages, areaPages), shape);
        assertEquals(areas, shape.areas());
        assertEquals(most, shape.maxMapping());
    }

    @Test
    void shouldTakeAPageForAByte()
    {
        final DmbModel model = model(17, 1);
        assertEquals(PAGE, map(model, 1), "the first page is lost");
        assertEquals(2 * PAGE, map(model, PAGE + 1));
        assertEquals(3 * PAGE, model.usedBytes());
        assertEquals(Refusal.Reason.TOO_LARGE.code(), map(model, 2 * PAGE + 1), "an eighth of sixteen");
        assertEquals(13 * PAGE, model.largestFreeRun());
        assertEquals(4 * PAGE, map(model, 2 * PAGE), "not a byte more than an eighth");
    }

    @Test
    void shouldGoBackToWhatWasFreed()
    {
        final DmbModel model = model(17, 1);
        assertEquals(PAGE, map(model, 1));
        assertEquals(2 * PAGE, map(model, 1));
        model.unmap(PAGE);
        assertEquals(PAGE, map(model, 1));
        assertEquals(3 * PAGE, map(model, 1), "the one in between is used");
    }

    @Test
    void shouldHaveARegionForEachDevice()
    {
        final DmbModel model = new DmbModel(new long[] {5 * PAGE, 9 * PAGE}, 1, CpuOrder.ONE);
        for (int i = 1; i <= 4; i++)
        {
            assertEquals(i * PAGE, model.map(1, TraceDirection.TO_DEVICE, 0, 0));
        }
        assertEquals(Refusal.Reason.EXHAUSTED.code(), model.map(1, TraceDirection.TO_DEVICE, 0, 0));
        assertEquals(6 * PAGE, model.map(8 * PAGE, TraceDirection.COHERENT, 0, 1), "coherent memory has no cap");
        assertEquals(14 * PAGE, model.length());
        final int[] halves = new int[2];
        model.usage(halves);
        assertArrayEquals(new int[] {5 * PAGE, 7 * PAGE}, halves);
        model.unmap(6 * PAGE);
        assertEquals(4 * PAGE, model.usedBytes());
        assertThrows(IllegalStateException.class, () -> model.unmap(6 * PAGE));
        assertThrows(IllegalStateException.class, () -> model.unmap(5 * PAGE), "the lost page");
        assertThrows(IllegalStateException.class, () -> model.unmap(14 * PAGE));
        assertThrows(IllegalStateException.class, () -> model.unmap(-1));
    }

    @Test
    void shouldListTheFreeRunsOfEachArea()
    {
        final DmbModel model = new DmbModel(new long[] {1025L * PAGE}, 2, CpuOrder.ROUND_ROBIN);
        model.unmap(map(model, 1));
        final long first = map(model, 1);
        model.unmap(map(model, 1));
        assertEquals(514 * PAGE, map(model, PAGE), "behind the first of the second area");
        model.unmap(first);
        final List<Long> runs = new ArrayList<>();
        model.freeRuns(runs::add);
        assertEquals(List.of(512L * PAGE, (long)PAGE, 510L * PAGE), runs, "no run goes from one area into the next");
        assertEquals(512 * PAGE, model.largestFreeRun());
    }

    @ParameterizedTest
    @CsvSource({"16384, 1", "20481, 1", "20480, 0", "68719480832, 1"})
    void shouldRefuseImpossibleRegions(final long length, final int cpus)
    {
        assertThrows(IllegalArgumentException.class, () -> new DmbModel(new long[] {length}, cpus, CpuOrder.ONE));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldPlaceAsTheReference(final long seed)
    {
        final SplittableRandom random = new SplittableRandom(seed);
        final long length = random.nextLong(5, 4000) * PAGE;
        final int cpus = random.nextInt(1, 9);
        final CpuOrder order = CpuOrder.values()[random.nextInt(2)];
        final DmbModel model = new DmbModel(new long[] {5 * PAGE, length}, cpus, order);
        final NaiveDmb reference = new NaiveDmb(length, cpus);
        final DmbShape shape = DmbShape.of(length, cpus);
        final List<Long> live = new ArrayList<>();
        int maps = 0;
        for (int step = 0; step < STEPS; step++)
        {
            if (live.isEmpty() || random.nextInt(100) < 55)
            {
                final boolean isCoherent = 0 == random.nextInt(20);
                final int bytes = random.nextInt(1, 0 == random.nextInt(4) ? shape.maxMapping() + 2 : 4 * PAGE);
                final long address = model.map(
                    bytes, isCoherent ? TraceDirection.COHERENT : TraceDirection.TO_DEVICE, 0, 1);
                final int cpu = CpuOrder.ONE == order ? 0 : maps % cpus;
                maps += Refusal.Reason.TOO_LARGE.code() == address ? 0 : 1;
                final long expected = reference.map(bytes, isCoherent, cpu);
                assertEquals(expected < 0 ? -1 : expected + 5 * PAGE, Math.max(-1, address));
                if (address >= 0)
                {
                    live.add(address);
                }
            }
            else
            {
                final long address = live.remove(random.nextInt(live.size()));
                model.unmap(address);
                reference.unmap(address - 5 * PAGE);
            }
        }
        live.forEach(model::unmap);
        assertEquals(0, model.usedBytes());
    }

    private static DmbModel model(final int pages, final int cpus)
    {
        return new DmbModel(new long[] {(long)pages * PAGE}, cpus, CpuOrder.ONE);
    }

    private static long map(final DmbModel model, final int bytes)
    {
        return model.map(bytes, TraceDirection.TO_DEVICE, 0, 0);
    }
}
