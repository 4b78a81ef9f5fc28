/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.memory.BusAddressing;
import io.bouncedma.memory.Extent;
import io.bouncedma.memory.FileWindow;
import io.bouncedma.memory.Rights;
import io.bouncedma.memory.Window;
import io.bouncedma.monitor.CountersFile;
import io.bouncedma.monitor.PoolMonitor;
import io.bouncedma.os.Access;
import io.bouncedma.os.Fd;
import io.bouncedma.os.TestLimits;
import io.bouncedma.pool.BouncePool;
import io.bouncedma.pool.PoolClient;
import io.bouncedma.pool.PoolSet;
import io.bouncedma.pool.Refusal;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Pools longer than any array or view, in sparse files of which next to nothing is touched: another process draws them.
 */
final class HugePoolIT
{
    private static final int SECONDS = TestLimits.seconds(120);
    private static final int GIB = 1 << 30;
    /** An arena's, and of the picture. */
    private static final long PART = 8L * GIB;
    private static final int PARTS = CountersFile.PICTURE_PARTS;

    @TempDir
    private Path directory;

    private int runs;

    @ParameterizedTest(name = "{0} GiB")
    @ValueSource(ints = {8, 64})
    void shouldBeDrawnWithBothEndsInUse(final int size) throws Exception
    {
        final long length = (long)size * GIB;
        final Path counters = directory.resolve("counters");
        try (Window window = open(Extent.ALIGNMENT + length);
            BouncePool pool = new BouncePool("huge", window, Extent.ALIGNMENT, length);
            PoolMonitor monitor = new PoolMonitor(counters, PoolSet.of(pool));
            PoolClient client = pool.open("device"))
        {
            final List<Long> blocks = new ArrayList<>();
            for (int i = 0; i < size; i++)
            {
                blocks.add(client.allocate(GIB));
                assertTrue(blocks.getLast() > 0, () -> client.explain(GIB).toString());
            }
            assertEquals(Refusal.Reason.EXHAUSTED.code(), client.allocate(1));
            assertEquals(new Drawn(pool, "@".repeat(PARTS)), draw(monitor, counters));
            assertThrows(IllegalArgumentException.class, () -> client.allocate(GIB + 1));
            for (final long block : blocks)
            {
                final long at = client.offsetOf(block);
                if (0 != at && length - GIB != at)
                {
                    client.free(block);
                }
            }
            // Takes hot blocks back, which would be drawn, too.
            assertEquals(length - 2L * GIB, client.explain(GIB).free());
            final String end = "@".repeat(PARTS / size);
            assertEquals(new Drawn(pool, end + " ".repeat(PARTS - 2 * end.length()) + end), draw(monitor, counters));
            blocks.stream().filter(client::has).forEach(client::free);
            for (long part = length - PART; part > 0; part -= PART)
            {
                assertEquals(0, pool.retire(Extent.ALIGNMENT + part));
            }
            assertEquals(PART, pool.length());
        }
    }

    /** A file of such a length, next to none of which is on the disk. */
    private Window open(final long length) throws IOException
    {
        final Path path = directory.resolve("memory");
        try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw"))
        {
            sparse.setLength(length);
        }
        try (Fd file = Fd.open(path, Access.READ_WRITE))
        {
            return FileWindow.map("sparse", file, 0, List.of(new Extent(0, 0x1_0000_0000L, length)),
                Rights.READ_WRITE, BusAddressing.offset());
        }
    }

    /** As another process sees it. */
    private Drawn draw(final PoolMonitor monitor, final Path counters) throws Exception
    {
        monitor.publish();
        runs++;
        try (DemoProcess inspect = new DemoProcess(
            Files.createDirectory(directory.resolve("inspect" + runs)), directory, "inspect", counters.toString(),
            "--json"))
        {
            assertEquals(Main.EXIT_OK, inspect.exitCode(SECONDS), inspect.errors());
            final Map<?, ?> shown = (Map<?, ?>)Json.read(
                new ByteArrayInputStream(inspect.output().getBytes(StandardCharsets.UTF_8)));
            return new Drawn(((Number)shown.get("pool huge: used bytes")).longValue(),
                (String)shown.get("pool huge: map"));
        }
    }

    /** What is seen of the pool. */
    private record Drawn(long used, String map)
    {
        Drawn(final BouncePool pool, final String map)
        {
            this(pool.usedBytes(), map);
        }
    }
}
