/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code bounce-dma serve DEVICE --vhost-user SOCKET}, as a process of its own, with the JVM and the flags of this one.
 * It ends when its front-end has gone, and tells its figures then.
 */
final class ServeProcess implements AutoCloseable
{
    private static final String MAIN = "io.bouncedma.cli.Main";
    private static final int LIMIT_S = 30;
    /** Of which there is none: null is no text. */
    private static final Pattern FAILURE = Pattern.compile("\"last_failure\"\\s*:\\s*\"");
    private static final Pattern NUMBER = Pattern.compile("\"(\\w+)\"\\s*:\\s*(\\d+)");

    private final Path directory;
    private final Path socket;
    private final List<String> arguments;
    private PeerProcess process;

    /**
     * Start it.
     *
     * @param directory for the socket, and for what it prints.
     * @param arguments of {@code serve}, but for where it listens and how it ends: the device comes first.
     * @throws AssertionError if it does not come up.
     */
    ServeProcess(final Path directory, final String... arguments) throws IOException
    {
        this.directory = directory;
        this.arguments = List.of(arguments);
        socket = directory.resolve("serve.sock");
        start();
    }

    /**
     * Where it listens.
     */
    Path socket()
    {
        return socket;
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
        process.close();
        start();
    }

    /**
     * Wait until it has ended by itself, because its front-end has gone.
     *
     * @return the numbers among its figures, by name.
     * @throws AssertionError if it does not end, or not well, or tells of a failure.
     */
    Map<String, Long> figures()
    {
        final String text = process.expect("}", LIMIT_S);
        final int code = process.awaitEnd(LIMIT_S);
        if (0 != code)
        {
            throw process.fault("ended with exit code " + code, null);
        }
        final Map<String, Long> figures = new LinkedHashMap<>();
        final Matcher matcher = NUMBER.matcher(text);
        while (matcher.find())
        {
            figures.put(matcher.group(1), Long.parseLong(matcher.group(2)));
        }
        if (FAILURE.matcher(text).find())
        {
            throw process.fault("tells of a failure", null);
        }
        return figures;
    }

    @Override
    public void close() throws IOException
    {
        process.close();
    }

    private void start() throws IOException
    {
        final List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN, "serve"));
        command.addAll(arguments);
        command.addAll(List.of("--vhost-user", socket.toString(), "--once", "--json"));
        process = PeerProcess.start("serve " + arguments.getFirst(), "none, it is ours", directory, Map.of(), command,
            (serve) -> serve.awaitListening(socket, LIMIT_S));
    }
}
