/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A demo whose processes find no room for a file, and what is kept of what they say.
 */
final class DemoRoomTest
{
    /** Less than counters take, and more than memory and image of a small demo. */
    private static final int LONGEST_FILE = 2 << 20;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"msgq", "vhost-user"})
    void shouldSayWhyThePrimaryVmEnded(final String transport) throws Exception
    {
        final Path file = Files.write(directory.resolve("file"), new byte[1000]);
        final List<String> command = new ArrayList<>(List.of("prlimit", "--fsize=" + LONGEST_FILE,
            ProcessHandle.current().info().command().orElseThrow()));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.io.tmpdir=" + directory, "-cp",
            System.getProperty("java.class.path"), Main.class.getName(), "demo", "--file", file.toString(),
            "--transport", transport, "--pool", "1M"));
        final Process demo = new ProcessBuilder(command).redirectErrorStream(true).start();
        final String said = new String(demo.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(Main.EXIT_FAILED, demo.waitFor(), said);
        assertTrue(said.contains("ended with exit code 1, it said: bounce-dma serve blk: --counters ") &&
            said.contains("counters-primary can not be: counters file can not be made: "), said);
        assertEquals(List.of(file.getFileName()), names());
    }

    private List<Path> names() throws Exception
    {
        try (Stream<Path> files = Files.list(directory))
        {
            return files.map(Path::getFileName).toList();
        }
    }

    @Test
    void shouldKeepTheBeginningOfWhatAProcessPrintsWithoutEnd()
    {
        final byte[] bytes = "\u00e4".repeat(1_000_000).getBytes(StandardCharsets.UTF_8);
        assertEquals("\u00e4".repeat(64 * 1024), new PrintedText("printed", new ByteArrayInputStream(bytes)).all());
    }
}
