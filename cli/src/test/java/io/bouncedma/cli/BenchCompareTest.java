/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * {@code bench --compare}, of results that are written here.
 */
final class BenchCompareTest
{
    private static final String TO_DEVICE = "map + unmap to device, 64 B";

    @TempDir
    private Path directory;

    @Test
    void shouldCompareByTheRatioOfEachRound() throws IOException
    {
        // B's machine takes twice as long, and B half as many copies.
        final Path a = write("a", suite("64", List.of(40, 44, 42), List.of(4, 4, 4)));
        final Path b = write("b", suite("64", List.of(48, 40, 44), List.of(8, 8, 8)));
        final JsonFile result = compare(a, b);
        assertEquals("faster", figure(result, TO_DEVICE).get("verdict").text());
        assertEquals(10, figure(result, TO_DEVICE).get("a").get("low").number());
        assertEquals(10.5, figure(result, TO_DEVICE).get("a").get("median").number());
        assertEquals(11, figure(result, TO_DEVICE).get("a").get("high").number());
        assertEquals(5.5, figure(result, TO_DEVICE).get("b").get("median").number());
        assertEquals(0.524, figure(result, TO_DEVICE).get("b_over_a").number());
        assertEquals(0, figure(result, TO_DEVICE).get("overlap").number());
        assertEquals("machine_differs", figure(result, "MapBenchmark.copy length=64").get("verdict").text());
        assertEquals(10, result.get("one_in_by_chance").number());
        assertEquals("slower", figure(compare(b, a), TO_DEVICE).get("verdict").text());
    }

    @Test
    void shouldSeeNoDifferenceWhereRangesOverlap() throws IOException
    {
        final Path a = write("a", suite("64", List.of(40, 44, 42), List.of(4, 4, 4)));
        final Path b = write("b", suite("64", List.of(44, 48, 46), List.of(4, 4, 4)));
        final JsonFile figure = figure(compare(a, b), TO_DEVICE);
        assertEquals("no_difference_seen", figure.get("verdict").text());
        assertEquals(0, figure.get("overlap").number());
        final Path c = write("c", suite("64", List.of(42, 46, 43), List.of(4, 4, 4)));
        assertEquals(0.333, figure(compare(a, c), TO_DEVICE).get("overlap").number());
    }

    @Test
    void shouldFailOnSlowerOnesIfThatIsAskedFor() throws IOException
    {
        final String a = write("a", suite("64", List.of(40, 44, 42), List.of(4, 4, 4))).toString();
        final String b = write("b", suite("64", List.of(48, 50, 49), List.of(4, 4, 4))).toString();
        assertEquals(Main.EXIT_OK, CommandRun.of("bench", "--compare", a, b).exitCode());
        assertEquals(Main.EXIT_FAILED, CommandRun.of("bench", "--compare", a, b, "--check").exitCode());
        assertEquals(Main.EXIT_OK, CommandRun.of("bench", "--compare", b, a, "--check").exitCode());
        final String table = CommandRun.of("bench", "--compare", a, b).output();
        assertTrue(table.matches("(?s)A .*/a\nB .*/b\nfigure .*\\n" +
            "map \\+ unmap to device, 64 B +bounds +10\\.00\\.\\.11\\.00 +12\\.00\\.\\.12\\.50 +1\\.17 +0 % +slower\n" +
            ".*" +
            "ranges of 3 rounds; of figures that are alike one in 10 lies apart by chance\n"), table);
        // A machine that differs is no slower figure.
        final String c = write("c", suite("64", List.of(80, 88, 84), List.of(8, 8, 8))).toString();
        assertEquals(Main.EXIT_OK, CommandRun.of("bench", "--compare", a, c, "--check").exitCode());
    }

    @Test
    void shouldCompareWhatIsAllocatedAndNotWhatJmhAllocatesItself() throws IOException
    {
        final Path a = write("a", suite("64", List.of(4, 4, 4), List.of(4, 4, 4)));
        final Path b = write("b", suite("64", List.of(4, 4, 4), List.of(4, 4, 4)).replace("0.001", "7.5"));
        final Path c = write("c", suite("64", List.of(4, 4, 4), List.of(4, 4, 4)).replace("0.001", "24.001"));
        final String heap = "MapBenchmark.toDevice length=64: heap";
        assertEquals("no_difference_seen", figure(compare(a, b), heap).get("verdict").text());
        assertEquals("slower", figure(compare(a, c), heap).get("verdict").text());
    }

