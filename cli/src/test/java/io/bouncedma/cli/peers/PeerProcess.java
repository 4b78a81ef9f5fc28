/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.os.TestLimits;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A program that others wrote, or a back-end of ours beside theirs, as a process: what it prints is read as it comes,
 * what it reads is written by the test.
 * Every wait has a limit, ends as soon as the process does, and a failure tells all that the process said.
 */
final class PeerProcess implements AutoCloseable
{
    private static final long LOOK_NS = 1_000_000;
    /** A kill may have to wait for the kernel to free hundreds of megabytes. */
    private static final int END_LIMIT_S = TestLimits.seconds(120);
    private static final Path SOCKETS = Path.of("/proc/net/unix");
    /** Of a socket that listens: {@code __SO_ACCEPTCON}, as the kernel shows it in the fourth column. */
    private static final String LISTENS = " 00010000 ";

    private final String name;
    private final Path errors;
    private final Process process;
    private final FileChannel reader;
    private final StringBuilder console = new StringBuilder();
    private final ByteBuffer chunk = ByteBuffer.allocate(64 * 1024);
    private int seen;

    private PeerProcess(final String name, final Path output, final Path errors, final Process process)
        throws IOException
    {
        this.name = name;
        this.errors = errors;
        this.process = process;
        reader = FileChannel.open(output);
    }

    /**
     * Start a program, and wait until it is ready.
     *
     * @param name          for messages, and for the files of what it prints.
     * @param debianPackage that has the program; null if it is of this build.
     * @param directory     for these files.
     * @param environment   what is set for the program beyond what the test has.
     * @param command       the program and its arguments.
     * @param ready         waits until the program can be used; if that fails, the program is ended.
     * @return the running process.
     * @throws AssertionError naming the package, if there is no such program or it does not get ready.
     */
    static PeerProcess start(final String name, final String debianPackage, final Path directory,
        final Map<String, String> environment, final List<String> command, final Consumer<PeerProcess> ready)
        throws IOException
    {
        final Path output = directory.resolve(name + ".out");
        final Path errors = directory.resolve(name + ".err");
        final ProcessBuilder builder = new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()));
        builder.environment().putAll(environment);
        final Process process;
        try
        {
            process = builder.start();
        }
        catch (final IOException e)
        {
            throw new AssertionError("can not start " + command.getFirst() + (null == debianPackage ? "" :
                ": install the Debian package " + debianPackage + " (.ci/peer-packages)"), e);
        }
        final String origin = null == debianPackage ? "of this build" : "Debian package " + debianPackage;
        final PeerProcess peer = new PeerProcess(
            name + " (" + origin + ", pid " + process.pid() + ")", output, errors, process);
        try
        {
            ready.accept(peer);
        }
        catch (final AssertionError e)
        {
            peer.close();
            throw e;
        }
        return peer;
    }

    long pid()
    {
        return process.pid();
    }

    /**
     * Write a line to its standard input.
     */
    void send(final String line)
    {
        try
        {
            final OutputStream input = process.getOutputStream();
            input.write((line + "\n").getBytes(StandardCharsets.ISO_8859_1));
            input.flush();
        }
        catch (final IOException e)
        {
            throw fault("can not write '" + line + "'", e);
        }
    }

    /**
     * Wait until it prints a text, and take all that it printed up to that.
     *
     * @param text    to wait for.
     * @param seconds that this may take.
     * @return what came before the text since the last call.
     * @throws AssertionError if the text does not come, telling what came instead.
     */
    String expect(final String text, final int seconds)
    {
        await("'" + text + "'", seconds, () ->
        {
            read();
            return console.indexOf(text, seen) >= 0;
        });
        final int found = console.indexOf(text, seen);
        final String before = console.substring(seen, found);
        seen = found + text.length();
        return before;
    }

    /**
     * Wait until a Unix socket listens, without a connection that the peer would take for its only client's.
     */
    void awaitListening(final Path socket, final int seconds)
    {
        await("socket " + socket, seconds, () -> isListening(socket));
    }

    /**
     * Wait for a condition for as long as the process runs.
     *
     * @param what      is waited for, for the message.
     * @param seconds   that this may take.
     * @param condition asked every millisecond.
     * @throws AssertionError if the process ends or the time is over.
     */
    void await(final String what, final int seconds, final BooleanSupplier condition)
    {
        final long start = System.nanoTime();
        while (!condition.getAsBoolean())
        {
            if (!process.isAlive() && !condition.getAsBoolean())
            {
                throw fault("ended with exit code " + process.exitValue() + " before " + what, null);
            }
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(seconds))
            {
                throw fault("no " + what + " within " + seconds + " s", null);
            }
            LockSupport.parkNanos(LOOK_NS);
        }
    }

    /**
     * Ask it to end, as {@code kill} does.
     */
    void terminate()
    {
        process.destroy();
    }

    /**
     * What it printed since the last {@link #expect}.
     */
    String rest()
    {
        read();
        final String rest = console.substring(seen);
        seen = console.length();
        return rest;
    }

    /**
     * End it as {@code kill -9} does, with all that it started, and wait until it is gone with its descriptors.
     */
    void kill()
    {
        // User-mode Linux runs each of its processes in one of the host.
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        awaitEnd(END_LIMIT_S);
    }

    /**
     * Wait until it has ended.
     *
     * @param seconds that this may take.
     * @return its exit code.
     * @throws AssertionError if it still runs then.
     */
    int awaitEnd(final int seconds)
    {
        try
        {
            if (!process.waitFor(seconds, TimeUnit.SECONDS))
            {
                throw fault("has not ended after " + seconds + " s", null);
            }
            return process.exitValue();
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw fault("the wait for its end was interrupted", e);
        }
    }

    /**
     * A failure with all that the process said.
     */
    AssertionError fault(final String what, final Exception cause)
    {
        read();
        return new AssertionError(name + ": " + what + "\n-- printed:\n" + console +
            "\n-- errors:\n" + text(errors), cause);
    }

    @Override
    public void close() throws IOException
    {
        try
        {
            kill();
        }
        finally
        {
            reader.close();
            process.getOutputStream().close();
        }
    }

    @Override
    public String toString()
    {
        return name;
    }

    private void read()
    {
        try
        {
            while (reader.isOpen() && reader.read(chunk.clear()) > 0)
            {
                console.append(StandardCharsets.ISO_8859_1.decode(chunk.flip()));
            }
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isListening(final Path socket)
    {
        // Ours is bound under a name beside the one that it gets when it listens.
        return text(SOCKETS).lines().anyMatch((line) -> line.contains(LISTENS) && (line.endsWith(" " + socket) ||
            line.contains(" " + socket + ".") && Files.exists(socket)));
    }

    private static String text(final Path file)
    {
        try
        {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }
}
