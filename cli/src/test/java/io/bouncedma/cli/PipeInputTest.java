/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What is read once may be a pipe, as a shell makes one of {@code <(ssh guest dmesg)}.
 */
final class PipeInputTest
{
    private static final String LOG = "[    1.500000] e1000 0000:00:03.0: swiotlb buffer is full (sz: 4096 bytes), " +
        "total 512 (slots), used 512 (slots)\n";
    private static final String TRACE =
        "t_us,op,id,size,direction,page_offset\n1,map,1,16,to_device,0\n2,unmap,1,16,,0\n";
    private static final String RECORDING = "          fio-12    [001] d.h1.  12.345678: dma_map_phys: 0000:00:04.0 " +
        "dir=TO_DEVICE dma_addr=1000 size=4096 phys_addr=2000 attrs=\n";

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "doctor --dmesg, 1, swiotlb=1024",
        "stress --trace, 0, maps",
        "stress --import, 0, maps"})
    void shouldReadAPipe(final String command, final int exitCode, final String expected) throws Exception
    {
        final Path pipe = directory.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).inheritIO().start().waitFor());
        final String text = command.endsWith("dmesg") ? LOG : command.endsWith("trace") ? TRACE : RECORDING;
        final CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> write(pipe, text));
        final CommandRun run = CommandRun.of((command + ' ' + pipe).split(" "));
        assertEquals("", run.errors());
        assertEquals(exitCode, run.exitCode());
        assertTrue(run.output().contains(expected), run.output());
        writer.get(TestLimits.seconds(10), TimeUnit.SECONDS);
    }

    private static void write(final Path pipe, final String text)
    {
        try
        {
            Files.writeString(pipe, text, StandardCharsets.US_ASCII);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }
}
