/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.bench.Figure;
import io.bouncedma.bench.Suite;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import picocli.CommandLine;

import java.io.PrintStream;
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
            "lowest and the highest of any round."},
    mixinStandardHelpOptions = true,
    subcommands = {BenchTailCommand.class, BenchScalingCommand.class})
final class BenchCommand implements Callable<Integer>
{
    private static final String ROW = "%-34s %11s %11s %8s %12s %8s %8s  %s%n";
    /** JMH counts its own few objects among those of the benchmark; a real one is 16 bytes and more. */
    private static final double NO_HEAP_BYTES = 16;

    private static final int PERCENT = 100;

    @CommandLine.Parameters(arity = "0..1", paramLabel = "FILTER", defaultValue = "",
        description = "Run only figures with this in their name, for example \"refusal\" or \"4 KiB\".")
    private String filter;

    @CommandLine.Option(names = "--rounds", paramLabel = "N", defaultValue = "5",
        description = "How often to run each figure and its bound (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @CommandLine.Option(names = "--json", description = "Print JMH's result format instead of the table.")
    private boolean json;

    @CommandLine.Option(names = "--check", description = "Exit with 1 if a figure misses its limit.")
    private boolean check;

    private BenchCommand()
    {
    }

    @Override
    public Integer call()
    {
        final List<Figure> figures = Suite.figures(filter);
        if (figures.isEmpty())
        {
            throw new UsageException("no figure has \"" + filter + "\" in its name; leave it out to run all of " +
                Suite.figures("").stream().map(Figure::title).toList());
        }
        if (rounds < 1)
        {
            throw new UsageException("--rounds " + rounds + " can not be; give 1 or more");
        }
        final Suite suite = new Suite();
        final Progress progress = new Progress(0);
        for (int round = 1; round <= rounds; round++)
        {
            final String text = "round " + round + " of " + rounds;
            progress.show(() -> text);
            try
            {
                suite.round(figures);
            }
            catch (final IllegalStateException e)
            {
                throw new FailureException(e.getMessage());
            }
        }
        progress.clear();
        if (json)
        {
            ResultFormatFactory.getInstance(ResultFormatType.JSON, System.out).writeOut(suite.results());
            System.out.println();
        }
        return print(suite, figures, json ? System.err : System.out) || !check ? Main.EXIT_OK : Main.EXIT_FAILED;
    }

    private boolean print(final Suite suite, final List<Figure> figures, final PrintStream out)
    {
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
        if (!json && filter.isEmpty())
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
