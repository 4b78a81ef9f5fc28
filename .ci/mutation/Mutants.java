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
            else if (args.length > 0 && MODULES.contains(args[0]))
            {
                code = new Mutants().measure(args[0], List.of(args).subList(1, args.length));
            }
            else
            {
                System.err.println("usage: .ci/mutants " + String.join("|", MODULES) + " [CLASS...]\n" +
                    "       .ci/mutants --check");
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

    private int measure(final String module, final List<String> asked) throws Exception
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
        runPit(module, slice);
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
        page.write(leftOut);
        final long left = all.stream().filter(this::isStale).count();
        System.out.println(Page.FILE + " is written after " + seconds + " s; " + (0 == left ?
            "every class of " + module + " is measured" :
            left + " classes of " + module + " are left: run this again"));
        return 0;
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

    private static void runPit(final String module, final List<SourceClass> slice) throws Exception
    {
        final String classes = slice.stream().map(SourceClass::name)
            .map(name -> SourceClass.PREFIX + name + ',' + SourceClass.PREFIX + name + "$*")
            .collect(Collectors.joining(","));
        final Path log = Path.of("target", "mutants-" + module + ".log");
        Files.createDirectories(log.getParent());
        final ProcessBuilder maven = new ProcessBuilder("./mvnw", "-B", "-ntp", "-Pmutants", "-Dcheckstyle.skip",
            "-pl", module, "-am", "test-compile", "org.pitest:pitest-maven:mutationCoverage",
            "-DtargetClasses=" + classes, "-DtargetTests=" + SourceClass.PREFIX + module + ".*");
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
            final List<String> stale = SourceClass.of(module).stream().filter(this::isStale)
                .map(SourceClass::name).toList();
            if (!stale.isEmpty())
            {
                wrong.add(stale.size() + " classes are not measured as they are, run .ci/mutants " + module + ": " +
                    String.join(", ", stale));
            }
            all.addAll(page.rowsOf(module));
            final Row total = Row.total(page.rowsOf(module));
            System.out.printf("%s: %d of %d mutants killed, %.1f %%%n",
                module, total.killed(), total.mutants(), 100 * total.killedShare());
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
