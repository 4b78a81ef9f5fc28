/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.pool;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PoolMonitorTest
{
    private static final int LENGTH = ScatteredRegion.LENGTH - Extent.ALIGNMENT;

    @TempDir
    private Path directory;

    private final SharedRegion region = ScatteredRegion.open();
    private final BouncePool pool = new BouncePool("pool", region, Extent.ALIGNMENT, LENGTH);
    private final PoolClient<?> client =
        pool.open("device", new ClientLimits(60_000, 4096), AddressRules.NONE);

    @AfterEach
    void close()
    {
        client.close();
        pool.close();
        region.close();
    }

    @Test
    void shouldShowFiguresAndAPicture() throws IOException
    {
        final Path path = directory.resolve("counters");
        final long block = client.allocate(2 * 496);
        client.allocate(59_500);
        try (PoolMonitor monitor = new PoolMonitor(path, PoolSet.of(pool));
            CountersFile file = CountersFile.open(path))
        {
            assertEquals(0, file.publications());
            assertEquals(1, monitor.doWork());
            assertEquals(0, monitor.doWork(), "too early for another one");
            assertEquals(1, file.publications());
            assertEquals(ProcessHandle.current().pid(), file.pid());
            final Map<String, Long> counters = file.counters();
            assertEquals(LENGTH, counters.get("pool pool: bytes"));
            assertEquals(1024, counters.get("pool pool: used bytes"));
            assertEquals(LENGTH - 1024, counters.get("pool pool: free bytes"));
            assertEquals(60_000, counters.get("pool pool: client device: quota bytes"));
            assertEquals(1, counters.get("pool pool: client device: refused QUOTA"));
            assertEquals(1, counters.get("pool pool: client device: blocks from 1024: allocations"));
            final CountersFile.Picture picture = file.pictures().getFirst();
            assertEquals("pool", picture.pool());
            assertEquals(LENGTH, picture.length());
            assertEquals(1024, picture.shares().stream().mapToDouble(share -> share).sum() * LENGTH /
                CountersFile.PICTURE_PARTS, 16);
            client.free(block);
            monitor.publish();
            assertEquals(0, file.counters().get("pool pool: used bytes"));
            assertEquals(1024, file.counters().get("pool pool: hot bytes"));
        }
    }

    @Test
    void shouldShowWhatOthersCountBehindThePools() throws IOException
    {
        final Path path = directory.resolve("counters");
        final long[] count = {7};
        try (PoolMonitor monitor = new PoolMonitor(path, PoolSet.of(pool),
            counters -> counters.accept("ring r: added chains", count[0]),
            counters -> counters.accept("other", -1));
            CountersFile file = CountersFile.open(path))
        {
            monitor.publish();
            assertEquals(7, file.counters().get("ring r: added chains"));
            assertEquals(-1, file.counters().get("other"));
            assertEquals(List.of("ring r: added chains", "other"),
                file.counters().keySet().stream().filter(label -> !label.startsWith("pool ")).toList());
            count[0] = 8;
            monitor.publish();
            assertEquals(8, file.counters().get("ring r: added chains"));
        }
    }

    @Test
    void shouldForgetWhoIsGone() throws IOException
    {
        final Path path = directory.resolve("counters");
        final PoolSet pools = PoolSet.of(pool);
        final PoolClient<?> other = pool.open("other");
        try (PoolMonitor monitor = new PoolMonitor(path, pools);
            CountersFile file = CountersFile.open(path))
        {
            monitor.publish();
            assertEquals(0, file.counters().get("pool pool: client other: used bytes"));
            other.close();
            monitor.publish();
            assertEquals(List.of(), labels(file, "pool pool: client other"));
            assertFalse(labels(file, "pool pool: client device").isEmpty());
            pools.unregister(pool);
            monitor.publish();
            assertEquals(Map.of(), file.counters());
            assertEquals(List.of(), file.pictures());
            pools.register(pool);
            monitor.publish();
            assertEquals(LENGTH, file.counters().get("pool pool: bytes"));
            assertEquals("pool", file.pictures().getFirst().pool());
        }
    }

    @Test
    void shouldTellClientsOfOneNameApart() throws IOException
    {
        final Path path = directory.resolve("counters");
        final long block = client.allocate(1024);
        try (PoolClient<?> second = pool.open("device");
            PoolMonitor monitor = new PoolMonitor(path, PoolSet.of(pool));
            CountersFile file = CountersFile.open(path))
        {
            monitor.publish();
            assertEquals(1024, file.counters().get("pool pool: client device: used bytes"));
            assertEquals(0, file.counters().get("pool pool: client device (2): used bytes"));
            assertEquals(0, second.usedBytes());
        }
        client.free(block);
    }

    @Test
    void shouldDrawThePoolsSpanWithTheGapBetweenItsParts() throws IOException
    {
        final Path path = directory.resolve("counters");
        final int span = 256 * 1024;
        final int part = span / 4;
        final SharedRegion wide = WideRegion.open(Extent.ALIGNMENT + span);
        final BouncePool gappy = new BouncePool("gappy", wide, Extent.ALIGNMENT, part);
        gappy.grow(Extent.ALIGNMENT + span - part, part);
        try (PoolMonitor monitor = new PoolMonitor(path, PoolSet.of(gappy));
            CountersFile file = CountersFile.open(path);
            PoolClient<?> holder = gappy.open("holder"))
        {
            final long first = holder.allocate(part);
            final long second = holder.allocate(part / 2);
            monitor.publish();
            final CountersFile.Picture picture = file.pictures().getFirst();
            assertEquals(span, picture.length());
            assertEquals(part + part / 2, picture.shares().stream().mapToDouble(share -> share).sum() * span /
                CountersFile.PICTURE_PARTS, 16);
            holder.free(first);
            holder.free(second);
        }
        gappy.close();
        wide.close();
    }

    private static List<String> labels(final CountersFile file, final String prefix)
    {
        return file.counters().keySet().stream().filter(label -> label.startsWith(prefix)).toList();
    }

    @Test
    void shouldSayWhatIsNoCountersFile() throws IOException
    {
        final Path other = Files.write(directory.resolve("other"), new byte[100]);
        assertTrue(assertThrows(IOException.class, () -> CountersFile.open(other)).getMessage().contains("length=100"));
        final Path path = directory.resolve("counters");
        new PoolMonitor(path, new PoolSet()).close();
        final byte[] bytes = Files.readAllBytes(path);
        bytes[8] = 9;
        Files.write(path, bytes);
        assertTrue(assertThrows(IOException.class, () -> CountersFile.open(path)).getMessage().contains("version=9"));
    }
}
