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
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SizeCommandTest
{
    private static final Path DOC = Path.of(System.getProperty("project.root"), "docs", "sizing.md");
    private static final Pattern EXAMPLE = Pattern.compile("```sh\n./bounce-dma (size .*)\n```\n\n```\n([^`]*)```");

    @TempDir
    private Path directory;

    @Test
    void shouldPrintWhatTheDocumentationShows() throws IOException
    {
        final List<String> shown = new ArrayList<>();
        final Matcher example = EXAMPLE.matcher(Files.readString(DOC));
        while (example.find())
        {
            shown.add(example.group(1));
            final CommandRun run = CommandRun.of(example.group(1).split(" "));
            assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
            assertEquals(example.group(2), run.output(), example.group(1));
        }
        assertEquals(2, shown.size(), shown.toString());
    }

    /** Done when: {@code size} agrees with {@code stress --find-min} on the workload that it generates. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
        --blk queues=2,depth=32,request=64K
        --blk queues=1,depth=64,request=4K,packed --drivers bounce-dma
        --net pairs=2,depth=64
        """)
    void shouldAgreeWithStress(final String devices) throws IOException
    {
        final Path trace = directory.resolve("queues.csv.gz");
        final CommandRun size = CommandRun.of(("size --cpus 1 --json --write " + trace + " " + devices).split(" "));
        assertEquals(Main.EXIT_OK, size.exitCode(), size.errors());
        for (final String policy : List.of("bounce-dma", "swiotlb", "dmb"))
        {
            final CommandRun stress = CommandRun.of(
                "stress", "--trace", trace.toString(), "--find-min", "--policy", policy, "--cpus", "1", "--json");
            assertEquals(Main.EXIT_OK, stress.exitCode(), stress.errors());
            final String together = size.output().substring(size.output().indexOf("\"together\""));
            assertEquals(number(stress.output(), "smallest_pool_bytes"),
                number(together.substring(together.indexOf('"' + policy + '"')), "smallest_pool_bytes"), policy);
        }
    }

    @Test
    void shouldTellAllFiguresAsJson()
    {
        final CommandRun run = CommandRun.of("size", "--blk", "depth=4,request=1M", "--rng", "--drivers", "bounce-dma",
            "--cpus", "2", "--json");
        assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
        assertTrue(run.output().startsWith("{\"drivers\":\"bounce-dma\",\"cpus\":2,\"devices\":[{\"name\":\"blk0\"," +
            "\"kind\":\"blk\",\"queues\":1,\"depth\":4,\"request_bytes\":1048576,\"packed\":false," +
            "\"largest_mapping_bytes\":1048576,\"pools\":{\"bounce-dma\":{\"coherent_bytes\":"), run.output());
        // Too large for swiotlb at any size, so there is no line to write; and for the pool of both.
        assertTrue(run.output().contains("\"swiotlb\":{\"coherent_bytes\":0,\"long_lived_bytes\":0," +
            "\"in_flight_bytes\":4194304,\"smallest_pool_bytes\":null,\"largest_mapping_bytes\":262144}"),
            run.output());
        assertFalse(run.output().contains("swiotlb="), run.output());
        final String line = CommandRun.of("size", "--blk", "depth=4,request=64K", "--cpus", "2", "--json").output();
        assertTrue(line.contains("\"swiotlb\":{\"parameter\":\"swiotlb=512,2\",\"slots\":512,\"areas\":2,"), line);
        assertTrue(line.contains("\"restricted_dma_pool\":{\"smallest_pool_bytes\":524288,\"bytes\":786432,"), line);
    }

    /** A request of which no region of eight times its length can be made. */
    @Test
    void shouldSumNoRegionsOfWhichOneIsMissing()
    {
        final String json = CommandRun.of("size", "--blk", "depth=1,request=16M", "--rng", "--drivers", "bounce-dma",
            "--json").output();
        final String together = json.substring(json.indexOf("\"together\""));
        assertTrue(together.substring(together.indexOf("\"dmb\"")).matches(
            "\"dmb\":\\{[^}]*\"smallest_pool_bytes\":null,.*\\s*"), json);
    }

    @Test
    void shouldSayWhatIsCutAndWhatIsRefused()
    {
        final String cut = CommandRun.of("size", "--blk", "depth=4,request=1M").output();
        assertTrue(cut.contains("blk0 maps up to      262,144 bytes (256 KiB); bounce-dma up to"), cut);
        assertTrue(cut.contains("its longer requests are cut"), cut);
        final String refused =
            CommandRun.of("size", "--blk", "depth=4,request=1M", "--drivers", "bounce-dma").output();
        assertTrue(refused.contains("1,048,576 bytes (1 MiB); bounce-dma up to"), refused);
        assertTrue(refused.contains("swiotlb refuses more than 256 KiB; dmb up to 1 MiB"), refused);
        assertTrue(refused.lines().anyMatch(line -> line.matches(" *smallest pool .* none .*")), refused);
        assertFalse(refused.contains("swiotlb="), refused);
    }

    @Test
    void shouldSizeSeveralDevicesOfAKind()
    {
        final CommandRun run = CommandRun.of("size", "--net", "--blk", "depth=1", "--blk", "--net", "depth=64,packed");
        assertEquals(Main.EXIT_OK, run.exitCode(), run.errors());
        for (final String name : List.of("blk0", "blk1", "net0", "net1", "together"))
        {
            assertTrue(run.output().lines().anyMatch(line -> line.startsWith(name + " ")), run.output());
        }
        assertTrue(
            run.output().contains("net1                 1 pair of queues of 64, MTU 1500, packed"), run.output());
    }

    private static long number(final String json, final String name)
    {
        final Matcher matcher = Pattern.compile('"' + name + "\":([0-9]+)").matcher(json);
        assertTrue(matcher.find(), json);
        return Long.parseLong(matcher.group(1));
    }
}
