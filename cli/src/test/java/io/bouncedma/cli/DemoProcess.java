/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.TestLimits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The built command as a process, as a user starts it.
 */
final class DemoProcess implements AutoCloseable
{
    /** Where the build puts the jars. */
    static final Path TARGET = Path.of(System.getProperty("project.root"), "cli", "target");
    private static final Pattern PIDS =
        Pattern.compile("(?:hypervisor pid (\\d+), )?primary VM pid (\\d+), secondary VM pid (\\d+)");
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(TestLimits.seconds(120));

    private final Path output;
    private final Path errors;
    private final Process process;

    DemoProcess(final Path directory, final String... arguments) throws IOException
    {
        this(directory, directory, arguments);
    }

    /**
     * Start the command.
     *
     * @param directory for what it prints.
     * @param temporary where it makes temporary files.
     * @param arguments of the command.
     * @throws IOException if it can not be started.
     */
    DemoProcess(final Path directory, final Path temporary, final String... arguments) throws IOException
    {
        output = directory.resolve("demo.out");
        errors = directory.resolve("demo.err");
        process = new ProcessBuilder(command(TARGET, temporary, arguments))
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start();
    }

    /**
     * How the command is started.
     *
     * @param program   where the jars are: {@link #TARGET}, or a copy.
     * @param temporary where it makes temporary files.
     * @param arguments of the command.
     * @return for a process.
     */
    static List<String> command(final Path program, final Path temporary, final String... arguments)
    {
        final List<String> command = new ArrayList<>(List.of(
            ProcessHandle.current().info().command().orElseThrow(),
            "@" + program.resolve("jvm.options"),
            // Short runs: the second compiler takes more than it gives back.
            "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
            "-Djava.io.tmpdir=" + temporary,
            "-jar", program.resolve("bounce-dma.jar").toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** Copy the jars for a user who may not read where they are. */
    static void copyTo(final Path program) throws IOException
    {
        Files.createDirectory(program.resolve("lib"));
        try (Stream<Path> jars = Files.list(TARGET.resolve("lib")))
        {
            for (final Path file : Stream.concat(
                Stream.of(TARGET.resolve("jvm.options"), TARGET.resolve("bounce-dma.jar")), jars).toList())
            {
                Files.setPosixFilePermissions(Files.copy(file, program.resolve(TARGET.relativize(file))),
                    PosixFilePermissions.fromString("rw-r--r--"));
            }
        }
    }

    /**
     * Wait until it ends.
     *
     * @param seconds at most.
     * @return the exit code.
     * @throws InterruptedException if interrupted.
     */
    int exitCode(final int seconds) throws InterruptedException
    {
        assertTrue(process.waitFor(seconds, TimeUnit.SECONDS), () -> "still runs: " + errors());
        return process.exitValue();
    }

    String output()
    {
        return text(output);
    }

    String errors()
    {
        return text(errors);
    }

    /**
     * The processes of the demo, as soon as it tells.
     *
     * @return hypervisor if there is one, primary VM, secondary VM.
     */
    List<ProcessHandle> processes()
    {
        awaitTrue("pids", () -> PIDS.matcher(errors()).find());
        final Matcher matcher = PIDS.matcher(errors());
        assertTrue(matcher.find());
        final List<ProcessHandle> handles = new ArrayList<>();
        for (int i = 1; i <= matcher.groupCount(); i++)
        {
            if (null != matcher.group(i))
            {
                handles.add(ProcessHandle.of(Long.parseLong(matcher.group(i))).orElseThrow());
            }
        }
        return handles;
    }

    /**
     * What it started so far, and what that started.
     *
     * @return the processes.
     */
    List<ProcessHandle> children()
    {
        return process.descendants().toList();
    }

    /** Wait for something to become true. */
    static void awaitTrue(final String what, final BooleanSupplier condition)
    {
        final long start = System.nanoTime();
        while (!condition.getAsBoolean())
        {
            assertTrue(System.nanoTime() - start < LIMIT_NS, what);
            LockSupport.parkNanos(1_000_000L);
        }
    }

    boolean isAlive()
    {
        return process.isAlive();
    }

    /** Ask it to end. */
    void terminate()
    {
        process.destroy();
    }

    /** Kill it, and nothing that it started. */
    void kill()
    {
        process.destroyForcibly();
    }

    @Override
    public void close()
    {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private static String text(final Path file)
    {
        try
        {
            return Files.readString(file);
        }
        catch (final IOException e)
        {
            return "";
        }
    }
}
