/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.lab;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What is written was replayed, with the areas that the guest will have.
 */
class SwiotlbSizingTest
{
    private static final int SEGMENT = SwiotlbPool.SEGMENT_SIZE;

    /**
     * Six small mappings live when two of a whole segment come. One area packs the six into one segment; of eight areas
     * of a segment each six are spoilt if the mappings come from six CPUs, and two are left.
     */
    private static Trace scattered(final int small)
    {
        final Trace.Builder builder = new Trace.Builder("t");
        for (int i = 0; i < small; i++)
        {
            builder.map(i, 100, TraceDirection.TO_DEVICE, 0);
        }
        builder.map(10, SEGMENT, TraceDirection.TO_DEVICE, 0);
        builder.map(11, SEGMENT, TraceDirection.TO_DEVICE, 0);
        return builder.build();
    }

    private static SwiotlbParameter parameter(final Trace trace, final int cpus)
    {
        final SmallestPool.Result smallest = SmallestPool.search(
            trace, new SwiotlbKind(DeviceMasks.NONE, trace.devices(), false, 1), length ->
            {
            });
        return SwiotlbSizing.parameter(trace, DeviceMasks.NONE, cpus, smallest.poolBytes(), length ->
        {
        });
    }

    @Test
    void shouldDoubleUntilTheAreasDoNotMatter()
    {
        assertEquals("swiotlb=512,1", parameter(scattered(6), 1).toString());
        assertEquals("swiotlb=1024,8", parameter(scattered(6), 8).toString());
        assertEquals("swiotlb=2048,8", parameter(scattered(7), 8).toString(), "one segment is free of 1024 slots");
        assertEquals("swiotlb=1024,1", parameter(scattered(200), 1).toString(), "four segments and a quarter");
        assertFalse(SwiotlbSizing.serves(scattered(7), DeviceMasks.NONE, new SwiotlbParameter(1024, 8), 8));
        assertTrue(SwiotlbSizing.serves(scattered(7), DeviceMasks.NONE, new SwiotlbParameter(1024, 4), 4));
    }

    @Test
    void shouldHoldForGuestsOfEveryNumberOfCpusIfItIsNotKnown()
    {
        final SwiotlbParameter parameter = parameter(scattered(7), 0);
        assertEquals("swiotlb=2048", parameter.toString(), "of 1024, eight areas refuse, of 2048 none do");
        for (int cpus = 1; cpus <= 64; cpus++)
        {
            assertTrue(SwiotlbSizing.serves(scattered(7), DeviceMasks.NONE, parameter, cpus), cpus + " CPUs");
        }
    }

    /**
     * Traces of which 1024 slots serve both ends of what CPUs can do, and refuse up to half of the orders in between:
     * the areas of CPUs that map more than others are full, and no other has a run that is long enough.
     */
    @ParameterizedTest
    @ValueSource(longs = {11, 137, 275})
    void shouldServeCpusOfWhichSomeMapMoreThanOthers(final long seed)
    {
        final Trace trace = mixed(seed);
        final SwiotlbParameter parameter = parameter(trace, 8);
        for (int other = CpuOrder.SEEDS; other < 3 * CpuOrder.SEEDS; other++)
        {
            assertTrue(Replay.fits(trace, new SwiotlbModel(
                parameter.pool(8), CpuOrder.SCATTERED, other, DeviceMasks.NONE, trace.devices())),
                parameter + " refuses with the order of seed " + other);
        }
    }

    /** Up to twenty live at a time, from a slot to most of a segment each. */
    private static Trace mixed(final long seed)
    {
        final int[] sizes = {16, 512, 4096, 8192, 65536, 200_000};
        final Random random = new Random(seed);
        final Trace.Builder builder = new Trace.Builder("mixed");
        final List<Long> live = new ArrayList<>();
        for (int i = 0; i < 1200; i++)
        {
            if (live.size() < 20 * (0.3 + 0.7 * random.nextDouble()) && random.nextInt(100) < 55)
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

    /** Fifteen of sixteen areas are spoilt if CPUs take turns, and hardly ever if they do not. */
    @Test
    void shouldServeCpusThatTakeTurns()
    {
        assertFalse(SwiotlbSizing.serves(scattered(15), DeviceMasks.NONE, new SwiotlbParameter(2048, 16), 16));
    }

    /** A quarter above the smallest, or else half of it would refuse something. */
    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void shouldNotWriteTwiceWhatIsNeeded(final long seed)
    {
        final Trace trace = mixed(seed);
        final long smallest = SmallestPool.searchSize(
            trace, new SwiotlbKind(DeviceMasks.NONE, trace.devices(), false, 1), length ->
            {
            }).poolBytes();
        final SwiotlbParameter parameter = parameter(trace, 4);
        final SwiotlbParameter half = new SwiotlbParameter(parameter.slots() / 2, parameter.areas());
        assertTrue(parameter.bytes() >= 1.25 * smallest, parameter.toString());
        assertTrue(half.bytes() < 1.25 * smallest || !SwiotlbSizing.serves(trace, DeviceMasks.NONE, half, 4),
            () -> half + " would do");
    }

    /** In steps of a quarter from the size that it is told, with the coherent memory. */
    @Test
    void shouldWriteANodeForCoherentMemory()
    {
        final Trace.Builder builder = new Trace.Builder("t");
        for (int i = 0; i < 8; i++)
        {
            builder.map(i, SEGMENT, TraceDirection.COHERENT, 0);
        }
        builder.map(9, 1, TraceDirection.TO_DEVICE, 0);
        assertEquals(9 * SEGMENT, SwiotlbSizing.restricted(builder.build(), DeviceMasks.NONE, SEGMENT, length ->
        {
        }).bytes());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void shouldWriteNoNodeThatRefuses(final long seed)
    {
        final Trace trace = Workload.NETWORK.generate(seed, 2000, 4 << 20);
        final SwiotlbKind kind = new SwiotlbKind(DeviceMasks.of(4095), trace.devices(), true, 1);
        final SmallestPool.Result smallest = SmallestPool.search(trace, kind, length ->
        {
        });
        final RestrictedDmaPool node = SwiotlbSizing.restricted(
            trace, DeviceMasks.of(4095), smallest.poolBytes(), length ->
            {
            });
        assertTrue(node.bytes() >= 1.25 * smallest.poolBytes(), node.toString());
        assertTrue(kind.fits(trace, node.bytes()));
    }
}
