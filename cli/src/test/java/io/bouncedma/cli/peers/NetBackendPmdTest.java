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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * DPDK's virtio-user drives our network device. What testpmd counts as sent is what it put into the ring: once it has
 * stopped and the device has given all of that back, both must have counted the same, and nothing is lost.
 * <p>
 * One process serves the drivers of all combinations, one after the other; its figures are the sum.
 * {@code -Dbouncedma.peers.netPackets=10000000} is how many packets there are in all.
 */
@Tag("peers")
final class NetBackendPmdTest
{
    private static final long PACKETS = Long.getLong("bouncedma.peers.netPackets", 1_000_000);
    private static final int[] LENGTHS = {64, 1500};
    private static final int RUNS = 2 * 8 * LENGTHS.length;
    private static final int LIMIT_S = TestLimits.seconds(120);
    private static final long STANDING_NS = TimeUnit.SECONDS.toNanos(TestLimits.seconds(5));
    private static final int CPU = 1;
    private static final int RECEIVE = 0;
    private static final int TRANSMIT = 1;

    @TempDir
    private Path directory;
    private long sentPackets;
    private long sentBytes;

    @Test
    void shouldTakeEachPacketOnce() throws Exception
    {
        final Path socket = directory.resolve("net.sock");
        try (ServeProcess ours = ServeProcess.start(
            directory, List.of(socket), "net", "--sink", "--vhost-user", socket.toString()))
        {
            for (int i = 0; i < 8; i++)
            {
                try (TestPmd driver = TestPmd.virtioUser(directory, socket, options(i), CPU, Forward.TXONLY))
                {
                    for (final int length : LENGTHS)
                    {
                        send(driver, ours, length);
                    }
                    count(driver.stats());
                }
            }
            final Map<String, Long> figures = figures(ours.end());
            assertEquals(Map.of("connections", 8L, "sent_frames", sentPackets, "sent_bytes", sentBytes,
                "received_frames", 0L, "received_bytes", 0L), figures);
        }
    }

    @Test
    void shouldGiveEachPacketBackOnce() throws Exception
    {
        final Path socket = directory.resolve("net.sock");
        try (ServeProcess ours = ServeProcess.start(
            directory, List.of(socket), "net", "--echo", "--vhost-user", socket.toString()))
        {
            for (int i = 0; i < 8; i++)
            {
                try (TestPmd driver = TestPmd.virtioUser(directory, socket, options(i), CPU, Forward.IO))
                {
                    for (final int length : LENGTHS)
                    {
                        circulate(driver, ours, length);
                    }
                    final PortStats stats = driver.stats();
                    assertEquals(stats.txPackets(), stats.rxPackets(), options(i));
                    assertEquals(stats.txBytes(), stats.rxBytes(), options(i));
                    count(stats);
                }
            }
            assertEquals(Map.of("connections", 8L, "sent_frames", sentPackets, "sent_bytes", sentBytes,
                "received_frames", sentPackets, "received_bytes", sentBytes), figures(ours.end()));
        }
    }

    @ParameterizedTest(name = "packed={0}")
    @CsvSource({"0", "1"})
    void shouldConnectToADriverThatListens(final int packed) throws Exception
    {
        final Path socket = directory.resolve("net.sock");
        try (ServeProcess ours = ServeProcess.start(directory, List.of(),
            "net", "--sink", "--once", "--connect", "--vhost-user", socket.toString()))
        {
            try (TestPmd driver = TestPmd.virtioUser(directory, socket,
                "server=1,queues=1,queue_size=256,packed_vq=" + packed, CPU, Forward.TXONLY))
            {
                send(driver, ours, LENGTHS[0]);
                count(driver.stats());
            }
            assertEquals(Map.of("connections", 1L, "sent_frames", sentPackets, "sent_bytes", sentBytes,
                "received_frames", 0L, "received_bytes", 0L), figures(ours.figures()));
        }
    }

