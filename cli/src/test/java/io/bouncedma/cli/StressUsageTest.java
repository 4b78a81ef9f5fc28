/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class StressUsageTest
{
    private static final int MAX_LINES = 2;

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        --json                                       | specify one of these
        --trace a --workload block                   | mutually exclusive
        --trace a --import b                         | mutually exclusive
        --trace /does/not/exist                      | does not exist; give a file
        --trace /                                    | is a directory; give a file
        --import /does/not/exist                     | does not exist; give a file
        --import /                                   | is a directory; give a file
        --workload block --cut 256K                  | --cut has no meaning with anything but --import
        --import - --cut 2K                          | give a multiple of 4096, for example 256K
        --import - --cut 0                           | give a multiple of 4096
        --import - --cut 4097                        | give a multiple of 4096
        --import - --cut 2G                          | give a multiple of 4096
        --workload fractal                           | no such workload: name=fractal, expected one of [uniform,
        --workload block --policy slab               | no such policy: name=slab, expected one of [bounce-dma,
        --workload block --maps 0                    | give 1 to 10000000
        --workload block --maps 99999999             | give 1 to 10000000
        --workload block --maps few                  | is not an int
        --workload block --seed x                    | is not a long
        --workload block --live 4K                   | give at least 64K
        --workload block --pool 4097                 | give a multiple of 4096 bytes from 4 KiB to 64 GiB for bounce-dma
        --workload block --pool 0                    | give a multiple of 4096
        --workload block --pool 65G                  | from 4 KiB to 64 GiB
        --workload block --pool 4K --policy swiotlb  | give a multiple of 262144 bytes from 256 KiB to 64 GiB
        --workload block --pool 4M --find-min        | leave one of them out, or add --report
        --workload block --min-align-mask 4096       | not one less than a power of two
        --workload block --min-align-mask -1         | not one less than a power of two
        --workload block --min-align-mask 131071     | 0 to 65535
        --workload block --threads 0                 | give 1 to 256
        --workload block --threads 257               | give 1 to 256
        --workload block --threads 2 --find-min      | leave out --find-min, or give 1
        --workload block --threads 2 --report x      | leave out --report, or give 1
        --workload block --threads 2 --policy swiotlb | leave out --policy, or give 1
        --workload block --report /                  | is a directory; give a file
        --workload block --report /no/where.html     | lies in no directory; make /no first
        --workload block --write /no/where.csv       | lies in no directory; make /no first
        """)
    void shouldSayWhatIsWrongAndWhatWouldBeRight(final String arguments, final String expected)
    {
        assertRefused(expected, arguments.split(" "));
    }

    @Test
    void shouldTellATruncatedFile() throws IOException
    {
        final Path file = directory.resolve("t.csv.gz");
        assertEquals(Main.EXIT_OK, CommandRun.of("stress", "--workload", "block", "--maps", "1000", "--write",
            file.toString()).exitCode());
        final byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length / 2));
        assertRefused("the file is cut; record or copy it again", "--trace", file.toString());
    }

    @Test
    void shouldTellTheLineThatIsNoTrace() throws IOException
    {
        final Path file = Files.writeString(directory.resolve("t.csv"), "hello\n");
        assertRefused("line=1, text=\"hello\", expected=the header", "--trace", file.toString());
        assertRefused("--seed has no meaning with a trace from a file", "--trace", file.toString(), "--seed", "1");
        assertRefused("--write has no meaning with --trace", "--trace", file.toString(), "--write", "x");
    }

    @Test
    void shouldNotOverwriteWhatItReads() throws IOException
    {
        final Path file = Files.writeString(directory.resolve("t.txt"), "hello\n");
        final String other = directory.resolve("../" + directory.getFileName() + "/t.txt").toString();
        assertRefused("is the file that is read", "--import", file.toString(), "--write", other);
        assertRefused("is the file that is read", "--import", file.toString(), "--report", other);
        final String out = file.resolveSibling("out").toString();
        assertRefused("is the file of --write", "--import", file.toString(), "--write", out, "--report", out);
        assertEquals("hello\n", Files.readString(file));
    }

    private static void assertRefused(final String expected, final String... arguments)
    {
        final String[] all = new String[arguments.length + 1];
        all[0] = "stress";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        final CommandRun run = CommandRun.of(all);
        assertEquals(Main.EXIT_USAGE, run.exitCode(), run.errors());
        assertTrue(run.errors().contains(expected), run.errors());
        assertFalse(run.errors().contains("\tat "), run.errors());
        assertTrue(run.errors().lines().count() <= MAX_LINES, run.errors());
        assertEquals("", run.output());
    }
}
