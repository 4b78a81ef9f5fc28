/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.monitor.CountersSnapshot;
import io.bouncedma.os.Amount;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;

/**
 * Prints counters under the headings that their labels begin with: {@code pool demo: client blk: used bytes}, and what
 * they grew by a second where that is known.
 */
final class CounterTable
{
    private CounterTable()
    {
    }

    static void print(final CountersSnapshot snapshot, final Map<String, Double> rates, final PrintStream out)
    {
        String heading = "";
        for (final CountersSnapshot.Entry counter : snapshot.entries())
        {
            final String label = counter.label();
            final int end = label.lastIndexOf(": ");
            final String above = end < 0 ? "" : label.substring(0, end);
            if (!above.equals(heading))
            {
                heading = above;
                out.println(heading);
            }
            final Double rate = rates.get(label);
            out.printf("  %-32s %20s%s%n", end < 0 ? label : label.substring(end + 2),
                Long.MAX_VALUE == counter.value() ? "none" : Amount.of(counter.value()),
                null == rate ? "" : String.format(Locale.ROOT, " %,18.1f/s", rate));
        }
    }
}
