/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.Printable;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Two runs of the benchmarks beside each other.
 *
 * @param a      the run that is compared with.
 * @param b      the other one.
 * @param rows   figures that both have.
 * @param onlyA  names of those that only A has.
 * @param onlyB  names of those that only B has.
 * @param rounds that each figure ran for.
 */
record BenchComparison(
    BenchResult a, BenchResult b, List<Row> rows, List<String> onlyA, List<String> onlyB, int rounds)
{
    /** Ranges of fewer lie apart by chance too often: of two in one of three figures. */
    private static final int LEAST_ROUNDS = 3;
    private static final String ROW = "%-44s %-8s %18s %18s %7s %8s  %s%n";
    private static final double PERCENT = 100;

    /** What the ranges of a figure say. */
    enum Verdict
    {
        /** All rounds of B are below all of A. */
        FASTER,
        /** All rounds of B are above all of A. */
        SLOWER,
        /** The ranges overlap. */
        NO_DIFFERENCE_SEEN,
        /** They do not, but of a bound, which has nothing of ours. */
        MACHINE_DIFFERS;

        String word()
        {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One figure of both.
     *
     * @param name    of it.
     * @param series  of A, for what is the same in both.
     * @param a       range of A.
     * @param b       range of B.
     * @param verdict on B.
     */
    record Row(String name, BenchSeries series, Spread a, Spread b, Verdict verdict)
    {
    }

    /**
     * Compare.
     *
     * @throws UsageException if they were not made alike, or are too short.
     */
    static BenchComparison of(final BenchResult a, final BenchResult b)
    {
        final String files = "--compare " + a.file() + " and " + b.file();
        if (!a.kind().equals(b.kind()))
        {
            throw new UsageException(files + " can not be compared: one is of " + a.kind() + ", the other of " +
                b.kind());
        }
        requireSame(files, "", a.inputs(), b.inputs());
        final List<Row> rows = new ArrayList<>();
        int rounds = Integer.MAX_VALUE;
        for (final Map.Entry<String, BenchSeries> each : a.series().entrySet())
        {
            final String name = each.getKey();
            final BenchSeries ofA = each.getValue();
            final BenchSeries ofB = b.series().get(name);
            if (null != ofB)
            {
                requireSame(files, name, ofA.inputs(), ofB.inputs());
                requireRounds(files, name, ofA, ofB);
                rounds = Math.min(rounds, ofA.values().length);
                rows.add(row(name, ofA, ofB));
            }
        }
        if (rows.isEmpty())
        {
            throw new UsageException(files + " can not be compared: no figure with the same parameters is in both; " +
                "one has for example " + a.series().keySet().iterator().next() + ", the other " +
                b.series().keySet().iterator().next());
        }
        return new BenchComparison(a, b, rows, only(a, b), only(b, a), rounds);
    }

    private static List<String> only(final BenchResult in, final BenchResult other)
    {
        return in.series().keySet().stream().filter(name -> !other.series().containsKey(name)).toList();
    }

    private static void requireSame(
        final String files, final String name, final Map<String, Object> a, final Map<String, Object> b)
    {
        a.forEach((input, value) ->
        {
            if (!Objects.equals(value, b.get(input)))
            {
                throw new UsageException(files + " can not be compared: " + input + (name.isEmpty() ? "" : " of " +
                    Printable.of(name)) + " is " + Printable.of(String.valueOf(value)) + " in one and " +
                    Printable.of(String.valueOf(b.get(input))) + " in the other");
            }
        });
    }

    private static void requireRounds(
        final String files, final String name, final BenchSeries a, final BenchSeries b)
    {
        final int inA = a.values().length;
        final int inB = b.values().length;
        if (inA != inB)
        {
            throw new UsageException(files + " can not be compared: rounds of " + Printable.of(name) + " are " + inA +
                " in one and " + inB + " in the other");
        }
        if (inA < LEAST_ROUNDS)
        {
            throw new UsageException(files + " have no ranges: rounds of " + Printable.of(name) + " are " + inA +
                "; give bench --rounds 5, and " + LEAST_ROUNDS + " at least");
        }
    }

    private static Row row(final String name, final BenchSeries ofA, final BenchSeries ofB)
    {
        final Spread a = Spread.of(ofA.values());
        final Spread b = Spread.of(ofB.values());
        Verdict verdict = Verdict.NO_DIFFERENCE_SEEN;
        if (a.isApart(b))
        {
            verdict = BenchSeries.Kind.BOUND == ofA.kind() ? Verdict.MACHINE_DIFFERS :
                b.low() > a.high() ? Verdict.SLOWER : Verdict.FASTER;
        }
        return new Row(name, ofA, a, b, verdict);
    }

    /** Whether a figure of B is slower than that of A. */
    boolean isSlower()
    {
        return rows.stream().anyMatch(row -> Verdict.SLOWER == row.verdict());
    }

    /**
     * Of how many figures that are alike one is taken for faster or slower by chance: of all orders of both runs'
     * rounds only two have all of one first.
     */
    long chance()
    {
        double orders = 1;
        for (int i = 1; i <= rounds; i++)
        {
            orders = orders * (rounds + i) / i;
        }
        return Math.round(Math.min(orders / 2, Long.MAX_VALUE >> 1));
    }

    void print(final boolean isJson, final PrintStream out)
    {
        if (isJson)
        {
            out.println(Json.write(json()));
            return;
        }
        out.println("A " + Printable.of(a.file().toString()));
        out.println("B " + Printable.of(b.file().toString()));
        out.printf(Locale.ROOT, ROW, "figure", "unit", "A", "B", "B/A", "overlap", "");
        for (final Row row : rows)
        {
            if (BenchSeries.Kind.HEAP == row.series().kind() && Math.max(row.a().high(), row.b().high()) <= 0)
            {
                continue;
            }
            out.printf(Locale.ROOT, ROW, Printable.of(row.name()), Printable.of(row.series().unit()), row.a(), row.b(),
                quotient(row) < 0 ? "" : Spread.number(quotient(row)),
                String.format(Locale.ROOT, "%.0f %%", PERCENT * row.a().overlap(row.b())), words(row.verdict()));
        }
        only(out, "A", onlyA);
        only(out, "B", onlyB);
        out.println("ranges of " + rounds + " rounds; of figures that are alike one in " + chance() +
            " lies apart by chance");
    }

    private static void only(final PrintStream out, final String which, final List<String> names)
    {
        if (!names.isEmpty())
        {
            out.println("only in " + which + ": " + Printable.of(String.join("; ", names)));
        }
    }

    private static String words(final Verdict verdict)
    {
        return verdict.word().replace('_', ' ');
    }

    /** The median of B over that of A; negative if A has none. */
    private static double quotient(final Row row)
    {
        return row.a().median() > 0 ? row.b().median() / row.a().median() : -1;
    }

    private Map<String, Object> json()
    {
        final Map<String, Object> all = new LinkedHashMap<>();
        all.put("a", a.file().toString());
        all.put("b", b.file().toString());
        all.put("of", a.kind());
        all.put("rounds", rounds);
        all.put("one_in_by_chance", chance());
        all.put("slower_in_b", isSlower());
        all.put("figures", rows.stream().map(BenchComparison::json).toList());
        all.put("only_in_a", onlyA);
        all.put("only_in_b", onlyB);
        return all;
    }

    private static Map<String, Object> json(final Row row)
    {
        final Map<String, Object> all = new LinkedHashMap<>();
        all.put("figure", row.name());
        all.put("kind", row.series().kind().name().toLowerCase(Locale.ROOT));
        all.put("unit", row.series().unit());
        all.put("a", json(row.a()));
        all.put("b", json(row.b()));
        all.put("b_over_a", quotient(row) < 0 ? null : Figures.rounded(quotient(row)));
        all.put("overlap", Figures.rounded(row.a().overlap(row.b())));
        all.put("verdict", row.verdict().word());
        return all;
    }

    private static Map<String, Object> json(final Spread of)
    {
        final Map<String, Object> all = new LinkedHashMap<>();
        all.put("low", Figures.rounded(of.low()));
        all.put("median", Figures.rounded(of.median()));
        all.put("high", Figures.rounded(of.high()));
        return all;
    }
}
