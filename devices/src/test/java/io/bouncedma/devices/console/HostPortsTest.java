/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.devices.console;

import io.bouncedma.devices.Linked;
import io.bouncedma.os.ByteStream;
import io.bouncedma.os.Fd;
import io.bouncedma.os.Memfd;
import io.bouncedma.os.Poller;
import io.bouncedma.os.TestLimits;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.os.testing.OwnThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Ports that end in real descriptors, and the descriptor that tells a service when to look.
 */
@ExtendWith(OwnThread.class)
class HostPortsTest
{
    private static final int LONG_MS = TestLimits.millis(60_000);

    @TempDir
    private Path directory;
    private final Poller poller = new Poller();
    private final byte[] buffer = new byte[ByteStream.MAX_LENGTH];

    @Test
    void shouldWakeUpForWhatComesThroughAPipeAndForRoomInOne() throws Exception
    {
        final Path toDriver = pipe("in");
        final Path fromDriver = pipe("out");
        try (ByteStream writer = ByteStream.open(toDriver, ByteStream.Mode.READ_WRITE);
            ByteStream reader = ByteStream.open(fromDriver, ByteStream.Mode.READ);
            StreamPort port = new StreamPort(ByteStream.open(toDriver, ByteStream.Mode.READ),
                ByteStream.open(fromDriver, ByteStream.Mode.WRITE));
            ConsoleDevice device = new ConsoleDevice(port, 64);
            Linked link = new Linked(device))
        {
            poller.add(device.wakeup());
            writer.write(bytes("early"), 0, 5);
            assertFalse(isAwake(), "before there is a driver");
            try (ConsoleDriver console = driver(link))
            {
                final byte[] word = new byte[5];
                assertEquals(5, console.port(0).readFully(word, 0, 5));
                assertArrayEquals(bytes("early"), word);
                link.settle();
                assertFalse(isAwake());
                writer.write(bytes("later"), 0, 5);
                assertTrue(isAwake());
                assertEquals(5, console.port(0).readFully(word, 0, 5));
                link.settle();
                assertFalse(isAwake());

                // More than a pipe holds.
                final byte[] much = new byte[200_000];
                int sent = console.port(0).offer(much, 0, much.length);
                link.settle();
                assertEquals(0, link.transport().controller().doWork());
                assertFalse(isAwake());
                int got = 0;
                while (got < 200_000)
                {
                    final int count = reader.read(buffer, 0, buffer.length);
                    got += Math.max(0, count);
                    if (ByteStream.WOULD_BLOCK == count)
                    {
                        assertTrue(isAwake(), "got=" + got);
                        link.settle();
                        console.doWork();
                        sent += console.port(0).offer(much, sent, much.length - sent);
                        link.settle();
                    }
                }
                link.settle();
                assertFalse(isAwake());
            }
            writer.write(bytes("x"), 0, 1);
            assertFalse(isAwake(), "after the driver");
        }
    }

    @Test
    void shouldGoOnWithoutInputAndDropOutputThatNobodyReads() throws Exception
    {
        final Path in = Files.writeString(directory.resolve("in"), "all there is");
        final Path fromDriver = pipe("out");
        final ByteStream reader = ByteStream.open(fromDriver, ByteStream.Mode.READ);
        try (StreamPort port = new StreamPort(ByteStream.open(in, ByteStream.Mode.READ),
                ByteStream.open(fromDriver, ByteStream.Mode.WRITE));
            ConsoleDevice device = new ConsoleDevice(port, 64);
            Linked link = new Linked(device);
            ConsoleDriver console = driver(link))
        {
            poller.add(device.wakeup());
            final byte[] all = new byte[12];
            assertEquals(12, console.port(0).readFully(all, 0, 12));
            assertArrayEquals(bytes("all there is"), all);
            link.settle();
            console.port(0).write(bytes("on"), 0, 2);
            assertEquals(2, reader.read(buffer, 0, 9));
            reader.close();
            assertTrue(port.isOpen());
            console.port(0).write(bytes("nobody"), 0, 6);
            assertFalse(port.isOpen());
            link.settle();
            assertFalse(isAwake());
            console.port(0).write(bytes("nobody"), 0, 6);
        }
        finally
        {
            reader.close();
        }
    }

    @Test
    void shouldSayWhyOutputEnded()
    {
        try (StreamPort port = new StreamPort(null, ByteStream.open(Path.of("/dev/full"), ByteStream.Mode.WRITE)))
        {
            assertEquals(3, port.write(bytes("abc"), 0, 3));
            assertTrue(port.failure().contains("No space left on device"), port.failure());
            assertFalse(port.isOpen());
        }
    }

