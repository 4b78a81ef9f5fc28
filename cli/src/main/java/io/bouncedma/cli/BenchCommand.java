/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.bench.Figure;
import io.bouncedma.bench.Suite;
import picocli.CommandLine;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/**
 * {@code bounce-dma bench}: the benchmarks, each figure beside its bound.
 */
@CommandLine.Command(
    name = "bench",
    description = {"Run the benchmarks and print each figure beside its bound.",
        "A bound is what the hardware takes for the same bytes: a raw copy. Times are medians over all rounds; on a " +
            "machine that does other things, too, only the ratios mean something; \"in rounds\" tells how much: the " +
            "lowest and the highest of any round.",
        "With --compare nothing is run: two results of --json are compared, of this command or of bench trace. A " +
            "verdict is there only where the ranges of their rounds do not overlap.",
        "Exit code 1 if --check asks for it and a figure misses its limit or, with --compare, is slower in B; 2 if " +
            "the two can not be compared."},
    mixinStandardHelpOptions = true,
    subcommands = {BenchTraceCommand.class, BenchTailCommand.class, BenchScalingCommand.class})
final class BenchCommand implements Callable<Integer>
{
    private static final String ROW = "%-34s %11s %11s %8s %12s %8s %8s  %s%n";
    /** JMH counts its own few objects among those of the benchmark; a real one is 16 bytes and more. */
    private static final double NO_HEAP_BYTES = 16;

    private static final int PERCENT = 100;

    private static final int USUAL_ROUNDS = 5;

    @CommandLine.Parameters(arity = "0..1", paramLabel = "FILTER",
        description = "Run only figures with this in their name, for example \"refusal\" or \"4 KiB\".")
    private String filter;

    @CommandLine.Option(names = "--filter", paramLabel = "FILTER",
        description = "The same, where it is a command, too: trace, tail or scaling.")
    private String filterOption;

    @CommandLine.Option(names = "--rounds", paramLabel = "N",
        description = "How often to run each figure and its bound (default: " + USUAL_ROUNDS + ").")
    private Integer rounds;

    @CommandLine.Option(names = "--compare", arity = "2", paramLabel = "FILE",
        description = "Compare two results, A and B, of --json each, made with the same JVM and settings.")
    private List<Path> compared;

    @CommandLine.Option(names = "--json",
        description = "Print JMH's result format instead of the table; with --compare what was compared.")
    private boolean json;

    @CommandLine.Option(names = "--check",
        description = "Exit with 1 if a figure misses its limit or, with --compare, is slower in B.")
    private boolean check;

    private BenchCommand()
    {
    }

    @Override
    public Integer call()
    {
        if (null != filter && null != filterOption)
        {
            throw new UsageException("FILTER is given twice; leave out " + filter + " or --filter");
        }
        if (null != compared)
        {
            return compare();
        }
        final String wanted = null != filter ? filter : null != filterOption ? filterOption : "";
        final List<Figure> figures = Suite.figures(wanted);
        if (figures.isEmpty())
        {
            throw new UsageException("no figure has \"" + wanted + "\" in its name; leave it out to run all of " +
                Suite.figures("").stream().map(Figure::title).toList());
        }
        return run(figures, null == rounds ? USUAL_ROUNDS : rounds, wanted.isEmpty());
    }

    private int compare()
    {
        if (null != filter || null != filterOption || null != rounds)
        {
            throw new UsageException("--compare runs nothing; leave out FILTER and --rounds");
        }
        if (2 != compared.size())
        {
            throw new UsageException("--compare takes two files, and once; " + compared.size() + " are given");
        }
        final BenchComparison comparison =
            BenchComparison.of(BenchResult.read(compared.getFirst()), BenchResult.read(compared.getLast()));
        comparison.print(json, System.out);
        return check && comparison.isSlower() ? Main.EXIT_FAILED : Main.EXIT_OK;
    }

    private int run(final List<Figure> figures, final int count, final boolean isAll)
    {
        final Suite suite = new Suite();
        BenchRounds.run(count, () -> suite.round(figures));
        if (json)
        {
            BenchRounds.writeJson(suite.results());
        }
        return print(suite, figures, isAll) || !check ? Main.EXIT_OK : Main.EXIT_FAILED;
    }

    private boolean print(final Suite suite, final List<Figure> figures, final boolean isAll)
    {
        final PrintStream out = System.out;
        boolean good = true;
        if (!json)
        {
            out.printf(Locale.ROOT, ROW, "figure", "ns/op", "bound ns", "ratio", "in rounds", "limit", "B/op", "");
        }
        for (final Figure figure : figures)
        {
            final double nanos = suite.medianNanos(figure.benchmark(), figure.parameter());
            final boolean absolute = null == figure.bound();
            final double bound = absolute ? figure.limit() : suite.medianNanos(figure.bound(), figure.parameter());
            final double ratio = nanos / bound;
            final double limit = absolute ? 1 : figure.limit();
            final double heap = suite.heapBytes(figure.benchmark(), figure.parameter());
            final boolean kept = Double.isNaN(limit) || ratio <= limit && heap < NO_HEAP_BYTES;
            good &= kept;
            if (!json)
            {
                out.printf(Locale.ROOT, ROW, figure.title(), number(nanos), number(bound),
                    String.format(Locale.ROOT, "%.2f", ratio), absolute ? "" : spread(suite.ratios(figure)),
                    Double.isNaN(limit) ? "" : String.format(Locale.ROOT, "%.2f", limit),
                    heap < 1 ? "0" : number(heap), kept ? "" : "missed");
            }
        }
        if (!json && isAll)
        {
            out.printf(Locale.ROOT, "private metadata of a 64 MiB pool full of 4 KiB blocks: %.2f %% of it%n",
                PERCENT * Suite.metadataShare());
        }
        return good;
    }

    private static String spread(final double[] ratios)
    {
        return String.format(Locale.ROOT, "%.2f..%.2f", ratios[0], ratios[ratios.length - 1]);
    }

    private static String number(final double value)
    {
        return String.format(Locale.ROOT, "%,.1f", value);
    }
}
