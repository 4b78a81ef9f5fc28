/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What was measured of a source file, or of several.
 *
 * @param name        as {@link SourceClass#name()}.
 * @param lines       that have code.
 * @param leftOut     of these, in methods that are left out.
 * @param mutants     outside of these.
 * @param killed      mutants that a test failed with.
 * @param hung        of these, mutants with which a test did not end, or the JVM did.
 * @param fingerprint of the code that was measured.
 */
record Row(String name, int lines, int leftOut, int mutants, int killed, int hung, String fingerprint)
{
    /** The head of the table that rows are in. */
    static final String HEAD =
        "| class | lines | left out | mutants | killed | of these hung | survived | % | code |\n" +
        "|---|--:|--:|--:|--:|--:|--:|--:|---|\n";

    static Row of(
        final SourceClass source,
        final Map<String, Set<Integer>> lines,
        final LeftOut leftOut,
        final List<Mutant> mutants)
    {
        return new Row(
            source.name(),
            lines.values().stream().mapToInt(Set::size).sum(),
            lines.entrySet().stream().filter(each -> leftOut.has(each.getKey()))
                .mapToInt(each -> each.getValue().size()).sum(),
            mutants.size(),
            (int)mutants.stream().filter(mutant -> !mutant.isAlive()).count(),
            (int)mutants.stream().filter(Mutant::isHungOrDead).count(),
            source.fingerprint());
    }

    static Row total(final Collection<Row> rows)
    {
        return new Row(
            "all",
            rows.stream().mapToInt(Row::lines).sum(),
            rows.stream().mapToInt(Row::leftOut).sum(),
            rows.stream().mapToInt(Row::mutants).sum(),
            rows.stream().mapToInt(Row::killed).sum(),
            rows.stream().mapToInt(Row::hung).sum(),
            "");
    }

    static Row parse(final List<String> cells)
    {
        return new Row(cells.get(0), number(cells, 1), number(cells, 2), number(cells, 3), number(cells, 4),
            number(cells, 5), cells.get(8));
    }

    double killedShare()
    {
        return 0 == mutants ? 1 : (double)killed / mutants;
    }

    /**
     * The row of the page.
     *
     * @return a line of Markdown.
     */
    String told()
    {
        return "| `" + name + "` | " + lines + " | " + leftOut + " | " + mutants + " | " + killed + " | " + hung +
            " | " + (mutants - killed) + " | " + (0 == mutants ? "" : (int)(100 * killedShare())) +
            " | " + (fingerprint.isEmpty() ? "" : '`' + fingerprint + '`') + " |\n";
    }

    private static int number(final List<String> cells, final int column)
    {
        return Integer.parseInt(cells.get(column));
    }
}
