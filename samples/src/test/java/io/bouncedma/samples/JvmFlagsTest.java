/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.samples;

import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The README's table of JVM flags, in the order of its rows: with those that a module needs a program of it runs and
 * stderr stays empty, where SLF4J has no provider; without the last of them it does not.
 */
class JvmFlagsTest
{
    private static final Path ROOT = Path.of(System.getProperty("project.root"));
    private static final String HEAD = "| flag | why | needed by |";
    private static final String ROW = "| `";

    private final List<String> flags = new ArrayList<>();
    private String output;
    private String errors;
    private int exitCode;

    @TempDir
    private Path directory;

    @BeforeEach
    void readTable() throws IOException
    {
        Files.readAllLines(ROOT.resolve("README.md")).stream().dropWhile((line) -> !line.equals(HEAD)).skip(2)
            .takeWhile((line) -> line.startsWith(ROW))
            .forEach((line) -> flags.add(line.substring(ROW.length(), line.indexOf('`', ROW.length()))));
        assertEquals(4, flags.size(), flags::toString);
    }

    @Test
    void shouldNeedTheFirstForLinux() throws Exception
    {
        assertQuiet(LinuxCalls.class, 1);
        assertLoud(LinuxCalls.class, 0, "restricted method");
    }

    @Test
    void shouldNeedTheSecondForBuffers() throws Exception
    {
        assertQuiet(SharedPool.class, 2);
        assertTrue(output.contains("frame 4: bus address 0x100040000\n"), output);
        assertTrue(output.contains("frame 8: refused, QUOTA\nwhy: QUOTA: pool=shared, "), output);
        assertTrue(output.contains("disk: granted\n"), output);
        assertLoud(SharedPool.class, 1, "jdk.internal.misc");
        assertNotEquals(0, exitCode);
    }

    @Test
    void shouldNeedTheThirdForMessages() throws Exception
    {
        // Not this program's: Chronicle would take it.
        Files.writeString(directory.resolve("system.properties"), "marked=true\n");
        assertQuiet(BothEnds.class, 3);
        assertEquals("""
            read back 4096 bytes
            disk of 2097152 sectors
            sector 1: hello, disk
            marked=null
            """, output);
        assertLoud(BothEnds.class, 2, "sun.misc.Unsafe");
    }

    private void assertQuiet(final Class<?> program, final int count) throws IOException, InterruptedException
    {
        run(program, count);
        assertEquals("", errors);
        assertEquals(0, exitCode);
    }

    private void assertLoud(final Class<?> program, final int count, final String word)
        throws IOException, InterruptedException
    {
        run(program, count);
        assertTrue(errors.contains(word), () -> flags.get(count) + " is not needed: " + errors);
    }

    private void run(final Class<?> program, final int count) throws IOException, InterruptedException
    {
        final List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElseThrow());
        command.addAll(flags.subList(0, count));
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
            System.getProperty("java.class.path"), program.getName(), directory.toString()));
        final Path out = directory.resolve("out");
        final Path err = directory.resolve("err");
        final Process process = new ProcessBuilder(command).directory(directory.toFile())
            .redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        if (!process.waitFor(TestLimits.seconds(120), TimeUnit.SECONDS))
        {
            process.destroyForcibly().waitFor();
            throw new AssertionError("does not end: " + command);
        }
        exitCode = process.exitValue();
        output = Files.readString(out);
        errors = Files.readString(err);
    }
}
