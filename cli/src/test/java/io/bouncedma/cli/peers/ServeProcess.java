/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.cli.Main;
import io.bouncedma.monitor.CountersFile;
import io.bouncedma.os.TestLimits;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code bounce-dma serve DEVICE --vhost-user SOCKET}, as a process of its own, with the JVM, the flags and the class
 * path of this one: the back-end of the front-ends of others. It tells its figures when it ends.
 */
final class ServeProcess implements AutoCloseable
{
    private static final int LIMIT_S = TestLimits.seconds(120);
    /** Of which there is none: null is no text. */
    private static final Pattern FAILURE = Pattern.compile("last_failure\"\\s*:\\s*\"");
    private static final Pattern NUMBER = Pattern.compile("\"(\\w+)\"\\s*:\\s*(\\d+)");

    private final Path directory;
    private final List<Path> listening;
    private final List<String> arguments;
    private final Path file;
    private PeerProcess process;
    private CountersFile counters;

    private ServeProcess(final Path directory, final List<Path> listening, final List<String> arguments)
        throws IOException
    {
        this.directory = directory;
        this.listening = listening;
        this.arguments = arguments;
        file = directory.resolve("serve.counters");
        start();
    }

    /**
     * Start one that listens at a socket of its own, and ends when its front-end has gone.
     *
     * @param directory for the socket, and for what it prints.
     * @param arguments of {@code serve}, but for where it listens and how it ends: the device comes first.
     * @throws AssertionError if it does not come up.
     */
    ServeProcess(final Path directory, final String... arguments) throws IOException
    {
        this(directory, List.of(directory.resolve("serve.sock")), all(arguments,
            "--once", "--vhost-user", directory.resolve("serve.sock").toString()));
    }

    /**
     * Start one.
     *
     * @param directory for what it prints and its counters.
     * @param listening sockets at which it is to listen before this returns.
     * @param arguments of {@code serve}: the device comes first.
     * @return the running process.
     * @throws AssertionError if it does not come up.
     */
    static ServeProcess start(final Path directory, final List<Path> listening, final String... arguments)
        throws IOException
    {
        return new ServeProcess(directory, listening, List.of(arguments));
    }

    /**
     * Where it listens.
     */
    Path socket()
    {
        return listening.getFirst();
    }

    long pid()
    {
        return process.pid();
    }

    /**
     * Wait until it listens at another socket, too.
     */
    void awaitListening(final Path other)
    {
        process.awaitListening(other, LIMIT_S);
    }

    /**
     * End it as {@code kill -9} does, whatever it does just now, and start another one in its place.
     */
    void restart() throws IOException
    {
        close();
        start();
    }

    /**
     * Wait until the device has given chains back, of the front-end that is connected.
     *
     * @param queue whose chains.
     * @param count of chains since that front-end came.
     */
    void awaitCompleted(final int queue, final long count)
    {
        process.await(count + " chains of queue " + queue, LIMIT_S, () -> completed(queue) >= count);
    }

    /**
     * Wait until it has ended by itself, because its front-end has gone.
     *
     * @return the numbers among its figures, by name.
     * @throws AssertionError if it does not end, or not well, or tells of a failure.
     */
    Map<String, Long> figures()
    {
        final int code = process.awaitEnd(LIMIT_S);
        if (0 != code)
        {
            throw process.fault("ended with exit code " + code, null);
        }
        return read();
    }

    /**
     * Ask it to end; then as {@link #figures()}.
     */
    Map<String, Long> end()
    {
        process.terminate();
        return figures();
    }

    private Map<String, Long> read()
    {
        final String text = process.rest();
        final Map<String, Long> figures = new TreeMap<>();
        final Matcher matcher = NUMBER.matcher(text);
        while (matcher.find())
        {
            figures.put(matcher.group(1), Long.valueOf(matcher.group(2)));
        }
        if (figures.isEmpty() || FAILURE.matcher(text).find())
        {
            throw process.fault("has no figures, or tells of a failure", null);
        }
        return figures;
    }

    private long completed(final int queue)
    {
        if (null == counters)
        {
            counters = open();
        }
        return null == counters ? 0 : shown().entrySet().stream()
            .filter((counter) -> counter.getKey().startsWith("ring " + arguments.getFirst() + " " + queue + ",") &&
                counter.getKey().endsWith(": completed chains"))
            .mapToLong(Map.Entry::getValue).sum();
    }

    private Map<String, Long> shown()
    {
        try
        {
            return counters.read().counters();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    /** Null if the process has not made it yet. */
    private CountersFile open()
    {
        try
        {
            return Files.exists(file) ? CountersFile.open(file) : null;
        }
        catch (final IOException e)
        {
            return null;
        }
    }

    private void start() throws IOException
    {
        Files.deleteIfExists(file);
        final List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), Main.class.getName(),
            "serve"));
        command.addAll(arguments);
        command.addAll(List.of("--json", "--counters", file.toString()));
        process = PeerProcess.start("serve " + arguments.getFirst(), "none, it is ours", directory, Map.of(), command,
            (serve) -> listening.forEach((socket) -> serve.awaitListening(socket, LIMIT_S)));
    }

    private static List<String> all(final String[] first, final String... rest)
    {
        final List<String> all = new ArrayList<>(List.of(first));
        all.addAll(List.of(rest));
        return all;
    }

    @Override
    public void close() throws IOException
    {
        if (null != counters)
        {
            counters.close();
            counters = null;
        }
        process.close();
    }
}
