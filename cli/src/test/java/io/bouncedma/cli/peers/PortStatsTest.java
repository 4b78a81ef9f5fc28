/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

final class PortStatsTest
{
    /** As DPDK 22.11 prints it. */
    private static final String PRINTED = """

          ######################## NIC statistics for port 0  ########################
          RX-packets: 24335328   RX-missed: 1          RX-bytes:  1557460992
          RX-errors: 2
          RX-nombuf:  3        \s
          TX-packets: 4          TX-errors: 5          TX-bytes:  6

          Throughput (since last show)
          Rx-pps:      5133066          Rx-bps:   2628129928
          Tx-pps:            0          Tx-bps:            0
          ############################################################################
        """;

    @Test
    void shouldReadEachFigure()
    {
        assertEquals(new PortStats(24335328, 1557460992, 1, 2, 3, 4, 6, 5), PortStats.parse(PRINTED));
    }

    @Test
    void shouldNameAFigureThatIsMissing()
    {
        final String cut = PRINTED.replace("RX-nombuf", "RX-other");
        assertEquals("no RX-nombuf in: " + cut,
            assertThrows(IllegalArgumentException.class, () -> PortStats.parse(cut)).getMessage());
    }
}