    @ParameterizedTest(name = "packed={0}")
    @CsvSource({"0", "1"})
    void shouldCarryPacketsFromOneDriverToAnother(final int packed) throws Exception
    {
        final Path left = directory.resolve("left.sock");
        final Path right = directory.resolve("right.sock");
        final String options = "queues=1,queue_size=256,packed_vq=" + packed;
        try (ServeProcess ours = ServeProcess.start(directory, List.of(left, right),
            "net", "--once", "--vhost-user", left.toString(), "--to", right.toString()))
        {
            final PortStats received;
            // Two of the same name keep their files apart.
            try (TestPmd receiver = TestPmd.virtioUser(Files.createDirectory(directory.resolve("right")), right,
                    options, 0, Forward.RXONLY);
                TestPmd sender = TestPmd.virtioUser(directory, left, options, CPU, Forward.TXONLY))
            {
                receiver.begin();
                for (final int length : LENGTHS)
                {
                    send(sender, ours, length);
                }
                count(sender.stats());
                received = awaitStanding(receiver);
                assertEquals(0, received.rxErrors() + received.rxMissed() + received.rxNombuf());
            }
            // A receiver that gets no processor for longer than the device's patience costs frames; each is counted.
            final Map<String, Long> figures = figures(ours.figures());
            final Long lost = figures.remove("dropped_no_room");
            assertEquals(sentPackets, received.rxPackets() + (null == lost ? 0 : lost));
            assertEquals(Map.of("connections", 1L, "sent_frames", received.rxPackets(), "sent_bytes",
                received.rxBytes(), "received_frames", 0L, "received_bytes", 0L,
                "to_connections", 1L, "to_sent_frames", 0L, "to_sent_bytes", 0L,
                "to_received_frames", received.rxPackets(), "to_received_bytes", received.rxBytes()), figures);
        }
    }

    /** All that was sent has come, or nothing came for a while. */
    private PortStats awaitStanding(final TestPmd receiver)
    {
        final long[] last = {-1, 0};
        return receiver.awaitStats("packet " + sentPackets, LIMIT_S, (stats) ->
        {
            if (stats.rxPackets() != last[0])
            {
                last[0] = stats.rxPackets();
                last[1] = System.nanoTime();
            }
            return stats.rxPackets() >= sentPackets || System.nanoTime() - last[1] > STANDING_NS;
        });
    }

    /** How often a driver is interrupted is between the two of them; that nothing failed is not worth a word. */
    private static Map<String, Long> figures(final Map<String, Long> all)
    {
        all.entrySet().removeIf((figure) -> figure.getKey().endsWith("doorbells_rung") ||
            0 == figure.getValue() && figure.getKey().matches(".*(_failures|refused_connections)"));
        return all;
    }

    private static String options(final int combination)
    {
        return "queues=1,queue_size=256,packed_vq=" + (combination & 1) + ",in_order=" + (combination >> 1 & 1) +
            ",mrg_rxbuf=" + (combination >> 2);
    }

    /** Send until there were enough, stop, and let the device take what is in the ring. */
    private static void send(final TestPmd driver, final ServeProcess ours, final int length)
    {
        final long start = System.nanoTime();
        final long goal = driver.stats().txPackets() + PACKETS / RUNS;
        driver.length(length);
        driver.begin();
        driver.awaitStats(goal + " packets sent", LIMIT_S, (stats) -> stats.txPackets() >= goal);
        driver.end();
        ours.awaitCompleted(TRANSMIT, driver.stats().txPackets());
        Step.report("testpmd sends to ours, length=" + length + ", packets=" + PACKETS / RUNS, start);
    }

    /** Let a burst go round until it was often enough, stop, and take back what is on its way. */
    private static void circulate(final TestPmd driver, final ServeProcess ours, final int length)
    {
        final long start = System.nanoTime();
        final long goal = driver.stats().txPackets() + PACKETS / RUNS;
        driver.forward(Forward.IO);
        driver.length(length);
        driver.beginWithBurst();
        driver.awaitStats(goal + " packets sent", LIMIT_S, (stats) -> stats.txPackets() >= goal);
        driver.end();
        final long sent = driver.stats().txPackets();
        ours.awaitCompleted(TRANSMIT, sent);
        ours.awaitCompleted(RECEIVE, sent);
        driver.forward(Forward.RXONLY);
        driver.begin();
        driver.awaitStats("packet " + sent + " back", LIMIT_S, (stats) -> stats.rxPackets() >= sent);
        driver.end();
        Step.report("testpmd to ours and back, length=" + length + ", packets=" + PACKETS / RUNS, start);
    }

    private void count(final PortStats stats)
    {
        assertEquals(0, stats.txErrors() + stats.rxErrors() + stats.rxMissed() + stats.rxNombuf());
        sentPackets += stats.txPackets();
        sentBytes += stats.txBytes();
    }
}
