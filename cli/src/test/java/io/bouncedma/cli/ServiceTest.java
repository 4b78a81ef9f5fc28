/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.UnixSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * How services begin and end, with the real program.
 */
final class ServiceTest
{
    /** Of Linux, unless somebody asks for another one. */
    private static final int PIPE_SIZE = 64 * 1024;
    private static final String LATE = "bounce-dma: stopping took more than 10000 ms\n";

    @TempDir
    private Path directory;

    /** The first TERM and INT are an order, which is carried out; HUP tells that whoever started it is gone. */
    @ParameterizedTest
    @CsvSource({"TERM, 0", "INT, 0", "HUP, 129"})
    void shouldCloseInOrderAndSayHowItEnded(final String signal, final int expected) throws Exception
    {
        final Path socket = directory.resolve("rng.sock");
        final Path pidFile = directory.resolve("rng.pid");
        try (ServiceProcess service = new ServiceProcess(directory, "serve", "rng", "--vhost-user", socket.toString(),
            "--pidfile", pidFile.toString()).with("WATCHDOG_USEC", "100000").start().awaitReady())
        {
            assertEquals(service.pid() + "\n", Files.readString(pidFile));
            UnixSocket.connect(socket, UnixSocket.Type.STREAM).close();
            service.awaitHeard("WATCHDOG=1");
            service.signal(signal);
            assertEquals(expected, service.exitCode(), service::errors);
            assertTrue(service.heard().startsWith("READY=1\nSTATUS=serving rng at " + socket + "\n"), service::heard);
            assertTrue(service.heard().endsWith("STOPPING=1\nSTATUS=stopping\n"), service::heard);
            assertTrue(service.output().contains("connections"), service::output);
            assertFalse(service.errors().contains(LATE), service::errors);
            assertFalse(Files.exists(socket));
            assertFalse(Files.exists(pidFile));
            assertEquals(List.of(), directories());
        }
    }

    @Test
    void shouldNotHideThatItCouldNotSayAll() throws Exception
    {
        // Standard error is the journal here, as JOURNAL_STREAM and the file itself say together.
        final Path journal = Files.createFile(directory.resolve("service.err"));
        try (ServiceProcess service = new ServiceProcess(directory, "serve", "rng", "--vhost-user",
            directory.resolve("s").toString()).printingTo(new File("/dev/full"))
            .with("JOURNAL_STREAM", Files.getAttribute(journal, "unix:dev") + ":" +
                Files.getAttribute(journal, "unix:ino")).start().awaitReady())
        {
            service.awaitSaid("<6>bounce-dma serve: " + directory.resolve("s") + ": listening: device=rng\n");
            service.signal("TERM");
            assertEquals(1, service.exitCode(), service::errors);
            assertFalse(service.errors().isEmpty());
        }
    }

    /** Nobody reads the figures that it prints at the end: it would wait for that. */
    @Test
    void shouldEndAtOnceWhenItIsAskedAgain() throws Exception
    {
        final File full = pipe();
        try (RandomAccessFile pipe = new RandomAccessFile(full, "rw");
            ServiceProcess service = new ServiceProcess(directory, "serve", "rng", "--vhost-user",
                directory.resolve("s").toString()).printingTo(full))
        {
            pipe.write(new byte[PIPE_SIZE]);
            service.start().awaitReady().signal("TERM");
            service.awaitHeard("STOPPING=1");
            service.signal("TERM");
            assertEquals(143, service.exitCode(), service::errors);
            assertFalse(service.errors().contains(LATE), service::errors);
            assertEquals(List.of(), directories());
        }
    }

    /** Nobody reads what one of them says either, so that it can not even say that it takes too long. */
    @Test
    void shouldEndInTheEndThoughNobodyReadsWhatItSays(@TempDir final Path place) throws Exception
    {
        final File full = pipe();
        try (RandomAccessFile pipe = new RandomAccessFile(full, "rw");
            ServiceProcess service = new ServiceProcess(directory, "serve", "rng", "--vhost-user",
                directory.resolve("s").toString()).printingTo(full).sayingTo(full);
            ServiceProcess other = new ServiceProcess(place, "serve", "rng", "--vhost-user",
                place.resolve("s").toString()).printingTo(full))
        {
            pipe.write(new byte[PIPE_SIZE]);
            service.start().awaitReady().signal("TERM");
            other.start().awaitReady().signal("TERM");
            assertEquals(1, service.exitCode());
            assertEquals(1, other.exitCode());
            assertTrue(other.errors().endsWith(LATE), other::errors);
            assertEquals(List.of(), directories());
        }
    }

