/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongPredicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SmallestPoolTest
{
    private static final int STEP = 100;

    private final List<Long> tried = new ArrayList<>();

    /** Pools in steps of 100 bytes that fit as they are told to. */
    private record Made(LongPredicate fits, long maxLength, int replays) implements PoolKind
    {
        @Override
        public String name()
        {
            return "made";
        }

        @Override
        public int step()
        {
            return STEP;
        }

        @Override
        public boolean servesCoherent()
        {
            return false;
        }

        @Override
        public long maxMapping(final TraceDirection direction, final int pageOffset, final int device)
        {
            return 1000;
        }

        @Override
        public long taken(final int bytes, final TraceDirection direction, final int pageOffset, final int device)
        {
            return 2L * bytes;
        }

        @Override
        public long least(final long takenBytes, final int largestBytes)
        {
            return takenBytes;
        }

        @Override
        public long enough(final int liveMappings, final long largestTaken)
        {
            return 1000 * STEP;
        }

        @Override
        public boolean fits(final Trace trace, final long length)
        {
            return fits.test(length);
        }

        @Override
        public <T> T with(final long length, final Function<MappingPolicy, T> work)
        {
            throw new UnsupportedOperationException();
        }
    }

    private SmallestPool.Result search(final int events, final long maxLength, final LongPredicate fits)
    {
        final Trace.Builder builder = new Trace.Builder("t");
        builder.map(0, 5000, TraceDirection.COHERENT, 0);
        builder.map(0, 150, TraceDirection.TO_DEVICE, 0);
        for (int i = 0; i < events; i++)
        {
            builder.unmap(0, builder.map(0, 10, TraceDirection.TO_DEVICE, 0));
        }
        return SmallestPool.search(builder.build(), new Made(fits, maxLength, 1), tried::add);
    }

    @Test
    void shouldBeginAtWhatMappingsTakeAndTellWhichSizesAboveRefuseAgain()
    {
        final SmallestPool.Result result = search(1, 1 << 20, length -> length >= 600 && length != 900);
        assertEquals(160, result.demand().liveBytes());
        assertEquals(2, search(3, 1 << 20, length -> true).demand().liveMappings());
        tried.subList(tried.size() - 65, tried.size()).clear();
        assertEquals(400, result.firstBytes());
        assertEquals(600, result.poolBytes());
        assertEquals(3, result.trials());
        assertEquals(0, result.untried());
        assertEquals(64, result.triedAbove());
        assertEquals(List.of(900L), result.refusing());
        assertEquals(0.5, result.unsteadiness());
        assertEquals(160 / 600.0, result.efficiency());
        assertEquals(List.of(400L, 500L, 600L, 700L), tried.subList(0, 4));
        assertEquals(3 + 64, tried.size());
    }

    /** The first size of today's steps, though sizes above it refuse. */
    @Test
    void shouldTakeTheFirstOfTwoHundredSizes()
    {
        final SmallestPool.Result result = search(1, 1 << 20, length -> length == 20_300);
        assertEquals(20_300, result.poolBytes());
        assertEquals(200, result.trials());
        assertEquals(64, result.refusing().size());
        assertEquals(0, result.untried());
    }

    @Test
    void shouldBisectBeyondAndSayHowManySizesItDidNotTry()
    {
        final SmallestPool.Result result = search(1, 1 << 20, length -> length >= 60_000);
        assertEquals(60_000, result.poolBytes());
        assertTrue(result.trials() < 225, result.toString());
        final long between = tried.stream().filter(length -> length <= 60_000).count();
        assertEquals((60_000 - 400) / STEP + 1 - between, result.untried());
    }

    @ParameterizedTest
    @ValueSource(longs = {20_400, 59_900, 60_100, 60_300, 100_000})
    void shouldFindTheVerySizeByBisection(final long size)
    {
        assertEquals(size, search(1, 1 << 20, length -> length >= size).poolBytes());
    }

    /** No larger than the largest, and few of a trace of a million events. */
    @Test
    void shouldTryNoMoreSizesAboveThanThereAreOrTakeTime()
    {
        assertEquals(2, search(1, 1050, length -> length >= 800).triedAbove());
        assertEquals(64, search(20_000, 1 << 20, length -> length >= 800).triedAbove());
        assertEquals(26, search(600_000, 1 << 20, length -> length >= 800).triedAbove());
    }

    @Test
    void shouldSumRegions()
    {
        final SmallestPool.Result one = search(1, 1 << 20, length -> length >= 60_000);
        final SmallestPool.Result other = search(1, 1 << 20, length -> length >= 600);
        final SmallestPool.Result sum = SmallestPool.Result.sum(one.demand(), List.of(one, other));
        assertEquals(60_600, sum.poolBytes());
        assertEquals(one.untried(), sum.untried());
        assertEquals(one.trials() + 3, sum.trials());
    }

    /** A region is eight times its largest mapping, more than many mappings could need otherwise. */
    @Test
    void shouldBeginWithWhatALargeMappingNeedsOfARegion()
    {
        final Trace.Builder builder = new Trace.Builder("t");
        builder.unmap(0, builder.map(0, 16 << 20, TraceDirection.COHERENT, 0));
        builder.map(0, 8 << 20, TraceDirection.TO_DEVICE, 0);
        final SmallestPool.Result result = SmallestPool.search(builder.build(), new DmbKind(1, 1), tried::add);
        assertEquals((64L << 20) + 4096, result.poolBytes());
        assertEquals(1, result.trials());
        assertEquals(8 << 20, result.demand().largestBytes(), "of what is cut to an eighth");
        builder.map(0, (8 << 20) + 1, TraceDirection.TO_DEVICE, 0);
        assertEquals(1, Demand.of(builder.build(), new DmbKind(1, 1)).tooLarge());
    }

    /** Each size above is replayed in full, and with every order of CPUs. */
    @Test
    void shouldTryFewerSizesAboveIfEachTakesManyReplays()
    {
        final Trace.Builder builder = new Trace.Builder("t");
        for (int i = 0; i < 10_000; i++)
        {
            builder.unmap(0, builder.map(0, 10, TraceDirection.TO_DEVICE, 0));
        }
        final Trace trace = builder.build();
        for (final int replays : new int[] {1, 100, 10_000})
        {
            final SmallestPool.Result result =
                SmallestPool.search(trace, new Made(length -> true, 1L << 30, replays), tried::add);
            assertEquals(Math.clamp(32_000_000 / (20_000L * replays), 4, 64), result.triedAbove());
        }
    }

    @Test
    void shouldBisectALongTraceIfTheLastOfTwoHundredSizesRefuses()
    {
        assertEquals(60_000, search(20_000, 1 << 20, length -> length >= 60_000).poolBytes());
        assertTrue(tried.size() < 30 + 64, tried.toString());
        tried.clear();
        final SmallestPool.Result result = search(20_000, 1 << 20, length -> length >= 5000);
        assertEquals(5000, result.poolBytes());
        assertEquals(0, result.untried());
        assertEquals(1 + (5000 - 400) / STEP + 1, result.trials());
    }

    @ParameterizedTest
    @CsvSource({"1048576, 100000", "50050, 50000", "400, 400"})
    void shouldFindNothingUpToTheLongest(final long maxLength, final long most)
    {
        final SmallestPool.Result result = search(1, maxLength, length -> false);
        assertFalse(result.isFound());
        assertEquals(most, result.mostBytes());
        assertEquals(most, tried.stream().mapToLong(Long::longValue).max().orElseThrow());
        assertEquals((most - 400) / STEP + 1 - tried.size(), result.untried());
        assertEquals(0, result.efficiency());
    }

    @Test
    void shouldTryNothingIfNothingCanBeEnough()
    {
        assertFalse(search(1, 399, length -> true).isFound());
        final Trace.Builder builder = new Trace.Builder("t");
        builder.map(0, 1001, TraceDirection.TO_DEVICE, 0);
        final SmallestPool.Result result =
            SmallestPool.search(builder.build(), new Made(length -> true, 1 << 20, 1), tried::add);
        assertEquals(1, result.demand().tooLarge());
        assertEquals(1000, result.demand().limit());
        assertFalse(result.isFound());
        assertEquals(List.of(), tried);
        builder.map(0, 1001, TraceDirection.TO_DEVICE, 0);
        builder.map(0, 1000, TraceDirection.TO_DEVICE, 0);
        assertEquals(2, Demand.of(builder.build(), new Made(length -> true, 1 << 20, 1)).tooLarge(),
            "1000 is not");
    }

    /** Every size below the one found refuses, those that were not replayed, too; none above the bound does. */
    @ParameterizedTest
    @EnumSource(Workload.class)
    void shouldRuleOutNothingThatWouldServe(final Workload workload)
    {
        final Trace trace = workload.generate(3, 400, 1 << 20);
        final List<PoolKind> kinds = List.of(
            new BouncePoolKind(DeviceMasks.of(4095), trace.devices()),
            new SwiotlbKind(DeviceMasks.of(4095), trace.devices(), true, 1), new DmbKind(1, 4));
        for (final PoolKind kind : kinds)
        {
            final SmallestPool.Result result = SmallestPool.search(trace, kind, length ->
            {
            });
            if (0 == result.demand().tooLarge())
            {
                assertTrue(result.isFound(), kind.name());
                final long least = Math.max(kind.step(), kind.least(0, 1));
                for (long length = result.firstBytes() - kind.step(); length >= least; length -= kind.step())
                {
                    assertFalse(kind.fits(trace, length), kind.name() + " " + length);
                }
                assertTrue(kind.fits(trace, result.mostBytes()), kind.name());
            }
        }
    }

    /** An odd slot right before the hint goes unseen in a pool of one segment, however empty that is. */
    @Test
    void shouldGiveSwiotlbASegmentMoreThanThereAreMappings()
    {
        final Trace.Builder builder = new Trace.Builder("t");
        builder.unmap(0, builder.map(0, 2, TraceDirection.TO_DEVICE, 2048));
        builder.map(0, SwiotlbModel.maxMapping(4095), TraceDirection.TO_DEVICE, 2148);
        final Trace trace = builder.build();
        final SwiotlbKind kind = new SwiotlbKind(DeviceMasks.of(4095), trace.devices(), false, 1);
        assertEquals(2 * SwiotlbPool.SEGMENT_SIZE, SmallestPool.searchSize(trace, kind, tried::add).poolBytes());
    }

    /** Areas are short where many CPUs share a region, and a mapping is half of one at most. */
    @ParameterizedTest
    @CsvSource({"1, 8", "4, 8", "5, 16", "64, 128"})
    void shouldMakeARegionLongEnoughForTheLongestMapping(final int cpus, final int eighths)
    {
        final Trace.Builder builder = new Trace.Builder("t");
        builder.map(0, 8 << 20, TraceDirection.TO_DEVICE, 0);
        assertEquals((long)eighths * (8 << 20) + DmbModel.PAGE_SIZE,
            SmallestPool.searchSize(builder.build(), new DmbKind(1, cpus), tried::add).poolBytes());
    }
}
