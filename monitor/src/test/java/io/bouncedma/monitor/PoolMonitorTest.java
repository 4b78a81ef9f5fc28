/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.monitor;

import io.bouncedma.memory.Extent;
import io.bouncedma.memory.ScatteredWindow;
import io.bouncedma.memory.WideWindow;
import io.bouncedma.memory.Window;
import io.bouncedma.pool.AddressRules;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.ClientLimits;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.PoolSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PoolMonitorTest
{
    private static final int LENGTH = ScatteredWindow.LENGTH - Extent.ALIGNMENT;
    private static final CounterSubject RING = new CounterSubject("ring r", List.of("r", "0"));
    private static final Metric ADDED = new Metric(101, "added chains", new MetricFamily("chains",
        MetricFamily.Kind.COUNTER, MetricFamily.Unit.NONE, "Chains.", List.of("device", "queue")));
    private static final Metric FIGURE = new Metric(1000, "figure", null);

    @TempDir
    private Path directory;

    private final Window region = ScatteredWindow.open();
    private final BouncePool pool = new BouncePool("pool", region, Extent.ALIGNMENT, LENGTH);
    private final PoolClient client =
        pool.open("device", new ClientLimits(60_000, 4096), AddressRules.NONE);

    @AfterEach
    void close()
    {
        client.close();
        pool.close();
        region.close();
    }

    @Test
    void shouldTellOnceOfAFileThatWasCut() throws IOException
    {
        final Path path = directory.resolve("counters");
        try (PoolMonitor monitor = new PoolMonitor(path, PoolSet.of(pool)))
        {
            try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE))
            {
                file.truncate(1000);
            }
            final IllegalStateException thrown = assertThrows(IllegalStateException.class, monitor::publish);
            assertEquals("counters file was cut short, and is not written any more: file=" + path, thrown.getMessage());
            monitor.publish();
            assertEquals(1, monitor.doWork());
        }
    }

    @Test
    void shouldShowWhatAProcessWasStartedWithWithoutTheDirectoryOfItsJar() throws IOException
    {
        final Map<String, String> before = new HashMap<>();
        for (final String name : List.of("sun.java.command", "java.class.path"))
        {
            before.put(name, System.getProperty(name));
        }
        final Path path = directory.resolve("counters");
        System.setProperty("sun.java.command", "/opt/a check out/lib/bounce-dma.jar demo --file /tmp/f");
        System.setProperty("java.class.path", "/opt/a check out/lib/bounce-dma.jar");
        try (PoolMonitor monitor = new PoolMonitor(path, PoolSet.of(pool));
            CountersFile file = CountersFile.open(path))
        {
            monitor.publish();
            assertEquals("bounce-dma.jar demo --file /tmp/f", file.read().command());
        }
        finally
        {
            before.forEach(System::setProperty);
        }
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
            assertEquals(0, file.read().publications());
            assertEquals(1, monitor.doWork());
            assertEquals(0, monitor.doWork(), "too early for another one");
            assertEquals(1, file.read().publications());
            assertEquals(ProcessHandle.current().pid(), file.pid());
            final Map<String, Long> counters = file.read().counters();
            assertEquals(LENGTH, counters.get("pool pool: bytes"));
            assertEquals(1024, counters.get("pool pool: used bytes"));
            assertEquals(LENGTH - 1024, counters.get("pool pool: free bytes"));
            assertEquals(60_000, counters.get("pool pool: client device: quota bytes"));
            assertEquals(1, counters.get("pool pool: client device: refused QUOTA"));
            assertEquals(1, counters.get("pool pool: client device: blocks from 1024: allocations"));
            final CountersSnapshot.Picture picture = file.read().pictures().getFirst();
            assertEquals("pool", picture.pool());
            assertEquals(LENGTH, picture.length());
            assertEquals(1024, picture.shares().stream().mapToDouble(share -> share).sum() * LENGTH /
                CountersFile.PICTURE_PARTS, 16);
            client.free(block);
            monitor.publish();
            assertEquals(0, file.read().counters().get("pool pool: used bytes"));
            assertEquals(1024, file.read().counters().get("pool pool: hot bytes"));
        }
    }

    @Test
    void shouldShowWhatOthersCountBehindThePools() throws IOException
    {
        final Path path = directory.resolve("counters");
        final long[] count = {7};
        try (PoolMonitor monitor = new PoolMonitor(path, PoolSet.of(pool),
            counters -> counters.accept(RING, ADDED, count[0]),
            counters -> counters.accept(new CounterSubject("other", List.of()), FIGURE, -1));
            CountersFile file = CountersFile.open(path))
        {
            monitor.publish();
            assertEquals(7, file.read().counters().get("ring r: added chains"));
            assertEquals(-1, file.read().counters().get("other: figure"));
            assertEquals(List.of("ring r: added chains", "other: figure"),
                file.read().counters().keySet().stream().filter(label -> !label.startsWith("pool ")).toList());
            count[0] = 8;
            monitor.publish();
            assertEquals(8, file.read().counters().get("ring r: added chains"));
        }
    }

    @Test
    void shouldForgetWhoIsGone() throws IOException
    {
        final Path path = directory.resolve("counters");
        final PoolSet pools = PoolSet.of(pool);
        final PoolClient other = pool.open("other");
        try (PoolMonitor monitor = new PoolMonitor(path, pools);
            CountersFile file = CountersFile.open(path))
        {
            monitor.publish();
            assertEquals(0, file.read().counters().get("pool pool: client other: used bytes"));
            other.close();
            monitor.publish();
            assertEquals(List.of(), labels(file, "pool pool: client other"));
            assertFalse(labels(file, "pool pool: client device").isEmpty());
            pools.unregister(pool);
            monitor.publish();
            assertEquals(Map.of(), file.read().counters());
            assertEquals(List.of(), file.read().pictures());
            pools.register(pool);
            monitor.publish();
            assertEquals(LENGTH, file.read().counters().get("pool pool: bytes"));
            assertEquals("pool", file.read().pictures().getFirst().pool());
        }
    }

    @Test
    void shouldTellClientsOfOneNameApart() throws IOException
    {
        final Path path = directory.resolve("counters");
        final long block = client.allocate(1024);
        try (PoolClient second = pool.open("device");
            PoolMonitor monitor = new PoolMonitor(path, PoolSet.of(pool));
            CountersFile file = CountersFile.open(path))
        {
            monitor.publish();
            assertEquals(1024, file.read().counters().get("pool pool: client device: used bytes"));
            assertEquals(0, file.read().counters().get("pool pool: client device (2): used bytes"));
            assertEquals(0, second.usedBytes());
        }
        client.free(block);
    }

    /** The names of a pool and its client as values, not to be picked out of text again. */
    @Test
    void shouldSayOfEachCounterWhatItIsAndWhose() throws IOException
    {
        final Path path = directory.resolve("counters");
        try (PoolMonitor monitor = new PoolMonitor(path, PoolSet.of(pool), counters -> counters.accept(RING, ADDED, 7));
            CountersFile file = CountersFile.open(path))
        {
            monitor.publish();
            final CountersSnapshot snapshot = file.read();
            assertEquals(List.of("r", "0"), entry(snapshot, "ring r: added chains").values());
            assertEquals(ADDED.id(), entry(snapshot, "ring r: added chains").metric());
            assertEquals(List.of("pool", "device"), entry(snapshot, "pool pool: client device: frees").values());
            for (final CountersSnapshot.Entry entry : snapshot.entries())
            {
                final Metric metric = Stream.concat(PoolMetrics.all().stream(), Stream.of(ADDED))
                    .filter(one -> one.id() == entry.metric()).findFirst().orElseThrow();
                assertEquals(metric.family().labels().size(), entry.values().size(), entry::toString);
                assertTrue(entry.label().endsWith(": " + metric.title()), entry::toString);
            }
            assertTrue(snapshot.isAlive());
            assertTrue(snapshot.publishedNs() > 0);
            assertFalse(snapshot.command().isEmpty());
        }
    }

    /** A source of one's own may have any names. */
    @Test
    void shouldCutNamesAndRefuseWhatAKeyCanNotHold()
    {
        final String longName = "\u00e4".repeat(300);
        final CounterSubject subject = new CounterSubject(longName, List.of(longName, "0"));
        assertEquals("\u00e4".repeat(150), subject.heading());
        assertEquals(List.of("\u00e4".repeat(24), "0"), subject.values());
        assertTrue(assertThrows(IllegalArgumentException.class,
            () -> new CounterSubject("three", List.of(longName, longName, longName))).getMessage()
            .endsWith(", bytes=148, max=112"));
    }

    /** Agrona cuts labels, and what is cut off is the end, which says what it is. */
    @Test
    void shouldTellLongNamesApart() throws IOException
    {
        final Path path = directory.resolve("counters");
        final String longName = "\u00e4".repeat(300);
        try (PoolClient first = pool.open(longName + "1");
            PoolClient second = pool.open(longName + "2");
            PoolMonitor monitor = new PoolMonitor(path, PoolSet.of(pool));
            CountersFile file = CountersFile.open(path))
        {
            final long block = second.allocate(2048);
            monitor.publish();
            final String shown = "\u00e4".repeat(24);
            final CountersSnapshot snapshot = file.read();
            assertEquals(0, snapshot.counters().get("pool pool: client " + shown + ": used bytes"));
            final String other = "\u00e4".repeat(22) + " (2)";
            assertEquals(2048, snapshot.counters().get("pool pool: client " + other + ": used bytes"));
            assertEquals(List.of("pool", other, "2048"),
                entry(snapshot, "pool pool: client " + other + ": blocks from 2048: allocations").values());
            assertEquals(0, first.usedBytes());
            second.free(block);
        }
    }

    @Test
    void shouldGiveEachMetricANumberAndAFamilyOneMeaning()
    {
        final List<Metric> all = PoolMetrics.all();
        assertEquals(all.size(), all.stream().map(Metric::id).distinct().count());
        assertTrue(all.stream().allMatch(metric -> metric.id() < 100));
        assertEquals(all.stream().map(Metric::family).distinct().count(),
            all.stream().map(metric -> metric.family().name()).distinct().count());
    }

    private static CountersSnapshot.Entry entry(final CountersSnapshot snapshot, final String label)
    {
        return snapshot.entries().stream().filter(entry -> label.equals(entry.label())).findFirst().orElseThrow();
    }

    @Test
    void shouldDrawThePoolsSpanWithTheGapBetweenItsParts() throws IOException
    {
        final Path path = directory.resolve("counters");
        final int span = 256 * 1024;
        final int part = span / 4;
        final Window wide = WideWindow.open(Extent.ALIGNMENT + span);
        final BouncePool gappy = new BouncePool("gappy", wide, Extent.ALIGNMENT, part);
        gappy.grow(Extent.ALIGNMENT + span - part, part);
        try (PoolMonitor monitor = new PoolMonitor(path, PoolSet.of(gappy));
            CountersFile file = CountersFile.open(path);
            PoolClient holder = gappy.open("holder"))
        {
            final long first = holder.allocate(part);
            final long second = holder.allocate(part / 2);
            monitor.publish();
            final CountersSnapshot.Picture picture = file.read().pictures().getFirst();
            assertEquals(span, picture.length());
            assertEquals(part + part / 2, picture.shares().stream().mapToDouble(share -> share).sum() * span /
                CountersFile.PICTURE_PARTS, 16);
            holder.free(first);
            holder.free(second);
        }
        gappy.close();
        wide.close();
    }

    private static List<String> labels(final CountersFile file, final String prefix) throws IOException
    {
        return file.read().counters().keySet().stream().filter(label -> label.startsWith(prefix)).toList();
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
