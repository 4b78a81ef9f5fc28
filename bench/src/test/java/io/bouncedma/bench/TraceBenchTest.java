/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.bench;

import io.bouncedma.lab.DeviceMasks;
import io.bouncedma.lab.Trace;
import io.bouncedma.lab.TraceDirection;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Replays of traces: what they copy, and what can not be replayed. Never how long it takes.
 */
final class TraceBenchTest
{
    private static final int SMALL_POOL = 1 << 20;
    private static final TraceBench.Effort LEAST = new TraceBench.Effort(0, 0, 1);

    @Test
    void shouldCopyWhatTheTraceSaysAndCountIt()
    {
        final Trace.Builder rows = new Trace.Builder("all ways");
        final int disk = rows.device("disk");
        final int card = rows.device("card");
        final long ring = rows.map(0, 8192, TraceDirection.COHERENT, 0, disk);
        final long to = rows.map(1, 5000, TraceDirection.TO_DEVICE, 100, disk);
        final long from = rows.map(2, 300, TraceDirection.FROM_DEVICE, 4095, card);
        rows.unmap(3, to);
        final long both = rows.map(4, 64, TraceDirection.BIDIRECTIONAL, 0, card);
        rows.unmap(5, both);
        rows.unmap(6, from);
        rows.unmap(7, ring);
        rows.map(8, 70, TraceDirection.FROM_DEVICE, 0, disk);
        rows.map(9, 7, TraceDirection.TO_DEVICE, 0, disk);
        final BenchTrace trace = new BenchTrace(rows.build(), DeviceMasks.NONE.with("disk", 4095));
        try (TraceBench bench = new TraceBench(List.of(trace), SMALL_POOL, LEAST))
        {
            bench.warmUp();
            bench.round();
            bench.round();
            final TraceFigures figures = bench.figures().getFirst();
            assertEquals(8, figures.rows());
            assertEquals(2, figures.coherentRows());
            assertEquals(5000 + 64 + 7, figures.bytesToDevice());
            assertEquals(300 + 64, figures.bytesFromDevice());
            assertEquals(figures.passes() * (5000 + 64 + 7 + 300 + 64), figures.bounced());
            assertEquals(SMALL_POOL, figures.poolBytes());
            assertEquals(1 << 26, figures.originalBytes());
            assertEquals(2, figures.rounds().size());
            figures.rounds().forEach(round ->
            {
                assertEquals(1, round.passes());
                assertEquals(8, round.watched());
                assertTrue(round.ratio() > 0, () -> round.toString());
            });
            assertEquals(2 * 8, figures.calls().getTotalCount());
        }
    }

    /**
     * Of what a device reads and the next one may write at the same place: the library clears it in between, and a bare
     * copy does not, so that what was there shows that both copied, and from where.
     */
    @Test
    void shouldCopyBetweenTheSamePlacesAndClearInTheLibraryOnly()
    {
        final Trace.Builder rows = new Trace.Builder("reused");
        // So that the others are not at the pool's first byte.
        rows.map(0, 4096, TraceDirection.FROM_DEVICE, 0);
        rows.unmap(1, rows.map(0, 4096, TraceDirection.TO_DEVICE, 0));
        rows.unmap(3, rows.map(2, 4096, TraceDirection.FROM_DEVICE, 0));
        final BenchTrace trace = new BenchTrace(rows.build(), DeviceMasks.NONE);
        final TraceRows places = new TraceRows(trace.trace(), SMALL_POOL);
        final byte[] memory = new byte[SMALL_POOL];
        Arrays.fill(memory, (byte)'-');
        final byte[] read = new byte[4096];
        Arrays.fill(read, (byte)'r');
        System.arraycopy(read, 0, memory, places.original(1), read.length);
        try (TraceReplay replay = new TraceReplay(trace, places, memory, SMALL_POOL))
        {
            replay.bounce();
            assertArrayEquals(new byte[4096], part(memory, places.original(3)), "what the library brought back");
            Arrays.fill(memory, places.original(3), places.original(3) + 4096, (byte)'-');
            replay.copy();
            assertArrayEquals(read, part(memory, places.original(3)), "what the bare copies brought back");
        }
        assertEquals(2 * 4096, IntStream.range(0, memory.length).filter(i -> '-' != memory[i]).count());
    }

