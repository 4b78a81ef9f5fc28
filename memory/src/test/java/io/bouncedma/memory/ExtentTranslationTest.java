/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.memory;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Offset, paddr and bus address translate into each other over random extents, compared with a model that walks all of
 * them.
 */
class ExtentTranslationTest
{
    private static final int SEEDS = 200;
    private static final int PROBES = 200;
    private static final int MAX_EXTENTS = 9;
    private static final int MAX_PAGES = 5;

    static LongStream seeds()
    {
        return LongStream.rangeClosed(1, SEEDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shouldTranslateBothWaysAsTheModelDoes(final long seed)
    {
        final Random random = new Random(seed);
        final List<Extent> extents = randomExtents(random);
        final ExtentTable table = new ExtentTable(shuffled(extents, random));
        final long base = (long)random.nextInt(1 << 20) * Extent.ALIGNMENT;
        for (final long offset : probes(random, extents, true))
        {
            final long paddr = modelPaddr(extents, offset);
            assertEquals(paddr, table.paddrOf(offset));
            assertEquals(modelRun(extents, offset, true), table.runFromOffset(offset));
            assertEquals(paddr, BusAddressing.identity().toBus(table, offset));
            final boolean isInside = paddr != ExtentTable.NOT_FOUND;
            assertEquals(isInside ? base + offset : -1, BusAddressing.basePlusOffset(base).toBus(table, offset));
            if (isInside)
            {
                assertEquals(offset, table.offsetOf(paddr));
                assertEquals(offset, BusAddressing.basePlusOffset(base).toOffset(table, base + offset));
                assertEquals(
                    table.length() - offset, BusAddressing.basePlusOffset(base).run(table, base + offset));
            }
        }
        for (final long paddr : probes(random, extents, false))
        {
            assertEquals(modelOffset(extents, paddr), table.offsetOf(paddr));
            assertEquals(modelRun(extents, paddr, false), table.runFromPaddr(paddr));
            assertEquals(modelOffset(extents, paddr), BusAddressing.identity().toOffset(table, paddr));
            assertEquals(modelRun(extents, paddr, false), BusAddressing.identity().run(table, paddr));
        }
    }

    /** Offsets follow each other; paddrs are in another order, with gaps of zero or more pages. */
    private static List<Extent> randomExtents(final Random random)
    {
        final int count = 1 + random.nextInt(MAX_EXTENTS);
        final long[] lengths = new long[count];
        final List<Integer> order = new ArrayList<>();
        for (int i = 0; i < count; i++)
        {
            lengths[i] = (1L + random.nextInt(MAX_PAGES)) * Extent.ALIGNMENT;
            order.add(i);
        }
        Collections.shuffle(order, random);
        final long[] paddrs = new long[count];
        long paddr = (long)random.nextInt(1 << 20) * Extent.ALIGNMENT;
        for (final int index : order)
        {
            paddrs[index] = paddr;
            paddr += lengths[index] + (long)random.nextInt(3) * Extent.ALIGNMENT;
        }
        final List<Extent> extents = new ArrayList<>();
        long offset = 0;
        for (int i = 0; i < count; i++)
        {
            extents.add(new Extent(offset, paddrs[i], lengths[i]));
            offset += lengths[i];
        }
        return extents;
    }

    private static List<Extent> shuffled(final List<Extent> extents, final Random random)
    {
        final List<Extent> copy = new ArrayList<>(extents);
        Collections.shuffle(copy, random);
        return copy;
    }

    /** Every border, one before and one after it, the ends of the number range, and points between. */
    private static List<Long> probes(final Random random, final List<Extent> extents, final boolean isOffset)
    {
        final List<Long> probes = new ArrayList<>(List.of(Long.MIN_VALUE, -1L, 0L, Long.MAX_VALUE));
        for (final Extent extent : extents)
        {
            final long start = isOffset ? extent.offset() : extent.paddr();
            for (final long border : new long[] {start, start + extent.length()})
            {
                probes.addAll(List.of(border - 1, border, border + 1));
            }
            for (int i = 0; i < PROBES / MAX_EXTENTS; i++)
            {
                probes.add(start + random.nextInt(2 * (int)extent.length()));
            }
        }
        return probes;
    }

    private static long modelPaddr(final List<Extent> extents, final long offset)
    {
        for (final Extent extent : extents)
        {
            if (offset >= extent.offset() && offset < extent.offset() + extent.length())
            {
                return extent.paddr() + offset - extent.offset();
            }
        }
        return ExtentTable.NOT_FOUND;
    }

    private static long modelOffset(final List<Extent> extents, final long paddr)
    {
        for (final Extent extent : extents)
        {
            if (paddr >= extent.paddr() && paddr < extent.paddr() + extent.length())
            {
                return extent.offset() + paddr - extent.paddr();
            }
        }
        return ExtentTable.NOT_FOUND;
    }

    private static long modelRun(final List<Extent> extents, final long at, final boolean isOffset)
    {
        for (final Extent extent : extents)
        {
            final long start = isOffset ? extent.offset() : extent.paddr();
            if (at >= start && at < start + extent.length())
            {
                return start + extent.length() - at;
            }
        }
        return 0;
    }
}
