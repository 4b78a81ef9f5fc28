/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.WideWindow;
import io.bouncedma.memory.Window;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * What a pool writes into a flight recording.
 */
class PoolEventsTest
{
    private static final int PAGE = Extent.ALIGNMENT;

    @TempDir
    private Path directory;

    @Test
    void shouldRecordRefusalsAndGrowth() throws IOException
    {
        final Path file = directory.resolve("pool.jfr");
        try (Recording recording = new Recording())
        {
            recording.enable("io.bouncedma.Refusal");
            recording.enable("io.bouncedma.Growth");
            recording.start();
            usePool();
            recording.stop();
            recording.dump(file);
        }
        final List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertEquals(List.of("pool device 8192 TOO_LARGE", "pool device 4096 EXHAUSTED"), events.stream()
            .filter(event -> "io.bouncedma.Refusal".equals(event.getEventType().getName()))
            .map(event -> event.getString("pool") + " " + event.getString("client") + " " + event.getInt("asked") +
                " " + event.getString("reason"))
            .toList());
        assertEquals(List.of("pool 4096 8192", "pool -4096 4096"), events.stream()
            .filter(event -> "io.bouncedma.Growth".equals(event.getEventType().getName()))
            .map(event -> event.getString("pool") + " " + event.getLong("change") + " " + event.getLong("length"))
            .toList());
    }

    private static void usePool()
    {
        try (Window region = WideWindow.open(3 * PAGE);
            BouncePool pool = new BouncePool("pool", region, PAGE, PAGE);
            PoolClient client = pool.open("device"))
        {
            client.allocate(2 * PAGE);
            final long block = client.allocate(64);
            client.allocate(PAGE);
            client.free(block);
            pool.grow(2 * PAGE, PAGE);
            pool.retire(2 * PAGE);
        }
    }
}