    @Test
    void shouldNameWhatOnlyOneHas() throws IOException
    {
        final String copy = entry("MapBenchmark.copy", "64", 4);
        final Path a = write("a", "[" + String.join(",", copy, copy, copy) + "]");
        final Path b = write("b", suite("64", List.of(4, 4, 4), List.of(4, 4, 4)));
        final JsonFile result = compare(a, b);
        assertEquals(List.of(), result.get("only_in_a").list());
        assertEquals(TO_DEVICE, result.get("only_in_b").list().getFirst().text());
        assertEquals(1, result.get("figures").list().size());
    }

    @Test
    void shouldCompareTraces() throws IOException
    {
        final JsonFile result = compare(write("a", traces()), write("b", traces()
            .replace("[1.5,1.6,1.55]", "[1.3,1.4,1.35]").replace("[1000,900,1100]", "[29000000,1200,1300]")
            .replace("[50.5,51,52]", "[90,91,92]").replace("[0.0,0.0,0.0]", "[0.5,0.5,0.5]")));
        assertEquals("faster", figure(result, "net: map and unmap").get("verdict").text());
        assertEquals("slower", figure(result, "net: longest call").get("verdict").text());
        assertEquals("slower", figure(result, "net: heap of a row").get("verdict").text());
        assertEquals("machine_differs", figure(result, "net: bare copy of a row").get("verdict").text());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        "digest":"ab"     | "digest":"cd"     | digest of net: map and unmap is ab in one and cd in the other
        "pool_bytes":4096 | "pool_bytes":8192 | pool_bytes of net: map and unmap is 4096 in one and 8192 in the other
        "cpus":2          | "cpus":3          | machine is {cpu=x, cpus=2} in one and {cpu=x, cpus=3} in the other
        -XX:+UseSerialGC  | -XX:+UseZGC       | jvm is {version=25, flags=[-XX:+UseSerialGC]} in one
        "trace":"net"     | "trace":"disk"    | no figure with the same parameters is in both
        """)
    void shouldRefuseTracesThatWereMeasuredOtherwise(final String from, final String to, final String expected)
        throws IOException
    {
        assertRefused(write("a", traces()), write("b", traces().replace(from, to)), expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        "length":"64"         | "length":"4096"   | no figure with the same parameters is in both
        "jdkVersion":"25"     | "jdkVersion":"26" | jdkVersion of map + unmap to device, 64 B is 25 in one and 26
        "-Xint"               | "-Xcomp"          | jvmArgs of map + unmap to device, 64 B is [-Xint] in one and
        "warmupIterations":5  | "warmupIterations":1 | warmupIterations of map + unmap to device, 64 B is 5 in one
        "mode":"avgt"         | "mode":"thrpt"    | there is no avgt, the time of an operation, at [0].mode
        [4,4,4]               | ["NaN",4,4]       | no number from 0 on at [1].primaryMetric.rawData[0][0]
        [4,4,4]               | []                | there is no number at [1].primaryMetric.rawData
        [4,4,4]               | [0,0,0]           | there is no time above 0 of MapBenchmark.copy length=64
        "benchmark"           | "name"            | there is no "benchmark" in it at [0]
        """)
    void shouldRefuseResultsThatWereMeasuredOtherwise(final String from, final String to, final String expected)
        throws IOException
    {
        final String whole = suite("64", List.of(6, 6, 6), List.of(4, 4, 4));
        assertRefused(write("a", whole), write("b", whole.replace(from, to)), expected);
    }

    @Test
    void shouldTakeFlagsThatNameFilesOnlyForTheSame() throws IOException
    {
        final String whole = suite("64", List.of(6, 6, 6), List.of(4, 4, 4));
        compare(write("a", whole), write("b", whole.replace("/one", "/two")));
    }