    private static byte[] part(final byte[] memory, final int from)
    {
        return Arrays.copyOfRange(memory, from, from + 4096);
    }

    @Test
    void shouldSayWhichRowThePoolRefusesAndLeaveNothingMapped()
    {
        final Trace.Builder rows = new Trace.Builder("large");
        final long first = rows.map(0, 3 << 18, TraceDirection.FROM_DEVICE, 0);
        rows.unmap(1, rows.map(1, 1 << 17, TraceDirection.TO_DEVICE, 0));
        rows.map(2, 1 << 19, TraceDirection.TO_DEVICE, 0);
        rows.unmap(3, first);
        try (TraceBench bench = new TraceBench(
            List.of(new BenchTrace(rows.build(), DeviceMasks.NONE)), SMALL_POOL, LEAST))
        {
            for (int time = 0; time < 2; time++)
            {
                final String said = assertThrows(TraceRefusedException.class, bench::once).getMessage();
                assertTrue(said.startsWith("a pool of 1048576 bytes refuses 524288 bytes in row 4 of 5 of trace " +
                    "large: EXHAUSTED: pool=bench, asked=524288,"), said);
            }
        }
    }

    @Test
    void shouldSpreadOriginalsFurtherWhereMoreLive()
    {
        final int live = (1 << 14) + 1;
        final TraceRows rows = new TraceRows(small(live), 1 << 26);
        assertEquals(1 << 27, rows.memory());
        final List<Integer> pages = IntStream.range(0, rows.size()).map(rows::original).sorted().boxed().toList();
        for (int i = 0; i < live; i++)
        {
            assertEquals(656, pages.get(i) % 4096, "the place in the page");
            assertTrue(0 == i || pages.get(i) - pages.get(i - 1) >= 4096, "no two have a page");
        }
    }

    @Test
    void shouldSayThatOriginalsHaveNoPlace()
    {
        final List<BenchTrace> traces = List.of(new BenchTrace(small((1 << 18) + 1), DeviceMasks.NONE));
        final String said = assertThrows(
            IllegalArgumentException.class, () -> new TraceBench(traces, SMALL_POOL, LEAST)).getMessage();
        assertTrue(said.startsWith("the originals of trace small do not fit into 1 GiB: 262145 live at a time"), said);
    }

    private static Trace small(final int live)
    {
        final Trace.Builder rows = new Trace.Builder("small");
        IntStream.range(0, live).forEach(i -> rows.map(i, 16, TraceDirection.TO_DEVICE, 656));
        return rows.build();
    }

    @Test
    void shouldShipExcerptsWithThePeaksOfWhatTheyWereCutFrom()
    {
        final List<BenchTrace> traces = ShippedTrace.readAll();
        // As docs/bench.md has it, and the files of the recordings.
        assertEquals(List.of(705_617L, 3_408_259L, 974_268L, 7_476_224L),
            traces.stream().map(each -> each.trace().peakLiveBytes()).toList());
        assertEquals(List.of(30_001, 23_316, 30_453, 30_400),
            traces.stream().map(each -> each.trace().size()).toList());
        assertEquals(List.of(0, 0, 0, 4095), traces.stream().map(each -> each.masks().others()).toList());
    }

    @Test
    void shouldTellTracesApartByWhatIsReplayed()
    {
        assertEquals(digest(5, 4096, TraceDirection.TO_DEVICE), digest(9, 4096, TraceDirection.TO_DEVICE));
        assertNotEquals(digest(5, 4096, TraceDirection.TO_DEVICE), digest(5, 4097, TraceDirection.TO_DEVICE));
        assertNotEquals(digest(5, 4096, TraceDirection.TO_DEVICE), digest(5, 4096, TraceDirection.FROM_DEVICE));
    }

    private static String digest(final long time, final int length, final TraceDirection direction)
    {
        final Trace.Builder rows = new Trace.Builder("one");
        rows.map(time, length, direction, 0);
        return new BenchTrace(rows.build(), DeviceMasks.NONE).digest();
    }
}
