/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.UnixDatagram;
import io.bouncedma.os.testing.SocketActivator;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The command as a service manager runs it: with a socket to tell it of its state, a umask, and sockets made for it. It
 * has the JVM, the flags and the class path of this process.
 */
final class ServiceProcess implements AutoCloseable
{
    private static final int MAX_MESSAGE = 4096;

    private final Path errors;
    private final Path output;
    private final UnixDatagram manager;
    private final StringBuilder heard = new StringBuilder();
    private final ProcessBuilder builder;
    private Process process;

    /**
     * Prepare one.
     *
     * @param directory for what it prints, and where it has its temporary files.
     * @param arguments of the command.
     */
    ServiceProcess(final Path directory, final String... arguments)
    {
        errors = directory.resolve("service.err");
        output = directory.resolve("service.out");
        manager = UnixDatagram.bind(directory.resolve("notify"), directory.resolve("nobody"));
        // Whoever runs the tests may have signals ignored, as nohup and a shell's background do.
        final List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT,HUP"));
        command.addAll(java(directory));
        command.add(Main.class.getName());
        command.addAll(List.of(arguments));
        builder = new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile());
        builder.environment().put("NOTIFY_SOCKET", directory.resolve("notify").toString());
    }

    private static List<String> java(final Path directory)
    {
        final List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElseThrow());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.io.tmpdir=" + directory, "-cp",
            System.getProperty("java.class.path")));
        return command;
    }

    /** With this umask, octal. */
    ServiceProcess umask(final String mask)
    {
        builder.command().addAll(0, List.of("sh", "-c", "umask " + mask + "; exec \"$@\"", "sh"));
        return this;
    }

    /** With another variable. */
    ServiceProcess with(final String variable, final String value)
    {
        builder.environment().put(variable, value);
        return this;
    }

    /** With sockets that are made for it, as a socket unit has them. By a shell, as the launcher is one. */
    ServiceProcess passing(final Path directory, final List<String> units)
    {
        final List<String> activator = new ArrayList<>(java(directory));
        activator.add(SocketActivator.class.getName());
        activator.addAll(units);
        activator.addAll(List.of("--", "/bin/sh", "-c", "exec \"$@\"", "sh"));
        builder.command().addAll(0, activator);
        return this;
    }

    /** Standard output goes elsewhere. */
    ServiceProcess printingTo(final File file)
    {
        builder.redirectOutput(file);
        return this;
    }

    /** Standard error goes elsewhere; {@link #errors()} has nothing then. */
    ServiceProcess sayingTo(final File file)
    {
        builder.redirectError(file);
        return this;
    }

    ServiceProcess start() throws IOException
    {
        process = builder.start();
        return this;
    }

    /** Wait until it has told its manager so. */
    ServiceProcess awaitReady()
    {
        awaitHeard("READY=1");
        return this;
    }

    void awaitHeard(final String state)
    {
        DemoProcess.awaitTrue(state, () ->
        {
            hear();
            assertTrue(process.isAlive() || heard.indexOf(state) >= 0, () -> "it ended: " + errors());
            return heard.indexOf(state) >= 0;
        });
    }

    /** Wait until it has said so to people. */
    void awaitSaid(final String text)
    {
        DemoProcess.awaitTrue(text, () ->
        {
            assertTrue(process.isAlive(), () -> "it ended: " + errors());
            return errors().contains(text);
        });
    }

    long pid()
    {
        return process.pid();
    }

    void signal(final String name) throws IOException, InterruptedException
    {
        assertEquals(0, new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start().waitFor());
    }

    /** Wait until it has ended. */
    int exitCode()
    {
        // A manager that hears nothing holds up whoever tells it something.
        DemoProcess.awaitTrue("end", () ->
        {
            hear();
            return !process.isAlive();
        });
        hear();
        return process.exitValue();
    }

    /** What it has told its manager so far, a line for each assignment. */
    String heard()
    {
        hear();
        return heard.toString();
    }

    String errors()
    {
        return text(errors);
    }

    String output()
    {
        return text(output);
    }

    private void hear()
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment bytes = arena.allocate(MAX_MESSAGE);
            for (int length = manager.receive(bytes, 0); length > 0; length = manager.receive(bytes, 0))
            {
                heard.append(new String(bytes.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE),
                    StandardCharsets.UTF_8)).append('\n');
            }
        }
    }

    @Override
    public void close()
    {
        if (null != process)
        {
            process.destroyForcibly();
        }
        manager.close();
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