    @Test
    void shouldRefuseRoundsThatMakeNoRanges() throws IOException
    {
        final Path three = write("three", suite("64", List.of(4, 4, 4), List.of(4, 4, 4)));
        final Path two = write("two", suite("64", List.of(4, 4), List.of(4, 4)));
        assertRefused(two, two, "rounds of map + unmap to device, 64 B are 2; give bench --rounds 5, and 3 at least");
        assertRefused(three, two, "rounds of map + unmap to device, 64 B are 3 in one and 2 in the other");
        assertRefused(three, write("traces", traces()), "one is of bench, the other of bench trace");
        assertRefused(three, write("few", traces().replace("[1.5,1.6,1.55]", "[1.5]")),
            "there is no number for each of 3 rounds at traces[0].ratios");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        ``                   | is empty; give a file that bench --json printed
        `[{"benchmark": "a`  | ends in line 1, column 18 in the middle: it is cut off
        `[1, 2`              | ends in line 1, column 6 in the middle: it is cut off
        `[] []`              | is no JSON from line 1, column
        `   `                | is no JSON from line 1, column
        `figure ns/op`       | is no JSON from line 1, column
        `[1,,2]`             | is no JSON from line 1, column
        `[]`                 | has no figure; give a file that bench --json printed
        `[1]`                | there is no "benchmark" in it at [0]
        `17`                 | there is no list of JMH or object of bench trace at its top
        `{"bench":"x"}`      | there is no list of JMH or object of bench trace at its top
        `{"bench":"trace"}`  | there is no "rounds" in it at its top
        """)
    void shouldSayWhereAFileIsNoResult(final String text, final String expected) throws IOException
    {
        final Path good = write("good", traces());
        final Path bad = write("bad", text);
        assertRefused(good, bad, "--compare " + bad);
        assertRefused(good, bad, expected);
        assertRefused(bad, good, expected);
    }

    @Test
    void shouldNotReadWhatNoResultCanBe() throws IOException
    {
        final Path huge = directory.resolve("huge");
        try (RandomAccessFile file = new RandomAccessFile(huge.toFile(), "rw"))
        {
            file.setLength(1L << 40);
        }
        assertRefused(huge, huge, "/huge has 1099511627776 bytes, more than 33554432");
        assertRefused(write("deep", "[".repeat(1 << 20)), huge, "/deep is no JSON from line 1, column");
        assertRefused(directory.resolve("none"), huge, "does not exist; give a file");
        assertRefused(directory, huge, "is a directory; give a file");
    }

    private void assertRefused(final Path a, final Path b, final String expected)
    {
        final CommandRun run = CommandRun.of("bench", "--compare", a.toString(), b.toString());
        assertEquals(Main.EXIT_USAGE, run.exitCode(), run.errors());
        assertTrue(run.errors().contains(expected), run.errors());
        assertEquals(1, run.errors().lines().count(), run.errors());
        assertEquals("", run.output());
    }

    private static JsonFile compare(final Path a, final Path b) throws IOException
    {
        final CommandRun run = CommandRun.of("bench", "--compare", a.toString(), b.toString(), "--json");
        assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
        return JsonFile.of(
            "output", Json.read(new ByteArrayInputStream(run.output().getBytes(StandardCharsets.UTF_8))));
    }

    private static JsonFile figure(final JsonFile result, final String name)
    {
        return result.get("figures").list().stream().filter(each -> name.equals(each.get("figure").text()))
            .findFirst().orElseThrow();
    }

    private Path write(final String name, final String text) throws IOException
    {
        return Files.writeString(directory.resolve(name), text);
    }

    /** Rounds of a figure and its bound, as the suite runs them. */
    private static String suite(final String length, final List<Integer> nanos, final List<Integer> bounds)
    {
        return IntStream.range(0, nanos.size()).mapToObj(round ->
            entry("MapBenchmark.toDevice", length, nanos.get(round)) + ",\n" +
            entry("MapBenchmark.copy", length, bounds.get(round))).collect(Collectors.joining(",\n", "[\n", "]\n"));
    }

    private static String entry(final String benchmark, final String length, final int nanos)
    {
        return ("""
            {"jmhVersion":"1.37","benchmark":"io.bouncedma.bench.%s","mode":"avgt","threads":1,"forks":1,
            "jvm":"/usr/bin/java","jvmArgs":["-Xint","-XX:SharedArchiveFile=/one","--add-exports=a/b=ALL-UNNAMED"],
            "jdkVersion":"25","vmName":"vm","vmVersion":"25+1","warmupIterations":5,"warmupTime":"200 ms",
            "warmupBatchSize":1,"measurementIterations":5,"measurementTime":"100 ms","measurementBatchSize":1,
            "params":{"length":"%s"},
            "primaryMetric":{"score":1,"scoreError":"NaN","scoreUnit":"ns/op","rawData":[[%3$d,%3$d,%3$d]]},
            "secondaryMetrics":{"gc.alloc.rate.norm":{"score":0.001,"scoreUnit":"B/op"}}}""")
            .formatted(benchmark, length, nanos);
    }

    private static String traces()
    {
        return """
            {"bench":"trace","version":"v","rounds":3,"machine":{"cpu":"x","cpus":2},
            "jvm":{"version":"25","flags":["-XX:+UseSerialGC"]},"traces":[{"trace":"net","digest":"ab","rows":7,
            "pool_bytes":4096,"original_bytes":4096,"min_align_mask":0,"min_align_mask_by_device":{},
            "ratios":[1.5,1.6,1.55],"copy_nanos_per_row":[50.5,51,52],"heap_bytes_per_row":[0.0,0.0,0.0],
            "longest_nanos":[1000,900,1100]}]}
            """;
    }
}
