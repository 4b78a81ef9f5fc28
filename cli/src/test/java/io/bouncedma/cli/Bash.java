/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.cli.peers.Launcher;
import io.bouncedma.os.TestLimits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Scripts in which {@code ./bounce-dma} is the command as it is compiled now, in a process of its own.
 */
final class Bash
{
    private static final int LIMIT_S = TestLimits.seconds(240);

    private Bash()
    {
    }

    /**
     * Run a script.
     *
     * @param directory that it runs in.
     * @param script    for bash.
     * @return the lines that it printed, and what it complained about.
     * @throws IOException          if there is no bash.
     * @throws InterruptedException if interrupted.
     */
    static List<String> run(final Path directory, final String script) throws IOException, InterruptedException
    {
        Launcher.write(directory);
        final Path output = directory.resolve("script.out");
        final Process process = new ProcessBuilder("bash", "-c", script)
            .directory(directory.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
        try
        {
            assertTrue(process.waitFor(LIMIT_S, TimeUnit.SECONDS), "still runs");
            return Files.readAllLines(output);
        }
        finally
        {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
