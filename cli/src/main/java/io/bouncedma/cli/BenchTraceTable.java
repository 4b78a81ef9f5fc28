/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.Amount;
import io.bouncedma.os.Printable;

import java.io.PrintStream;
import java.util.Locale;

/**
 * What {@code bench trace} measured, for people: a row for each trace.
 */
final class BenchTraceTable
{
    private static final String ROW = "%-22s %9s %9s %8s %8s %6s %12s %6s %8s %8s %8s %10s %10s%n";

    private BenchTraceTable()
    {
    }

    /**
     * Print it.
     *
     * @param result as {@link BenchTraceJson} has it.
     * @param out    to print to.
     */
    static void print(final JsonFile result, final PrintStream out)
    {
        out.printf(Locale.ROOT, ROW, "trace", "rows", "copied", "ns/row", "copy ns", "ratio", "in rounds", "B/row",
            "p50 ns", "p99 ns", "p99.9", "longest ns", "of copies");
        long watched = 0;
        for (final JsonFile trace : result.get(BenchTraceJson.TRACES).list())
        {
            final Spread ratios = Spread.of(trace.get(BenchTraceJson.RATIOS).numbers());
            final JsonFile calls = trace.get(BenchTraceJson.CALLS);
            out.printf(Locale.ROOT, ROW, name(trace), Amount.of((long)trace.get("rows").number()),
                ByteSize.describe(
                    (long)(trace.get("bytes_to_device").number() + trace.get("bytes_from_device").number())),
                median("%,.1f", trace.get("bounce_nanos_per_row")), median("%,.1f", trace.get("copy_nanos_per_row")),
                Spread.number(ratios.median()), ratios, median("%,.1f", trace.get("heap_bytes_per_row")),
                median("%,.0f", calls.get("p50")), median("%,.0f", calls.get("p99")),
                median("%,.0f", calls.get("p99.9")), most(trace.get("longest_nanos")),
                most(trace.get("longest_copy_nanos")));
            watched = Math.max(watched, (long)trace.get("calls_in_a_round").number() *
                trace.get(BenchTraceJson.RATIOS).list().size());
        }
        for (final JsonFile trace : result.get(BenchTraceJson.TRACES).list())
        {
            final long left = (long)trace.get("coherent_rows_left_out").number();
            if (left > 0)
            {
                out.println(name(trace) + ": " + Amount.of(left, "row") + " of coherent memory left out, which is " +
                    "not bounced");
            }
        }
        out.println("CPU time of the thread, the longest of up to " + Amount.of(watched, "call") +
            "; p50 to p99.9 of the same number by the clock");
    }

    private static String name(final JsonFile trace)
    {
        return Printable.of(trace.get(BenchTraceJson.TRACE).text());
    }

    private static String median(final String format, final JsonFile rounds)
    {
        return String.format(Locale.ROOT, format, Spread.of(rounds.numbers()).median());
    }

    private static String most(final JsonFile rounds)
    {
        return Amount.of((long)Spread.of(rounds.numbers()).high());
    }
}
