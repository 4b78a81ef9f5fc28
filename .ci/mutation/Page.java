/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * {@code docs/mutants.md}: what was measured so far, for people and for the next run.
 */
final class Page
{
    /** Where it is. */
    static final Path FILE = Path.of("docs", "mutants.md");

    private static final String INTRODUCTION = """
        # Mutants

        How much of what could be wrong in the lower floors their tests would see. [PIT](https://pitest.org) makes one
        small change in the code after the other (a condition turned round, a call left out, a sum made a difference,
        another value returned) and runs the tests of the module that come by; a change that none of them fails with
        has survived. Killed is also what makes a test hang, or the JVM die. `.ci/mutants` measures and writes this page
        ([how](../CONTRIBUTING.md#mutation-tests)); only what is judged of the survivors is written by hand, and stays
        while the line of code does. The last column of a class says which code was measured; what has changed since is
        not in the sums. A slice may be of some tests alone (`--tests`): with all of them more would be killed, not less.
        """;

    private static final String NOT_MEASURED = "Not measured as they are: ";

    private final Map<String, Row> rows = new TreeMap<>();
    private final Map<String, List<Survivor>> survivors = new TreeMap<>();
    private final Map<String, Slice> lastSlices = new TreeMap<>();
    private final Map<String, String> notMeasured = new TreeMap<>();

    static Page read() throws IOException
    {
        final Page page = new Page();
        if (Files.exists(FILE))
        {
            String module = "";
            for (final String line : Files.readAllLines(FILE))
            {
                module = line.startsWith("## ") ? line.substring(3) : module;
                final Slice slice = Slice.parse(line);
                if (null != slice)
                {
                    page.lastSlices.put(module, slice);
                }
                if (line.startsWith(NOT_MEASURED))
                {
                    page.notMeasured.put(module, line);
                }
                final List<String> cells = cells(line);
                if (9 == cells.size() && !cells.get(8).isEmpty() && cells.get(8).matches("[0-9a-f]{8}"))
                {
                    page.rows.put(cells.get(0), Row.parse(cells));
                }
                else if (4 == cells.size() && !cells.get(0).isEmpty() && line.startsWith("| `"))
                {
                    final Survivor survivor = Survivor.parse(cells);
                    page.survivors.computeIfAbsent(page.ownerOf(survivor), key -> new ArrayList<>()).add(survivor);
                }
            }
        }
        return page;
    }

    /**
     * Replace what is known of a class.
     *
     * @param source  that was measured.
     * @param row     the figures.
     * @param mutants outside of what is left out.
     */
    void put(final SourceClass source, final Row row, final List<Mutant> mutants)
    {
        final Map<String, String> judged = new TreeMap<>();
        survivors.getOrDefault(source.name(), List.of()).forEach(each -> judged.put(each.key(), each.judged()));
        final Map<String, Survivor> alive = new LinkedHashMap<>();
        for (final Mutant mutant : mutants)
        {
            if (mutant.isAlive())
            {
                final Survivor survivor =
                    new Survivor(mutant.method(), mutant.told(), source.line(mutant.line()), 1, "");
                alive.merge(survivor.key(), survivor, (before, now) -> before.oneMore());
            }
        }
        rows.put(row.name(), row);
        survivors.put(row.name(), alive.values().stream()
            .map(each -> each.judgedAs(judged.getOrDefault(each.key(), ""))).toList());
    }

    /**
     * Forget classes that are no more.
     *
     * @param module  that they were in.
     * @param present what it has.
     */
    void retain(final String module, final Collection<String> present)
    {
        rows.keySet().removeIf(name -> name.startsWith(module + '.') && !present.contains(name));
        survivors.keySet().removeIf(name -> name.startsWith(module + '.') && !present.contains(name));
    }

    /**
     * What is known of a class.
     *
     * @param name of it.
     * @return the figures, or null.
     */
    Row row(final String name)
    {
        return rows.get(name);
    }

    /**
     * How long the last slice of a module took.
     *
     * @param module of which something was measured, or nothing yet.
     * @return what is known.
     */
    Slice lastSlice(final String module)
    {
        return lastSlices.getOrDefault(module, Slice.FIRST);
    }

    void took(final String module, final Slice slice)
    {
        lastSlices.put(module, slice);
    }

    List<Row> rowsOf(final String module)
    {
        return rows.values().stream().filter(row -> row.name().startsWith(module + '.')).toList();
    }

    /**
     * What the page says of classes that are not measured as they are.
     *
     * @param module that they are in.
     * @param stale  their names.
     * @return whether it says that it is these.
     */
    boolean admits(final String module, final Collection<String> stale)
    {
        return notMeasured.getOrDefault(module, "").equals(stale.isEmpty() ? "" : notMeasured(stale));
    }

    /**
     * Write it.
     *
     * @param stale names of classes that are not measured as they are, by module.
     */
    void write(final LeftOut leftOut, final Map<String, List<String>> stale) throws IOException
    {
        final StringBuilder text = new StringBuilder(INTRODUCTION);
        for (final String module : Mutants.MODULES)
        {
            final List<Row> of = rowsOf(module);
            text.append("\n## ").append(module).append("\n\n").append(Row.HEAD);
            of.forEach(row -> text.append(row.told()));
            text.append(Row.total(of.stream().filter(row -> !stale.get(module).contains(row.name())).toList()).told());
            if (!stale.get(module).isEmpty())
            {
                text.append('\n').append(notMeasured(stale.get(module))).append('\n');
            }
            if (lastSlices.containsKey(module))
            {
                text.append('\n').append(lastSlices.get(module).told());
            }
            final StringBuilder alive = new StringBuilder();
            of.forEach(row -> survivors.getOrDefault(row.name(), List.of()).forEach(each -> alive.append(each.told())));
            if (!alive.isEmpty())
            {
                text.append("\nSurvivors:\n\n").append(Survivor.HEAD).append(alive);
            }
        }
        text.append("\n## Left out\n\nMethods that only order memory or hint (`config/mutants/left-out.txt`):\n\n");
        leftOut.reasons().forEach((method, why) -> text.append("- `" + method + "`: " + why + '\n'));
        Files.writeString(FILE, text);
    }

    private static String notMeasured(final Collection<String> names)
    {
        return NOT_MEASURED + names.stream().map(name -> '`' + name + '`').collect(Collectors.joining(", ")) + '.';
    }

    // The class of a method is the longest known name that the method's begins with.
    private String ownerOf(final Survivor survivor)
    {
        return rows.keySet().stream().filter(name -> survivor.method().startsWith(name + '.'))
            .reduce("", (best, name) -> name.length() > best.length() ? name : best);
    }

    private static List<String> cells(final String line)
    {
        if (!line.startsWith("| ") || !line.endsWith(" |"))
        {
            return List.of();
        }
        final List<String> cells = new ArrayList<>();
        for (final String cell : line.substring(1, line.length() - 1).split("(?<!\\\\)\\|", -1))
        {
            final String plain = cell.strip().replace("\\|", "|");
            cells.add(plain.startsWith("`") && plain.endsWith("`") && plain.length() > 1 ?
                plain.substring(1, plain.length() - 1) : plain);
        }
        return cells;
    }
}
