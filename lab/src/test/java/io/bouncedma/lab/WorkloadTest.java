/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Workloads are the same for the same seed, keep their bounds, and look like what they are named after.
 */
class WorkloadTest
{
    private static final int MAPS = 20_000;
    private static final long LIVE = 4 << 20;

    private record Bounds(Workload workload, long seed, int maps, long liveBytes)
    {
    }

    static Stream<Bounds> bounds()
    {
        final List<Bounds> bounds = new ArrayList<>();
        for (final Workload workload : Workload.values())
        {
            for (final int maps : new int[] {1, 2, 3, 5, 17, 100, 5000})
            {
                for (final long liveBytes : new long[] {64 * 1024, 100_001, 1 << 20, 1L << 33})
                {
                    bounds.add(new Bounds(workload, maps + liveBytes, maps, liveBytes));
                }
            }
        }
        return bounds.stream();
    }

    @ParameterizedTest
    @MethodSource("bounds")
    void shouldKeepItsBounds(final Bounds bounds)
    {
        final Trace trace = bounds.workload().generate(bounds.seed(), bounds.maps(), bounds.liveBytes());
        assertEquals(bounds.maps(), trace.maps());
        assertEquals(2 * bounds.maps(), trace.size(), "all unmapped");
        assertTrue(trace.peakLiveBytes() <= bounds.liveBytes(), () -> "peak=" + trace.peakLiveBytes());
        for (int i = 1; i < trace.size(); i++)
        {
            assertTrue(trace.timeMicros(i) > trace.timeMicros(i - 1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldBeTheSameForTheSameSeed(final Workload workload)
    {
        assertEquals(digest(workload.generate(5, MAPS, LIVE)), digest(workload.generate(5, MAPS, LIVE)));
        assertNotEquals(digest(workload.generate(5, MAPS, LIVE)), digest(workload.generate(6, MAPS, LIVE)));
    }

    /**
     * Published results name a seed: a change of the numbers is a change of the product.
     */
    @ParameterizedTest
    @CsvSource({"UNIFORM, -677324670523072625", "POWER_LAW, -3422334521595115327", "BLOCK, 4689315115145096456",
        "NETWORK, 6277618606998200248", "ADVERSARIAL, 145082497808938687"})
    void shouldStayTheSame(final Workload workload, final long digest)
    {
        assertEquals(digest, digest(workload.generate(1, 1000, 1 << 20)));
    }

    @ParameterizedTest
    @EnumSource
    void shouldFillWhatItMay(final Workload workload)
    {
        final Trace trace = workload.generate(3, MAPS, LIVE);
        assertTrue(trace.peakLiveBytes() > LIVE * 7 / 10, () -> "peak=" + trace.peakLiveBytes());
    }

    @ParameterizedTest
    @CsvSource({"UNIFORM, 64, 262144", "POWER_LAW, 64, 1048576", "BLOCK, 1, 262144", "NETWORK, 54, 2048",
        "ADVERSARIAL, 2048, 131072"})
    void shouldUseTheSizesOfItsKind(final Workload workload, final int smallest, final int largest)
    {
        final int[] sizes = sizes(workload.generate(3, MAPS, LIVE)).toArray();
        assertTrue(IntStream.of(sizes).allMatch((size) -> size >= smallest && size <= largest));
        assertTrue(IntStream.of(sizes).min().orElseThrow() <= 8 * smallest);
        assertTrue(IntStream.of(sizes).max().orElseThrow() > largest / 4);
    }

    @Test
    void shouldHaveAsManyBytesInEachDoublingUnderThePowerLaw()
    {
        final Trace trace = Workload.POWER_LAW.generate(9, 200_000, LIVE);
        assertEquals(0.5, sizes(trace).filter((size) -> size < 128).count() / 200_000.0, 0.01);
        assertEquals(0.25, sizes(trace).filter((size) -> size >= 128 && size < 256).count() / 200_000.0, 0.01);
    }

    @Test
    void shouldMapBlockRequestsInFourPartsAndUnmapThemTogether()
    {
        final Trace trace = Workload.BLOCK.generate(2, 4000, LIVE);
        final int[] ordinals = ordinals(trace);
        for (int i = 0; i < lastMap(trace); i += 4)
        {
            final int at = i;
            final int request = ordinals[i] / 4;
            assertTrue(IntStream.range(i, i + 4).allMatch((j) -> ordinals[j] / 4 == request), () -> "at " + at);
            assertTrue(IntStream.range(i, i + 4).allMatch((j) -> trace.isMap(j) == trace.isMap(at)), () -> "at " + at);
            if (trace.isMap(i))
            {
                assertEquals(List.of(16, 1, 48), List.of(trace.bytes(i), trace.bytes(i + 2), trace.bytes(i + 3)));
                assertEquals(0, trace.bytes(i + 1) % 4096);
                assertEquals(0, trace.pageOffset(i + 1));
                assertEquals((trace.pageOffset(i) + 16) % 4096, trace.pageOffset(i + 2));
            }
        }
    }

    @Test
    void shouldCompleteBlockRequestsOutOfOrder()
    {
        final Trace trace = Workload.BLOCK.generate(2, 4000, LIVE);
        final int[] ordinals = ordinals(trace);
        final int[] completed = IntStream.range(0, lastMap(trace))
            .filter((i) -> !trace.isMap(i)).map((i) -> ordinals[i] / 4).distinct().toArray();
        assertTrue(IntStream.range(1, completed.length).anyMatch((i) -> completed[i] < completed[i - 1]));
    }

    @Test
    void shouldKeepTheReceiveRingFull()
    {
        final Trace trace = Workload.NETWORK.generate(2, MAPS, 1 << 20);
        int receiving = 0;
        int highest = 0;
        for (int i = 0; i <= lastMap(trace); i++)
        {
            if (trace.direction(i) == TraceDirection.FROM_DEVICE)
            {
                assertTrue(1526 == trace.bytes(i) || 1536 == trace.bytes(i));
                receiving += trace.isMap(i) ? 1 : -1;
                highest = Math.max(highest, receiving);
                assertTrue(trace.isMap(i) || receiving >= highest - 1);
            }
        }
        assertEquals((1 << 20) * 3 / 4 / 1536, highest);
    }

    @Test
    void shouldHurtNextFitMoreThanRandomLoads()
    {
        final Trace trace = Workload.ADVERSARIAL.generate(1, MAPS, LIVE);
        final ReplayResult result = Replay.run(trace, new SwiotlbModel(LIVE * 3 / 2, 0));
        assertTrue(result.refusals() > 0, "an attack that a pool of half as much again resists");
    }

    @ParameterizedTest
    @CsvSource({"uniform, UNIFORM", "power-law, POWER_LAW", "block, BLOCK", "network, NETWORK",
        "adversarial, ADVERSARIAL"})
    void shouldBeFoundByName(final String name, final Workload workload)
    {
        assertEquals(workload, Workload.named(name));
        assertTrue(workload.generate(1, 1, LIVE).name().startsWith(name));
    }

    @ParameterizedTest
    @CsvSource({"''", "POWER_LAW", "power_law", "Uniform", "disk"})
    void shouldTellTheNamesThatThereAre(final String name)
    {
        final String message = assertThrows(IllegalArgumentException.class, () -> Workload.named(name)).getMessage();
        assertTrue(message.contains("name=" + name) && message.contains("power-law"), message);
    }

    @ParameterizedTest
    @CsvSource({"0, 65536", "-1, 65536", "268435457, 65536", "1, 65535", "1, -1"})
    void shouldRefuseImpossibleBounds(final int maps, final long liveBytes)
    {
        assertThrows(IllegalArgumentException.class, () -> Workload.UNIFORM.generate(1, maps, liveBytes));
    }

    private static IntStream sizes(final Trace trace)
    {
        return IntStream.range(0, trace.size()).filter(trace::isMap).map(trace::bytes);
    }

    private static int lastMap(final Trace trace)
    {
        int last = trace.size() - 1;
        while (!trace.isMap(last))
        {
            last--;
        }
        return last;
    }

    /** For each event the how manieth mapping it is about. */
    private static int[] ordinals(final Trace trace)
    {
        final int[] ordinals = new int[trace.size()];
        final int[] live = new int[trace.peakLiveMappings()];
        int maps = 0;
        for (int i = 0; i < ordinals.length; i++)
        {
            if (trace.isMap(i))
            {
                live[trace.mapping(i)] = maps++;
            }
            ordinals[i] = live[trace.mapping(i)];
        }
        return ordinals;
    }

    private static long digest(final Trace trace)
    {
        final int[] ordinals = ordinals(trace);
        long digest = 0;
        for (int i = 0; i < trace.size(); i++)
        {
            digest = 31 * digest + (trace.isMap(i) ? 1 : 0);
            digest = 31 * digest + ordinals[i];
            digest = 31 * digest + trace.bytes(i);
            digest = 31 * digest + trace.pageOffset(i);
            digest = 31 * digest + trace.direction(i).ordinal();
            digest = 31 * digest + trace.timeMicros(i);
        }
        return digest;
    }
}
