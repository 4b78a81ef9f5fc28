/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.dma;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a device writes into a flight recording.
 */
class MappingEventsTest
{
    @TempDir
    private Path directory;

    @Test
    void shouldRecordMapsUnmapsAndRefusals() throws IOException
    {
        final Path file = directory.resolve("dma.jfr");
        try (Recording recording = new Recording())
        {
            recording.enable("io.bouncedma.Map");
            recording.enable("io.bouncedma.Unmap");
            recording.enable("io.bouncedma.Refusal");
            recording.start();
            useDevice();
            recording.stop();
            recording.dump(file);
        }
        final List<String> events = RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().endsWith("ap"))
            .map(event -> event.getEventType().getName() + " " + event.getString("device") + " " +
                event.getLong("toDevice") + " " + event.getLong("fromDevice"))
            .toList();
        assertEquals(List.of(
            "io.bouncedma.Map device 100 0", "io.bouncedma.Unmap device 100 0",
            "io.bouncedma.Map device 0 0", "io.bouncedma.Unmap device 0 40",
            "io.bouncedma.Map device 200 0", "io.bouncedma.Unmap device 200 200",
            "io.bouncedma.Map device 150 0", "io.bouncedma.Unmap device 150 120",
            "io.bouncedma.Map device 0 0", "io.bouncedma.Unmap device 0 0"), events);
        assertEquals(List.of("a TOO_LARGE", "b TOO_LARGE"), RecordingFile.readAllEvents(file).stream()
            .filter(event -> "io.bouncedma.Refusal".equals(event.getEventType().getName()))
            .map(event -> event.getString("pool") + " " + event.getString("reason")).toList());
    }

    @Test
    void shouldRecordOnceThatAPoolIsPassedOver() throws IOException
    {
        final Path file = directory.resolve("passed-over.jfr");
        try (Recording recording = new Recording(); TwoPools window = new TwoPools())
        {
            recording.start();
            window.a.close();
            try (DmaDevice dma = new DmaDevice("device", window.pools))
            {
                for (int i = 0; i < 3; i++)
                {
                    final long mapping = dma.map(new byte[9], 0, 9, Direction.TO_DEVICE);
                    assertTrue(window.b.contains(dma.busAddress(mapping)));
                    dma.unmap(mapping);
                    assertTrue(dma.explain(64).contains(
                        "pool is passed over until the set of pools changes: pool=a: pool is closed"), dma.explain(64));
                    window.pools.unregister(window.b);
                    window.pools.register(window.b);
                }
            }
            recording.stop();
            recording.dump(file);
        }
        assertEquals(List.of("device a pool is closed: name=a"), RecordingFile.readAllEvents(file).stream()
            .filter(event -> "io.bouncedma.PassedOver".equals(event.getEventType().getName()))
            .map(event -> event.getString("device") + " " + event.getString("pool") + " " + event.getString("reason"))
            .toList());
    }

    private static void useDevice()
    {
        try (TwoPools window = new TwoPools(); DmaDevice dma = new DmaDevice("device", window.pools))
        {
            dma.unmap(dma.map(new byte[100], 0, 100, Direction.TO_DEVICE));
            dma.unmap(dma.map(new byte[100], 0, 100, Direction.FROM_DEVICE), 40);
            dma.unmap(dma.map(new byte[200], 0, 200, Direction.BIDIRECTIONAL));
            final ScatterGather list = new ScatterGather(2).add(new byte[100], 0, 100).add(new byte[50], 0, 50);
            dma.map(list, Direction.BIDIRECTIONAL);
            dma.unmap(list, 120);
            dma.unmap(dma.map(window.a.view(), 0, 100, Direction.BIDIRECTIONAL));
            dma.map(new byte[TwoPools.LENGTH + 1], 0, TwoPools.LENGTH + 1, Direction.TO_DEVICE);
        }
    }
}
