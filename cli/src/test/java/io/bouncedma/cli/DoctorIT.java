/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.Amount;
import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The built command with more log than memory.
 */
final class DoctorIT
{
    private static final Path TARGET = Path.of(System.getProperty("project.root"), "cli", "target");
    private static final long BYTES = 1L << 30;
    private static final int LINES = 10_000;

    @Test
    void shouldBeAsWideAsTheTerminal(@TempDir final Path directory) throws IOException, InterruptedException
    {
        final Path script = Path.of("/usr/bin/script");
        assumeTrue(Files.isExecutable(script), "a terminal is made with script(1)");
        final Path log = Files.writeString(directory.resolve("log"), "e1000 0000:00:03.0: swiotlb buffer is full " +
            "(sz: 4096 bytes), total 512 (slots), used 512 (slots)\n");
        final String command = "stty cols 50; unset COLUMNS; exec '" +
            ProcessHandle.current().info().command().orElseThrow() + "' '@" + TARGET.resolve("jvm.options") +
            "' -jar '" + TARGET.resolve("bounce-dma.jar") + "' doctor --dmesg '" + log + "'";
        final Process process = new ProcessBuilder(script.toString(), "-qec", command, "/dev/null")
            .redirectInput(Path.of("/dev/null").toFile()).redirectErrorStream(true).start();
        try
        {
            final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(process.waitFor(TestLimits.seconds(60), TimeUnit.SECONDS));
            assertTrue(output.contains("e1000 0000:00:03.0: exhausted"), output);
            assertTrue(output.lines().map(String::strip).mapToInt(String::length).max().orElseThrow() <= 50, output);
        }
        finally
        {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void shouldExamineAGibibyteOfValidLinesInLittleMemory() throws IOException, InterruptedException
    {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < LINES; i++)
        {
            // More devices than there are rows, so that nothing grows with them either.
            text.append("[").append(1000 + i).append(".000000] virtio-pci 0000:00:").append(i % 1000)
                .append(": swiotlb buffer is full (sz: 262144 bytes), total 32768 (slots), used ")
                .append(28_000 + i % 4000).append(" (slots)\n");
        }
        final byte[] block = text.toString().getBytes(StandardCharsets.US_ASCII);
        final Process process = new ProcessBuilder(
            ProcessHandle.current().info().command().orElseThrow(), "@" + TARGET.resolve("jvm.options"), "-Xmx190m",
            "-jar", TARGET.resolve("bounce-dma.jar").toString(), "doctor", "--dmesg", "-", "--json")
            .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try
        {
            long lines = 0;
            try (OutputStream out = process.getOutputStream())
            {
                for (long written = 0; written < BYTES; written += block.length)
                {
                    out.write(block);
                    lines += LINES;
                }
            }
            final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(process.waitFor(TestLimits.seconds(60), TimeUnit.SECONDS));
            assertEquals(Main.EXIT_FAILED, process.exitValue());
            assertTrue(output.contains("[\"kernel log: " + Amount.of(lines) + " lines"), output);
            assertTrue(output.contains(Amount.of(lines / 2) + " more refusals are of devices beyond"), output);
        }
        finally
        {
            process.destroyForcibly().waitFor();
        }
    }
}
