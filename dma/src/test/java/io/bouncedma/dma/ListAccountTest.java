/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import io.bouncedma.pool.ClientStatistics;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Lists are mapped in place, counted and recorded as single mappings are: a segment is a mapping.
 */
class ListAccountTest
{
    private static final byte[] BIG = new byte[8000];

    @TempDir
    private Path directory;
    private final TwoPools window = new TwoPools();
    private final DmaDevice dma = new DmaDevice("disk", window.pools);
    private final CoherentBuffer shared = dma.allocateCoherent(6000, 64);

    @AfterEach
    void close()
    {
        shared.close();
        dma.close();
        window.close();
    }

    /** Two entries that share a block, one in place, one block of its own. */
    private ScatterGather list()
    {
        return new ScatterGather(8).add(BIG, 0, 100).add(BIG, 100, 50).add(shared.view(), 10, 5000).add(BIG, 0, 5000);
    }

    @Test
    void shouldMapInPlaceWhatLiesInAPool()
    {
        final ScatterGather list = list();
        assertEquals(3, dma.map(list, Direction.BIDIRECTIONAL));
        assertEquals(shared.busAddress() + 10, list.busAddress(1));
        assertEquals(5000, list.segmentLength(1));
        window.deviceWrites(list.busAddress(1), new byte[]{1, 2, 3});
        assertEquals(3, shared.view().getByte(12), "not in place");
        dma.unmap(list, 0);
        assertEquals(3, shared.view().getByte(12));
    }

    @Test
    void shouldCountEachSegmentAsAMapping()
    {
        final ScatterGather list = list();
        dma.map(list, Direction.BIDIRECTIONAL);
        assertEquals(new DmaStatistics(3, 0, 0, 0, 0), dma.statistics());
        dma.unmap(list, 5160);
        assertEquals(new DmaStatistics(3, 3, 0, 5150, 160), dma.statistics());
        dma.map(list, Direction.TO_DEVICE);
        dma.unmap(list, 5160);
        assertEquals(new DmaStatistics(6, 6, 0, 10_300, 160), dma.statistics());
        dma.map(list, Direction.FROM_DEVICE);
        dma.unmap(list, 0);
        assertEquals(new DmaStatistics(9, 9, 0, 10_300, 160), dma.statistics());
    }

    @Test
    void shouldCountItsBytesForThePoolsFigures()
    {
        final ScatterGather list = list();
        dma.map(list, Direction.BIDIRECTIONAL);
        dma.unmap(list, 10_150);
        final ClientStatistics figures = window.a.statistics().clients().getFirst();
        assertEquals(5150, figures.bytesToDevice());
        assertEquals(5150, figures.bytesFromDevice());
    }

    @Test
    void shouldRecordEachSegment() throws IOException
    {
        final Path file = directory.resolve("list.jfr");
        try (Recording recording = new Recording())
        {
            recording.enable("io.bouncedma.Map");
            recording.enable("io.bouncedma.Unmap");
            recording.start();
            final ScatterGather list = list();
            dma.map(list, Direction.BIDIRECTIONAL);
            dma.unmap(list, 5160);
            recording.stop();
            recording.dump(file);
        }
        assertEquals(List.of("Map 150 0", "Map 0 0", "Map 5000 0", "Unmap 150 150", "Unmap 0 0", "Unmap 5000 10"),
            RecordingFile.readAllEvents(file).stream()
                .map(event -> event.getEventType().getName().replace("io.bouncedma.", "") + " " +
                    event.getLong("toDevice") + " " + event.getLong("fromDevice"))
                .toList());
    }

    @Test
    void shouldCountWhatWasCopiedOnlyIfAListIsUnmapped()
    {
        final ScatterGather list = new ScatterGather(8).add(new byte[TwoPools.LENGTH], 0, TwoPools.LENGTH)
            .add(new byte[TwoPools.LENGTH], 0, TwoPools.LENGTH);
        assertTrue(dma.map(list, Direction.TO_DEVICE) < 0);
        assertEquals(new DmaStatistics(0, 0, 1, 0, 0), dma.statistics());
    }
}
