/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Commands that make a socket or a file, told to make it where the user keeps something else.
 */
final class OccupiedPathTest
{
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {
        "serve rng --vhost-user F",
        "serve net --datagram F --peer P --vhost-user S",
        "serve net --echo --vhost-user F",
        "serve net --to F --vhost-user S",
        "serve console --port F --vhost-user S",
        "serve rng --vhost-user S --counters F",
        "blk info --listen --timeout 1 --vhost-user F",
    })
    void shouldRefuseAndKeepWhatIsThere(final String line) throws IOException
    {
        final Path file = directory.resolve("notes.txt");
        Files.writeString(file, "precious");
        final CommandRun run = CommandRun.of(Stream.of(line.split(" ")).map(this::path).toArray(String[]::new));
        assertNotEquals(0, run.exitCode());
        assertTrue(run.errors().contains(file.toString()), run::errors);
        assertEquals("precious", Files.readString(file));
        try (Stream<Path> left = Files.list(directory))
        {
            assertEquals(List.of(file), left.toList(), "what the command left behind");
        }
    }

    /** Nobody will ever listen there: no time is given to anyone to come. */
    @ParameterizedTest
    @ValueSource(strings = {
        "blk info --vhost-user F",
        "blk flush --vhost-user F",
        "serve rng --vm F",
    })
    void shouldSayAtOnceThatThereIsNoSocket(final String line) throws IOException
    {
        final Path file = directory.resolve("notes.txt");
        Files.writeString(file, "precious");
        final CommandRun run = CommandRun.of(Stream.of(line.split(" ")).map(this::path).toArray(String[]::new));
        assertEquals(1, run.exitCode(), run::errors);
        assertTrue(run.errors().contains(file + ") failed: what is there is no socket"), run::errors);
        assertFalse(run.errors().contains("within"), run::errors);
        assertEquals("precious", Files.readString(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "serve rng --vhost-user F",
        "serve net --datagram F --peer P --vhost-user S",
        "serve console --port F --vhost-user S",
        "blk info --listen --timeout 1 --vhost-user F",
    })
    void shouldSayWhatToDo(final String line) throws IOException
    {
        Files.writeString(directory.resolve("notes.txt"), "precious");
        final CommandRun run = CommandRun.of(Stream.of(line.split(" ")).map(this::path).toArray(String[]::new));
        assertTrue(run.errors().contains("remove it or choose another path"), run::errors);
    }

    private String path(final String word)
    {
        return switch (word)
        {
            case "F" -> directory.resolve("notes.txt").toString();
            case "P", "S" -> directory.resolve(word).toString();
            default -> word;
        };
    }
}
