/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.virtio;

import io.bouncedma.os.Fd;
import io.bouncedma.os.TestLimits;
import io.bouncedma.os.UnixSocket;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Another process with this one's JVM and flags, to which memory is handed through a socket. It ends with the socket.
 */
final class MemoryChild implements AutoCloseable
{
    private static final int END_LIMIT_S = TestLimits.seconds(120);
    private static final int KILLED = 128 + 9;

    private final Fd memory;
    private final Path socketPath;
    private final Path errors;
    private final UnixSocket listener;
    private final Process process;
    private UnixSocket connection;

    /**
     * Start it.
     *
     * @param flag of the JVM beside this one's own.
     */
    MemoryChild(
        final Path directory, final Fd memory, final String flag, final Class<?> main, final List<String> arguments)
        throws IOException
    {
        this.memory = memory;
        socketPath = Files.createTempFile(directory, "s", null);
        errors = Files.createTempFile(directory, "e", null);
        Files.delete(socketPath);
        listener = UnixSocket.listen(socketPath, UnixSocket.Type.SEQPACKET);
        final List<String> all = new ArrayList<>(List.of(socketPath.toString()));
        all.addAll(arguments);
        process = new ProcessBuilder(command(flag, main.getName(), all)).redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(errors.toFile()).start();
    }

    /** A command that starts a JVM like this one, with one more flag. */
    static List<String> command(final String flag, final String main, final List<String> arguments)
    {
        final List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter((argument) -> !argument.startsWith("-javaagent")).forEach(command::add);
        command.add(flag);
        command.add("-XX:+UseSerialGC");
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(main);
        command.addAll(arguments);
        return command;
    }

    /** The process's side: take the memory, to be closed by the caller. */
    static Fd receive(final UnixSocket socket)
    {
        final List<Fd> fds = new ArrayList<>();
        while (fds.isEmpty() && UnixSocket.END_OF_STREAM != socket.receive(new byte[1], fds))
        {
            Thread.yield();
        }
        return fds.get(0);
    }

    /**
     * Hand the memory out as soon as the process asks for it.
     *
     * @return true if it has it.
     */
    boolean isAttached() throws IOException
    {
        if (null == connection)
        {
            requireAlive();
            connection = listener.accept();
            if (null != connection)
            {
                connection.send(new byte[1], 0, 1, List.of(memory));
            }
        }
        return null != connection;
    }

    void requireAlive() throws IOException
    {
        if (!process.isAlive())
        {
            throw new IllegalStateException("process ended: exit=" + process.exitValue() + ", said=" + said());
        }
    }

    String said()
    {
        try
        {
            return Files.readString(errors);
        }
        catch (final IOException e)
        {
            return e.toString();
        }
    }

    /** SIGKILL: nothing in the process gets to run any more. */
    void kill() throws IOException
    {
        process.destroyForcibly();
        if (KILLED != await())
        {
            requireAlive();
        }
    }

    /** Wait for its own end. */
    int await()
    {
        try
        {
            if (!process.waitFor(END_LIMIT_S, TimeUnit.SECONDS))
            {
                throw new IllegalStateException("process did not end: pid=" + process.pid());
            }
            return process.exitValue();
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public void close()
    {
        process.destroyForcibly();
        await();
        if (null != connection)
        {
            connection.close();
        }
        listener.close();
    }
}