    private File pipe() throws IOException, InterruptedException
    {
        final File full = directory.resolve("full").toFile();
        assertEquals(0, new ProcessBuilder("mkfifo", full.toString()).start().waitFor());
        return full;
    }

    @Test
    void shouldEndWellWhileItWaitsForItsHypervisor() throws Exception
    {
        try (ServiceProcess service = new ServiceProcess(
            directory, "serve", "rng", "--vm", directory.resolve("nobody.sock").toString(), "--wait", "100000")
            .start())
        {
            // The last that it does before it waits.
            DemoProcess.awaitTrue("scratch directory", () -> !directories().isEmpty());
            service.signal("TERM");
            assertEquals(0, service.exitCode(), service::errors);
            assertTrue(service.errors().contains("asked to end before it served anything"), service::errors);
            assertEquals("", service.heard());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"relative", "vsock:2:9", "/nowhere/notify"})
    void shouldGoOnWithoutAManagerThatCanNotBeTold(final String address) throws Exception
    {
        final Path pidFile = directory.resolve("pid");
        try (ServiceProcess service = new ServiceProcess(directory, "serve", "rng",
            "--vhost-user", directory.resolve("s").toString(), "--pidfile", pidFile.toString())
            .with("NOTIFY_SOCKET", address).start())
        {
            service.awaitSaid(address);
            DemoProcess.awaitTrue("ready", () -> Files.exists(pidFile));
            UnixSocket.connect(directory.resolve("s"), UnixSocket.Type.STREAM).close();
            service.signal("TERM");
            assertEquals(0, service.exitCode(), service::errors);
            assertTrue(service.errors().contains("the service manager is told nothing") &&
                service.errors().contains("bounce-dma serve: service: no-manager: "), service::errors);
            assertEquals(1, service.errors().lines().filter((line) -> line.contains("manager")).count());
        }
    }

    @Test
    void shouldRefuseSocketsThatItCanNotServe() throws Exception
    {
        final Path socket = directory.resolve("passed.sock");
        final String[] serve = {"serve", "rng", "--vhost-user", socket.toString()};
        // As /var/run leads to /run.
        final Path link = Files.createSymbolicLink(directory.resolve("link"), directory);
        assertRefused("is of type SEQPACKET and has to be of type STREAM: ListenStream= in its unit",
            List.of("ListenSequentialPacket=" + link.resolve(socket.getFileName())), serve);
        assertRefused("descriptor 4 (test.socket) was passed, bound at " + directory.resolve("other") +
            ", and no option says to listen there",
            List.of("ListenStream=" + socket, "ListenStream=" + directory.resolve("other")), serve);
        assertRefused("descriptor 3 (test.socket) was passed, bound at no path, and no option says to listen there",
            List.of("ListenStream=@" + socket.toString().substring(1), "ListenStream=" + socket), serve);
        assertRefused("LISTEN_FDS passes descriptor 3 (test.socket), which is no listening Unix socket: it does not " +
            "listen for connections", List.of("ListenDatagram=" + socket), serve);
        for (final String option : List.of("--socket-mode", "--socket-group"))
        {
            assertRefused("--socket-mode and --socket-group are for sockets that are made here, and none is",
                List.of("ListenStream=" + socket), "serve", "rng", "--vhost-user", socket.toString(), option, "660");
        }
    }

    private void assertRefused(final String why, final List<String> units, final String... arguments) throws Exception
    {
        try (ServiceProcess service = new ServiceProcess(directory, arguments).passing(directory, units).start())
        {
            assertEquals(2, service.exitCode(), service::errors);
            assertTrue(service.errors().contains(why), service::errors);
            assertFalse(service.errors().contains(": listening"), service::errors);
            assertFalse(service.errors().contains(": ended: "), service::errors);
            assertEquals("", service.heard());
        }
        for (final String unit : units)
        {
            final Path socket = Path.of(unit.substring(unit.indexOf('=') + 1));
            assertEquals(!unit.contains("@"), Files.deleteIfExists(socket), "it is not the service's");
        }
    }

    private List<Path> directories()
    {
        try (Stream<Path> files = Files.list(directory))
        {
            return files.filter(Files::isDirectory).toList();
        }
        catch (final IOException e)
        {
            throw new AssertionError(e);
        }
    }
}