    @Test
    void shouldServeOneClientOfASocketAfterTheOther() throws Exception
    {
        final Path path = directory.resolve("s");
        try (SocketPort port = new SocketPort(UnixSocket.listen(path, UnixSocket.Type.STREAM));
            ConsoleDevice device = twoPorts(port);
            Linked link = new Linked(device);
            ConsoleDriver console = new ConsoleDriver(
                link.transport(), link.dma(), link.waiting(LONG_MS), 8, 2, ConsoleDriver.USUAL_RING))
        {
            poller.add(device.wakeup());
            settle(link, console);
            final DriverPort end = console.port(1);
            end.open();
            settle(link, console);
            assertFalse(isAwake() || end.isHostOpen());
            final byte[] word = new byte[5];
            for (int i = 0; i < 3; i++)
            {
                try (UnixSocket client = UnixSocket.connect(path, UnixSocket.Type.STREAM))
                {
                    assertTrue(isAwake());
                    settle(link, console);
                    assertTrue(end.isHostOpen());
                    assertFalse(isAwake());
                    client.send(bytes("hello"), 0, 5, List.of());
                    assertTrue(isAwake());
                    assertEquals(5, end.readFully(word, 0, 5));
                    end.write(bytes("world"), 0, 5);
                    assertEquals(5, client.receive(buffer, new ArrayList<>()));
                    client.send(bytes("bye"), 0, 3, List.of());
                }
                assertTrue(isAwake());
                // It is gone, and what it said comes all the same.
                end.offer(bytes("too late"), 0, 8);
                assertEquals(3, end.readFully(word, 0, 5));
                assertEquals(DriverPort.CLOSED, end.readFully(word, 0, 5));
                settle(link, console);
                assertFalse(isAwake());
            }
        }
    }

    @Test
    void shouldNoticeThatAClientLeftWhileNobodyReads() throws Exception
    {
        final Path path = directory.resolve("s");
        try (SocketPort port = new SocketPort(UnixSocket.listen(path, UnixSocket.Type.STREAM));
            ConsoleDevice device = twoPorts(port);
            Linked link = new Linked(device);
            ConsoleDriver console = new ConsoleDriver(
                link.transport(), link.dma(), link.waiting(LONG_MS), 8, 2, ConsoleDriver.USUAL_RING))
        {
            poller.add(device.wakeup());
            settle(link, console);
            try (UnixSocket client = UnixSocket.connect(path, UnixSocket.Type.STREAM))
            {
                client.send(bytes("lost"), 0, 4, List.of());
                settle(link, console);
                assertTrue(console.port(1).isHostOpen());
                assertFalse(isAwake(), "input that the driver's end does not want");
            }
            assertTrue(isAwake());
            settle(link, console);
            assertFalse(isAwake(), "the end of a client that was seen");
            try (UnixSocket next = UnixSocket.connect(path, UnixSocket.Type.STREAM))
            {
                assertTrue(isAwake());
                settle(link, console);
                next.send(bytes("kept"), 0, 4, List.of());
                console.port(1).open();
                final byte[] word = new byte[4];
                assertEquals(4, console.port(1).readFully(word, 0, 4));
                assertArrayEquals(bytes("kept"), word);
            }
        }
    }

    @Test
    void shouldKeepNoDescriptorOfAClientAndDropOneThatPassesTooMany() throws Exception
    {
        final Path path = directory.resolve("s");
        try (SocketPort port = new SocketPort(UnixSocket.listen(path, UnixSocket.Type.STREAM));
            Fd file = Memfd.create("passed", 4096);
            UnixSocket client = UnixSocket.connect(path, UnixSocket.Type.STREAM))
        {
            port.poll();
            client.send(bytes("a"), 0, 1, Collections.nCopies(64, file));
            assertEquals(1, port.read(buffer));
            assertTrue(port.isOpen());
            client.send(bytes("b"), 0, 1, List.of());
            assertEquals(1, port.read(buffer));
        }
    }

    private ConsoleDevice twoPorts(final ConsolePort second)
    {
        final ConsoleDevice device = new ConsoleDevice(2, 64);
        device.addPort(1, "socket", false, second);
        return device;
    }

    private static ConsoleDriver driver(final Linked link)
    {
        return new ConsoleDriver(
            link.transport(), link.dma(), link.waiting(LONG_MS), 32, 1, ConsoleDriver.USUAL_RING);
    }

    private static void settle(final Linked link, final ConsoleDriver console)
    {
        for (int i = 0; i < 20; i++)
        {
            link.settle();
            console.doWork();
        }
    }

    private boolean isAwake()
    {
        return 0 < poller.poll(0);
    }

    private Path pipe(final String name) throws IOException, InterruptedException
    {
        final Path path = directory.resolve(name);
        assertEquals(0, new ProcessBuilder("mkfifo", path.toString()).start().waitFor());
        return path;
    }

    private static byte[] bytes(final String text)
    {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
