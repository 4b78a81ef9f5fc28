/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.bench.Crowds;
import picocli.CommandLine;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.Callable;

/**
 * {@code bounce-dma bench scaling}: one pool and many threads.
 */
@CommandLine.Command(
    name = "scaling",
    description = {"Print what one pool yields to 1, 2, 16, 64 and 256 threads at once, platform and virtual ones.",
        "Times are those of a pair of calls, for all threads together: medians. \"share\" is the throughput beside " +
            "that of two threads, the lesser of what the clock says and what the processor time says: a machine that " +
            "is busy gives many threads more of its time than two, and waiting takes no processor time.",
        "Exit code 1 if --check asks for it and 256 threads have less than their share."},
    mixinStandardHelpOptions = true)
final class BenchScalingCommand implements Callable<Integer>
{
    private static final String ROW = "%-10s %-9s %8s %12s %12s %10s %10s %8s %8s  %s%n";

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Option(names = "--pairs", paramLabel = "N", defaultValue = "16000000",
        description = "How many pairs of calls all threads make together (default: ${DEFAULT-VALUE}).")
    private int pairs;

    @CommandLine.Option(names = "--rounds", paramLabel = "N", defaultValue = "1",
        description = "How often, each time in a new JVM and five times there (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @CommandLine.Option(names = "--json", description = "Print JMH's result format instead of the table.")
    private boolean json;

    @CommandLine.Option(names = "--check", description = "Exit with 1 if 256 threads have less than their share.")
    private boolean check;

    private BenchScalingCommand()
    {
    }

    @Override
    public Integer call()
    {
        BenchRounds.requireNothingBefore(spec);
        BenchRounds.require("--pairs", pairs);
        final Crowds crowds = new Crowds();
        BenchRounds.run(rounds, () -> crowds.round(pairs));
        if (json)
        {
            BenchRounds.writeJson(crowds.results());
        }
        return print(crowds, json ? System.err : System.out) || !check ? Main.EXIT_OK : Main.EXIT_FAILED;
    }

    private boolean print(final Crowds crowds, final PrintStream out)
    {
        boolean good = true;
        if (!json)
        {
            out.printf(Locale.ROOT, ROW, "calls", "threads", "", "clock ns", "cpu ns", "by clock", "per cpu", "share",
                "limit", "");
        }
        for (final Crowds.Row row : crowds.rows())
        {
            good &= row.isGood();
            if (!json)
            {
                out.printf(Locale.ROOT, ROW, row.work().name().toLowerCase(Locale.ROOT),
                    row.kind().name().toLowerCase(Locale.ROOT), row.threads(), number(row.clockNanos()),
                    number(row.cpuNanos()), number(row.throughput()), number(row.perCpu()), number(row.share()),
                    row.isLimited() ? number(Crowds.LIMIT) : "", row.isGood() ? "" : "missed");
            }
        }
        return good;
    }

    private static String number(final double value)
    {
        return String.format(Locale.ROOT, "%,.2f", value);
    }
}
