/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.cli.peers.TestPmd.Forward;
import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * How fast one driver, DPDK's virtio-user, sends to our device and to DPDK's: one after the other in the same run, as
 * nothing else can be compared on a machine with other work. What is checked is that nothing fails; the figures are for
 * people, in the build's log.
 * <p>
 * {@code -Dbouncedma.peers.throughputPackets=5000000} is for how many packets each figure is measured; the driver sends
 * as many before, so that our device's code is compiled.
 */
@Tag("peers")
final class NetThroughputPmdTest
{
    private static final long PACKETS = Long.getLong("bouncedma.peers.throughputPackets", 100_000);
    private static final int[] LENGTHS = {64, 1500};
    private static final int LIMIT_S = TestLimits.seconds(120);
    private static final int DEVICE_CPU = 0;
    private static final int DRIVER_CPU = 1;

    @TempDir
    private Path directory;
    private final List<String> table = new ArrayList<>();

    @Test
    void shouldBeComparedWithTheirs() throws Exception
    {
        table.add("virtio-user sends, Mpps       ours  testpmd");
        for (int packed = 0; packed <= 1; packed++)
        {
            final double[] ours = ofOurs(packed);
            final double[] theirs = ofTheirs(packed);
            for (int i = 0; i < LENGTHS.length; i++)
            {
                table.add(String.format(Locale.ROOT, "%-6s %4d bytes          %7.3f  %7.3f",
                    1 == packed ? "packed" : "split", LENGTHS[i], ours[i], theirs[i]));
            }
        }
        table.forEach(System.out::println);
    }

    private double[] ofOurs(final int packed) throws IOException
    {
        final Path socket = directory.resolve("ours" + packed + ".sock");
        try (ServeProcess ours = ServeProcess.start(
            directory, List.of(socket), "net", "--sink", "--once", "--vhost-user", socket.toString()))
        {
            final double[] rates = measure(socket, packed);
            assertEquals(1, ours.figures().get("connections"));
            return rates;
        }
    }

    private double[] ofTheirs(final int packed) throws IOException
    {
        final Path socket = directory.resolve("theirs" + packed + ".sock");
        try (TestPmd device = TestPmd.vhost(directory, socket, "queues=1", DEVICE_CPU, Forward.RXONLY))
        {
            device.begin();
            return measure(socket, packed);
        }
    }

    /** What testpmd counts as sent the device has taken, but for a ring's worth. */
    private double[] measure(final Path socket, final int packed) throws IOException
    {
        final double[] rates = new double[LENGTHS.length];
        try (TestPmd driver = TestPmd.virtioUser(
            directory, socket, "queues=1,queue_size=256,packed_vq=" + packed, DRIVER_CPU, Forward.TXONLY))
        {
            for (int i = 0; i < LENGTHS.length; i++)
            {
                driver.length(LENGTHS[i]);
                driver.begin();
                send(driver, PACKETS);
                final long start = System.nanoTime();
                rates[i] = send(driver, PACKETS) * 1e3 / (System.nanoTime() - start);
                driver.end();
            }
        }
        return rates;
    }

    private static long send(final TestPmd driver, final long count)
    {
        final long from = driver.stats().txPackets();
        return driver.awaitStats(count + " packets sent", LIMIT_S,
            (stats) -> stats.txPackets() - from >= count).txPackets() - from;
    }
}
