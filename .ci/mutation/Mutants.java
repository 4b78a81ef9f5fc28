/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Runs mutation tests and keeps their figures: {@code .ci/mutants} says how it is called.
 */
public final class Mutants
{
    /** What is measured. */
    static final List<String> MODULES = List.of("memory", "pool", "dma");

    private static final double KILLED_AT_LEAST = 0.85;
    private static final String TESTS = "--tests=";

    private Page page = Page.read();
    private final LeftOut leftOut = LeftOut.read();

    private Mutants() throws IOException
    {
    }

    /**
     * Measures, or checks.
     *
     * @param args see {@code .ci/mutants}.
     */
    public static void main(final String... args)
    {
        int code = 2;
        try
        {
            if (1 == args.length && "--check".equals(args[0]))
            {
                code = new Mutants().check();
            }
            else if (1 == args.length && "--write".equals(args[0]))
            {
                final Mutants mutants = new Mutants();
                mutants.page.write(mutants.leftOut, mutants.stale());
                code = 0;
            }
            else if (args.length > 0 && MODULES.contains(args[0]))
            {
                final boolean some = args.length > 1 && args[1].startsWith(TESTS);
                code = new Mutants().measure(args[0], List.of(args).subList(some ? 2 : 1, args.length),
                    some ? List.of(args[1].substring(TESTS.length()).split(",")) : List.of("*"));
            }
            else
            {
                System.err.println("usage: .ci/mutants " + String.join("|", MODULES) +
                    " [--tests=TEST,...] [CLASS...]\n       .ci/mutants --check|--write");
            }
        }
        catch (final IllegalArgumentException e)
        {
            System.err.println("mutants: " + e.getMessage());
        }
        catch (final Exception e)
        {
            System.err.println("mutants: " + e);
            code = 1;
        }
        System.exit(code);
    }

    private int measure(final String module, final List<String> asked, final List<String> tests) throws Exception
    {
        final List<SourceClass> all = SourceClass.of(module);
        final List<SourceClass> slice = asked.isEmpty() ?
            page.lastSlice(module).cut(all.stream().filter(this::isStale).toList()) : named(module, all, asked);
        if (slice.isEmpty())
        {
            System.out.println(module + ": every class is measured as it is");
            return 0;
        }

        System.out.println(module + ": measuring " +
            slice.stream().map(SourceClass::name).collect(Collectors.joining(", ")));
        final long begun = System.nanoTime();
        runPit(module, slice, tests);
        final long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
        final Map<String, List<Mutant>> mutants =
            Mutant.read(Path.of(module, "target", "pit-reports", "mutations.xml")).stream()
                .filter(mutant -> !leftOut.has(mutant.method())).collect(Collectors.groupingBy(Mutant::file));
        // Somebody may have judged survivors meanwhile.
        page = Page.read();
        System.out.print(Row.HEAD);
        for (final SourceClass source : slice)
        {
            final Map<String, Set<Integer>> lines = CodeLines.of(module, source.name());
            leftOut.requireKnown(source.name(), lines.keySet());
            final List<Mutant> of = mutants.getOrDefault(source.name(), List.of());
            final Row row = Row.of(source, lines, leftOut, of);
            page.put(source, row, of);
            System.out.print(row.told());
        }
        page.took(module, new Slice(slice.stream().mapToInt(SourceClass::size).sum(), seconds));
        page.retain(module, all.stream().map(SourceClass::name).toList());
        page.write(leftOut, stale());
        final long left = all.stream().filter(this::isStale).count();
        System.out.println(Page.FILE + " is written after " + seconds + " s; " + (0 == left ?
            "every class of " + module + " is measured" :
            left + " classes of " + module + " are left: run this again"));
        return 0;
    }

    /** Names of the classes that are not measured as they are, by module. */
    private Map<String, List<String>> stale() throws IOException
    {
        final Map<String, List<String>> names = new TreeMap<>();
        for (final String module : MODULES)
        {
            names.put(module,
                SourceClass.of(module).stream().filter(this::isStale).map(SourceClass::name).toList());
        }
        return names;
    }

    private boolean isStale(final SourceClass source)
    {
        final Row row = page.row(source.name());
        return null == row || !row.fingerprint().equals(source.fingerprint());
    }

    private static List<SourceClass> named(
        final String module, final List<SourceClass> all, final List<String> names)
    {
        return names.stream().map(name -> all.stream()
            .filter(each -> each.name().equals(module + '.' + name) || each.name().equals(name)).findFirst()
            .orElseThrow(() -> new IllegalArgumentException("module " + module + " has no such class: " + name)))
            .distinct().toList();
    }

    private static void runPit(final String module, final List<SourceClass> slice, final List<String> tests)
        throws Exception
    {
        final String classes = slice.stream().map(SourceClass::name)
            .map(name -> SourceClass.PREFIX + name + ',' + SourceClass.PREFIX + name + "$*")
            .collect(Collectors.joining(","));
        final Path log = Path.of("target", "mutants-" + module + ".log");
        Files.createDirectories(log.getParent());
        final ProcessBuilder maven = new ProcessBuilder("./mvnw", "-B", "-ntp", "-Pmutants", "-Dcheckstyle.skip",
            "-pl", module, "-am", "test-compile", "org.pitest:pitest-maven:mutationCoverage",
            "-DtargetClasses=" + classes, "-DtargetTests=" + tests.stream()
                .map(test -> SourceClass.PREFIX + module + '.' + test).collect(Collectors.joining(",")));
        // PIT runs the tests in the JVM that Maven runs in, and knows nothing of toolchains.
        maven.environment().put("JAVA_HOME", System.getProperty("java.home"));
        final int code = maven.redirectErrorStream(true).redirectOutput(log.toFile()).start().waitFor();
        if (0 != code)
        {
            throw new IOException(
                "Maven ended with " + code + "; the tests may fail without any change too: see " + log);
        }
    }

    private int check() throws IOException
    {
        final List<String> wrong = new ArrayList<>();
        final List<Row> all = new ArrayList<>();
        for (final String module : MODULES)
        {
            final List<String> stale = stale().get(module);
            if (!stale.isEmpty())
            {
                wrong.add(stale.size() + " classes are not measured as they are, run .ci/mutants " + module + ": " +
                    String.join(", ", stale));
            }
            if (!page.admits(module, stale))
            {
                wrong.add(Page.FILE + " does not say which classes of " + module +
                    " are not measured as they are: measure them, or say so by .ci/mutants --write");
            }
            final List<Row> rows = page.rowsOf(module).stream().filter(row -> !stale.contains(row.name())).toList();
            all.addAll(rows);
            final Row total = Row.total(rows);
            System.out.printf("%s: %d of %d mutants killed, %.1f %%; not measured as they are: %d of %d classes%n",
                module, total.killed(), total.mutants(), 100 * total.killedShare(), stale.size(),
                SourceClass.of(module).size());
            if (total.killedShare() < KILLED_AT_LEAST)
            {
                wrong.add(module + " has less than " + (int)(100 * KILLED_AT_LEAST) + " % of its mutants killed");
            }
        }
        final Row total = Row.total(all);
        System.out.printf("left out: %d of %d lines, %.1f %%%n",
            total.leftOut(), total.lines(), 100.0 * total.leftOut() / Math.max(1, total.lines()));
        if (total.leftOut() > LeftOut.LIMIT * total.lines())
        {
            wrong.add("more than " + (int)(100 * LeftOut.LIMIT) + " % of the lines are left out");
        }
        wrong.forEach(each -> System.err.println("mutants: " + each));
        return wrong.isEmpty() ? 0 : 1;
    }
}
