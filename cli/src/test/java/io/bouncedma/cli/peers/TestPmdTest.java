/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.cli.peers.TestPmd.Forward;
import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * What drives testpmd, against testpmd: no code of ours is between the two, so what they count is what must be counted
 * when one of them is ours.
 * <p>
 * {@code -Dbouncedma.peers.packets=10000000} makes a run longer.
 */
@Tag("peers")
final class TestPmdTest
{
    private static final long PACKETS = Long.getLong("bouncedma.peers.packets", 1_000_000);
    private static final int PACKET_LENGTH = 64;
    private static final int LIMIT_S = TestLimits.seconds(120);

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "packed={0}")
    @CsvSource({"0", "1"})
    void shouldCountTheSamePacketsAtBothEnds(final int packed) throws Exception
    {
        final Path socket = directory.resolve("net.sock");
        try (TestPmd device = TestPmd.vhost(directory, socket, "queues=1", 0, Forward.RXONLY);
            TestPmd driver = TestPmd.virtioUser(directory, socket, "queues=1,queue_size=256,packed_vq=" + packed, 1,
                Forward.TXONLY))
        {
            final long start = System.nanoTime();
            device.begin();
            driver.begin();
            driver.awaitStats(PACKETS + " packets sent", LIMIT_S, (stats) -> stats.txPackets() >= PACKETS);
            driver.end();
            final PortStats sent = driver.stats();
            final PortStats received = device.awaitStats("packet " + sent.txPackets(), LIMIT_S,
                (stats) -> stats.rxPackets() >= sent.txPackets());
            Step.report("testpmd to testpmd, packed=" + packed + ", packets=" + sent.txPackets(), start);

            assertEquals(sent.txPackets(), received.rxPackets());
            assertEquals(sent.txPackets() * PACKET_LENGTH, sent.txBytes());
            assertEquals(sent.txBytes(), received.rxBytes());
            assertEquals(0, sent.txErrors() + received.rxErrors() + received.rxMissed() + received.rxNombuf());
        }
    }
}
