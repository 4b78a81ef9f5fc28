/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.cli.Main;
import io.bouncedma.pool.CountersFile;

import java.io.IOException;
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
 * {@code bounce-dma serve net --json} as a process, with the JVM, the flags and the class path of the test: the
 * back-end of the front-ends of others.
 */
final class ServeNet implements AutoCloseable
{
    private static final int START_LIMIT_S = 30;
    private static final int END_LIMIT_S = 30;
    private static final Pattern FIGURE = Pattern.compile("\"(\\w+)\":(\\d+)");

    private final PeerProcess process;
    private final Path file;
    private CountersFile counters;

    private ServeNet(final PeerProcess process, final Path file)
    {
        this.process = process;
        this.file = file;
    }

    /**
     * Start it.
     *
     * @param directory for what it prints and its counters.
     * @param listening sockets at which it is to listen before this returns.
     * @param arguments of the command.
     * @return the running process.
     */
    static ServeNet start(final Path directory, final List<Path> listening, final String... arguments)
        throws IOException
    {
        final Path file = directory.resolve("serve-net.counters");
        final List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), Main.class.getName(),
            "serve", "net", "--json", "--counters", file.toString()));
        command.addAll(List.of(arguments));
        return new ServeNet(PeerProcess.start("serve-net", null, directory, Map.of(), command,
            (process) -> listening.forEach((socket) -> process.awaitListening(socket, START_LIMIT_S))), file);
    }

    /**
     * Wait until the device has given chains back, of the front-end that is connected.
     *
     * @param queue whose chains.
     * @param count of chains since that front-end came.
     */
    void awaitCompleted(final int queue, final long count)
    {
        process.await(count + " chains of queue " + queue, END_LIMIT_S, () -> completed(queue) >= count);
    }

    /**
     * Wait for its end, after which its figures are known.
     *
     * @return those that are whole numbers, by name.
     */
    Map<String, Long> awaitFigures()
    {
        process.awaitEnd(END_LIMIT_S);
        final String text = process.rest();
        final Map<String, Long> figures = new TreeMap<>();
        final Matcher matcher = FIGURE.matcher(text);
        while (matcher.find())
        {
            figures.put(matcher.group(1), Long.valueOf(matcher.group(2)));
        }
        // How often a driver is interrupted is between the two of them.
        figures.remove("doorbells_rung");
        figures.remove("to_doorbells_rung");
        if (figures.isEmpty() || text.contains("last_failure\":\""))
        {
            throw process.fault("has no figures, or failed", null);
        }
        return figures;
    }

    /**
     * Ask it to end; then as {@link #awaitFigures()}.
     */
    Map<String, Long> end()
    {
        process.terminate();
        return awaitFigures();
    }

    private long completed(final int queue)
    {
        if (null == counters)
        {
            counters = open();
        }
        return null == counters ? 0 : counters.counters().entrySet().stream()
            .filter((counter) -> counter.getKey().startsWith("ring net " + queue + ",") &&
                counter.getKey().endsWith(": completed chains"))
            .mapToLong(Map.Entry::getValue).sum();
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

    @Override
    public void close() throws IOException
    {
        if (null != counters)
        {
            counters.close();
        }
        process.close();
    }
}
