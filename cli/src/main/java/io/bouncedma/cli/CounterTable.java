/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.io.PrintStream;
import java.util.Map;

/**
 * Prints counters under the headings that their labels begin with: {@code pool demo: client blk: used bytes}.
 */
final class CounterTable
{
    private CounterTable()
    {
    }

    static void print(final Map<String, Long> counters, final PrintStream out)
    {
        String heading = "";
        for (final Map.Entry<String, Long> counter : counters.entrySet())
        {
            final String label = counter.getKey();
            final int end = label.lastIndexOf(": ");
            final String above = end < 0 ? "" : label.substring(0, end);
            if (!above.equals(heading))
            {
                heading = above;
                out.println(heading);
            }
            final boolean unlimited = Long.MAX_VALUE == counter.getValue();
            out.printf("  %-32s %20s%n", end < 0 ? label : label.substring(end + 2),
                unlimited ? "none" : Figures.number(counter.getValue()));
        }
    }
}
