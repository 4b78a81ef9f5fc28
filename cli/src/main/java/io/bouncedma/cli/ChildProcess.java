/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Another process of this command, with this one's JVM and flags. Closing it ends it, and it ends when this one does,
 * however that ends: its standard input is a pipe of which only this process holds the other end.
 */
final class ChildProcess implements AutoCloseable
{
    /** System property of a child: true. */
    private static final String CHILD_PROPERTY = "bouncedma.child";
    /** How long it may take to end when it is asked to, before it is made to. */
    private static final int END_LIMIT_MS = 2_000;
    private static final int KILLED_BY_SIGNAL = 128;

    private final String name;
    private final Process process;
    private final PrintedText output;
    private final PrintedText errors;

    private ChildProcess(final String name, final Process process)
    {
        this.name = name;
        this.process = process;
        output = new PrintedText(name + " output", process.getInputStream());
        errors = new PrintedText(name + " errors", process.getErrorStream());
    }

    /**
     * Start the process.
     *
     * @param name      for messages.
     * @param arguments of the command.
     * @return the running process.
     * @throws IOException if it can not be started.
     */
    static ChildProcess start(final String name, final List<String> arguments) throws IOException
    {
        final List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add("-D" + CHILD_PROPERTY + "=true");
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(Main.class.getName());
        command.addAll(arguments);
        final ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeAll(PassedSockets.VARIABLES);
        builder.environment().keySet().removeAll(ServiceManager.VARIABLES);
        return new ChildProcess(name, builder.start());
    }

    /**
     * In a process that {@link #start} started: end as soon as the one that started it has ended.
     */
    static void endWithParent()
    {
        if (Boolean.getBoolean(CHILD_PROPERTY))
        {
            Thread.ofPlatform().daemon().name("parent").start(ChildProcess::awaitEndOfParent);
        }
    }

    private static void awaitEndOfParent()
    {
        try
        {
            // Nobody writes there: the pipe ends when the last descriptor of its other end is closed, by kill -9 too.
            System.in.transferTo(OutputStream.nullOutputStream());
        }
        catch (final IOException e)
        {
            System.err.println("bounce-dma: can not hear from the process that started this one: " + e.getMessage());
        }
        System.exit(Main.EXIT_FAILED);
    }

    long pid()
    {
        return process.pid();
    }

    /**
     * Tell how it ended, if it has.
     *
     * @return for example {@code primary (pid 4711) was killed by signal 9}, or null while it runs.
     */
    String obituary()
    {
        if (process.isAlive())
        {
            return null;
        }
        final int code = process.exitValue();
        final String who = name + " (pid " + pid() + ") ";
        if (code > KILLED_BY_SIGNAL)
        {
            return who + "was killed by signal " + (code - KILLED_BY_SIGNAL);
        }
        final String said = String.join(" | ", errors.all().strip().lines().toList());
        return who + "ended with exit code " + code + (said.isEmpty() ? "" : ", it said: " + said);
    }

    void requireAlive()
    {
        final String obituary = obituary();
        if (null != obituary)
        {
            throw new FailureException(obituary);
        }
    }

    /** Of one that has ended: did it do what it was to do? */
    void requireSuccess()
    {
        if (Main.EXIT_OK != process.exitValue())
        {
            throw new FailureException(obituary());
        }
    }

    /**
     * Wait until it has ended.
     *
     * @param limitMs milliseconds at most.
     * @return true if it has.
     */
    boolean await(final int limitMs)
    {
        try
        {
            return process.waitFor(limitMs, TimeUnit.MILLISECONDS);
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Completes when it has ended. */
    CompletableFuture<Process> onEnd()
    {
        return process.onExit();
    }

    /** What it printed, once it has ended. */
    String output()
    {
        return output.all();
    }

    @Override
    public void close()
    {
        process.destroy();
        if (!await(END_LIMIT_MS))
        {
            process.destroyForcibly();
            await(END_LIMIT_MS);
        }
        try
        {
            process.getOutputStream().close();
        }
        catch (final IOException e)
        {
            System.err.println("bounce-dma: can not close the input of the " + name + ": " + e.getMessage());
        }
    }
}
