/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A region that is told serves whichever CPUs map.
 */
class DmbKindTest
{
    private static final int CPUS = 4;
    private static final int PAGE = DmbModel.PAGE_SIZE;

    /** Sizes that serve one CPU, and all in turn, and refuse where some map more than others. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void shouldNotFitIfACpuThatMapsMoreThanOthersIsRefused(final long seed)
    {
        final Trace trace = mixed(seed);
        final DmbKind kind = new DmbKind(1, CPUS);
        final Demand demand = Demand.of(trace, kind);
        final long least = kind.least(demand.takenBytes(), demand.largestBytes()) / PAGE * PAGE;
        int between = 0;
        for (final long length : LongStream.range(0, 200).map(i -> least + i * 8 * PAGE).toArray())
        {
            final boolean servesBothEnds = fits(trace, length, CpuOrder.ONE, 0) &&
                fits(trace, length, CpuOrder.ROUND_ROBIN, 0);
            final boolean servesThoseBetween = IntStream.range(0, CpuOrder.SEEDS)
                .allMatch(each -> fits(trace, length, CpuOrder.SCATTERED, each));
            between += servesBothEnds && !servesThoseBetween ? 1 : 0;
            assertEquals(servesBothEnds && servesThoseBetween, kind.fits(trace, length), length + " bytes");
        }
        assertTrue(between > 0, "no size of those tried is one that matters here");
    }

    private static boolean fits(final Trace trace, final long length, final CpuOrder order, final int seed)
    {
        return Replay.fits(trace, new DmbModel(new long[] {length}, CPUS, order, seed));
    }

    /** Up to thirty live at a time, from a page to most of what a mapping can have. */
    private static Trace mixed(final long seed)
    {
        final int[] sizes = {16, 4096, 20_000, 65_536, 200_000, 262_144};
        final Random random = new Random(seed);
        final Trace.Builder builder = new Trace.Builder("mixed");
        final List<Long> live = new ArrayList<>();
        for (int i = 0; i < 1200; i++)
        {
            if (live.size() < 40 * (0.3 + 0.7 * random.nextDouble()) && random.nextInt(100) < 55)
            {
                live.add(builder.map(i, sizes[random.nextInt(sizes.length)], TraceDirection.TO_DEVICE, 0));
            }
            else if (!live.isEmpty())
            {
                builder.unmap(i, live.remove(random.nextInt(live.size())));
            }
        }
        return builder.build();
    }
}
