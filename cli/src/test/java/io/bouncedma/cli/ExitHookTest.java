/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * A signal may come at any moment of a start: what begins while the JVM is ending is told so, and leaves nothing.
 */
final class ExitHookTest
{
    @TempDir
    private Path directory;

    @Test
    void shouldRefuseToBeginWhileTheProcessEnds() throws IOException
    {
        final Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp", System.getProperty("java.class.path"), Ending.class.getName(), directory.toString())
            .redirectErrorStream(true).start();
        final String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals("asked to end before it had begun\n".repeat(2), said);
        try (Stream<Path> left = Files.list(directory))
        {
            assertEquals(0, left.count());
        }
    }

    /** Begins what it should not, as the JVM ends. */
    static final class Ending
    {
        private Ending()
        {
        }

        public static void main(final String[] args)
        {
            Runtime.getRuntime().addShutdownHook(new Thread(() ->
            {
                begin(() -> new ScratchDirectory(Path.of(args[0])));
                begin(() -> new StopRequest(System.out::println));
            }));
        }

        private static void begin(final Runnable what)
        {
            try
            {
                what.run();
            }
            catch (final StoppedException e)
            {
                System.out.println(e.getMessage());
            }
        }
    }
}
