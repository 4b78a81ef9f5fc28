/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.monitor.PoolMonitor;
import io.bouncedma.os.TestLimits;
import io.bouncedma.pool.PoolSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * {@code bounce-dma inspect} of files that change under it.
 */
final class InspectCommandTest
{
    private static final int LIMIT_S = TestLimits.seconds(60);

    @TempDir
    private Path directory;

    @Test
    void shouldSayThatTheFileItWatchesWasCut() throws IOException
    {
        final Path path = directory.resolve("counters");
        // Its process is this one, so that it is watched for as long as the test likes.
        new PoolMonitor(path, new PoolSet()).close();
        final ByteArrayOutputStream output = new ByteArrayOutputStream();
        final StringWriter errors = new StringWriter();
        final CompletableFuture<Integer> watching =
            CompletableFuture.supplyAsync(() -> watch(path, output, new PrintWriter(errors)));
        final long start = System.nanoTime();
        while (!output.toString(StandardCharsets.UTF_8).contains("process " + ProcessHandle.current().pid()))
        {
            assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(LIMIT_S) && !watching.isDone(),
                () -> "shows nothing: " + output + errors);
            Thread.onSpinWait();
        }
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw"))
        {
            file.setLength(0);
        }
        assertEquals(1, watching.join(), errors::toString);
        assertTrue(errors.toString().contains("not shown any more: counters file was cut short: file=" + path),
            errors::toString);
    }

    /** As {@link CommandRun}, but that what it prints can be seen meanwhile. */
    private static int watch(final Path path, final ByteArrayOutputStream output, final PrintWriter errors)
    {
        synchronized (CommandRun.class)
        {
            final PrintStream standard = System.out;
            try (PrintStream out = new PrintStream(output, true, StandardCharsets.UTF_8))
            {
                System.setOut(out);
                final CommandLine command = Main.commandLine();
                command.setErr(errors);
                return command.execute("inspect", path.toString(), "--watch");
            }
            finally
            {
                System.setOut(standard);
            }
        }
    }
}
