/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.bench.Tails;
import picocli.CommandLine;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.Callable;

/**
 * {@code bounce-dma bench tail}: the longest of very many calls.
 */
@CommandLine.Command(
    name = "tail",
    description = {"Print the longest of a million calls of each kind, with 100,000 blocks live, with a monitor, " +
            "with another client that comes and goes, and while a pool fills and empties.",
        "A call is charged with what the clock says, less what is proven not to be its own: the thread's CPU time " +
            "and the kernel's counts of its waits and delays tell when the core was somebody else's. \"Nothing\" is " +
            "no call at all: what that is charged with is the machine's. The longest is that of the median round.",
        "Exit code 1 if --check asks for it and a call is over the limit."},
    mixinStandardHelpOptions = true)
final class BenchTailCommand implements Callable<Integer>
{
    private static final String ROW = "%-14s %-10s %12s %20s %14s %8s %8s %8s  %s%n";
    private static final double NANOS_PER_MICRO = 1000;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @CommandLine.Option(names = "--calls", paramLabel = "N", defaultValue = "1000000",
        description = "How many calls of each kind (default: ${DEFAULT-VALUE}).")
    private int calls;

    @CommandLine.Option(names = "--rounds", paramLabel = "N", defaultValue = "3",
        description = "How often, each time in a new JVM (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @CommandLine.Option(names = "--json", description = "Print JMH's result format instead of the table.")
    private boolean json;

    @CommandLine.Option(names = "--check", description = "Exit with 1 if a call is over the limit.")
    private boolean check;

    private BenchTailCommand()
    {
    }

    @Override
    public Integer call()
    {
        BenchRounds.requireNothingBefore(spec);
        BenchRounds.require("--calls", calls);
        final Tails tails = new Tails();
        BenchRounds.run(rounds, () -> tails.round(calls));
        if (json)
        {
            BenchRounds.writeJson(tails.results());
        }
        return print(tails, json ? System.err : System.out) || !check ? Main.EXIT_OK : Main.EXIT_FAILED;
    }

    private boolean print(final Tails tails, final PrintStream out)
    {
        boolean good = true;
        if (!json)
        {
            out.printf(Locale.ROOT, ROW, "meanwhile", "call", "longest us", "in rounds", "by the clock", "excused",
                "waited", "limit", "");
        }
        for (final Tails.Row row : tails.rows())
        {
            good &= row.isGood();
            if (!json)
            {
                final double[] longest = row.longest();
                out.printf(Locale.ROOT, ROW, lower(row.scenario()), lower(row.call()), micros(row.medianNanos()),
                    micros(longest[0]) + ".." + micros(longest[longest.length - 1]), micros(row.byClock()),
                    row.excused(), row.waited(), row.isLimited() ? micros(Tails.LIMIT_NANOS) : "",
                    row.isGood() ? "" : "missed");
            }
        }
        return good;
    }

    private static String lower(final Enum<?> constant)
    {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String micros(final double nanos)
    {
        return String.format(Locale.ROOT, "%,.1f", nanos / NANOS_PER_MICRO);
    }
}
