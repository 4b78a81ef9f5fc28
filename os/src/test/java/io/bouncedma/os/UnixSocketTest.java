/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import io.bouncedma.os.testing.OwnThread;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

@ExtendWith(OwnThread.class)
class UnixSocketTest
{
    private static final int MOST_FDS = 64;

    @TempDir
    private Path directory;
    private UnixSocket listener;
    private UnixSocket client;
    private UnixSocket server;
    private final byte[] buffer = new byte[100];

    @BeforeEach
    void connect()
    {
        listener = UnixSocket.listen(directory.resolve("socket"), UnixSocket.Type.SEQPACKET);
        assertNull(listener.accept());
        client = UnixSocket.connect(directory.resolve("socket"), UnixSocket.Type.SEQPACKET);
        server = listener.accept();
    }

    @AfterEach
    void close()
    {
        client.close();
        server.close();
        listener.close();
    }

    @Test
    void shouldNotWaitForAListenerThatTakesNobody()
    {
        final List<UnixSocket> waiting = new ArrayList<>();
        try
        {
            final ErrnoException e = assertThrows(ErrnoException.class, () ->
            {
                while (waiting.size() < 1000)
                {
                    waiting.add(UnixSocket.connect(directory.resolve("socket"), UnixSocket.Type.SEQPACKET));
                }
            });
            assertEquals(Errno.EAGAIN, e.errno());
            listener.accept().close();
            waiting.add(UnixSocket.connect(directory.resolve("socket"), UnixSocket.Type.SEQPACKET));
        }
        finally
        {
            waiting.forEach(UnixSocket::close);
        }
    }

    @Test
    void shouldKeepMessagesApart()
    {
        assertEquals(UnixSocket.WOULD_BLOCK, receive(server, new ArrayList<>()));
        send(client, "one", List.of());
        send(client, "three", List.of());
        assertEquals(3, receive(server, new ArrayList<>()));
        assertEquals(5, receive(server, new ArrayList<>()));
        assertEquals("three", new String(buffer, 0, 5, StandardCharsets.US_ASCII));
        client.close();
        assertEquals(UnixSocket.END_OF_STREAM, receive(server, new ArrayList<>()));
        assertEquals(UnixSocket.END_OF_STREAM, server.send(buffer, 0, 1, List.of()));
    }

    /** Whoever closes it last would wait for an hour. */
    @Test
    void shouldNotLingerOverWhatWasPassed() throws IOException
    {
        final List<UnixSocket> pair = UnixSocket.pair(UnixSocket.Type.STREAM);
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[]{127, 0, 0, 1}));
            UnixSocket sender = pair.getFirst();
            UnixSocket receiver = pair.getLast())
        {
            try (Fd lingering = PassableFds.lingering(listener.getLocalPort()))
            {
                sender.send(new byte[1], 0, 1, List.of(lingering));
            }
            final List<Fd> fds = new ArrayList<>();
            assertEquals(1, receiver.receive(new byte[1], fds));
            fds.getFirst().close();
        }
    }

    @Test
    void shouldNotLingerOverWhatLiesUnread() throws IOException
    {
        final List<UnixSocket> pair = UnixSocket.pair(UnixSocket.Type.STREAM);
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[]{127, 0, 0, 1}));
            UnixSocket sender = pair.getFirst();
            UnixSocket receiver = pair.getLast())
        {
            try (Fd lingering = PassableFds.lingering(listener.getLocalPort()))
            {
                sender.send(new byte[1], 0, 1, List.of(lingering));
                sender.send(new byte[1], 0, 1, List.of(lingering));
            }
            receiver.discardUnread();
            assertEquals(UnixSocket.END_OF_STREAM, sender.send(new byte[1], 0, 1, List.of()));
        }
    }

    /** From Linux 6.16 on; before, whoever receives closes them. */
    @Test
    void shouldLetDescriptorsBeRefused()
    {
        final Path path = directory.resolve("refusing");
        try (UnixSocket refusing = UnixSocket.listen(path, UnixSocket.Type.SEQPACKET))
        {
            final boolean isRefused = refusing.refuseDescriptors();
            try (UnixSocket sender = UnixSocket.connect(path, UnixSocket.Type.SEQPACKET);
                UnixSocket receiver = refusing.accept())
            {
                final List<Fd> fds = new ArrayList<>();
                try
                {
                    sender.send(new byte[1], 0, 1, List.of(sender.fd()));
                    assertFalse(isRefused);
                    receiver.receive(new byte[1], fds);
                    assertEquals(1, fds.size());
                }
                catch (final ErrnoException e)
                {
                    assertEquals(Errno.EPERM, e.errno());
                }
                fds.forEach(Fd::close);
                // What passes none is not touched by it.
                assertEquals(1, sender.send(new byte[1], 0, 1, List.of()));
                assertEquals(1, receiver.receive(new byte[1], fds));
            }
        }
    }

    @Test
    void shouldPassDescriptorsThatWork()
    {
        final List<Fd> received = new ArrayList<>();
        try (Fd memory = Memfd.create("passed", Mapping.PAGE_SIZE);
            EventFd event = EventFd.create("passed"))
        {
            send(client, "x", List.of(memory, event.fd()));
            assertEquals(1, receive(server, received));
            assertEquals(2, received.size());
            assertNotEquals(memory.value(), received.get(0).value());
            try (Mapping mine = Mapping.map(memory, Mapping.PAGE_SIZE, Access.READ_WRITE);
                Mapping theirs = Mapping.map(received.get(0), Mapping.PAGE_SIZE, Access.READ_WRITE);
                EventFd other = EventFd.adopt(received.get(1)))
            {
                theirs.memory().set(ValueLayout.JAVA_INT, 0, 7);
                assertEquals(7, mine.memory().get(ValueLayout.JAVA_INT, 0));
                other.signal();
                other.signal();
                assertEquals(2, event.drain());
                assertEquals(0, event.drain());
            }
        }
        received.get(0).close();
    }

    @Test
    void shouldPassAsManyAsFitAndRefuseMore()
    {
        try (Fd memory = Memfd.create("passed", 1))
        {
            send(client, "x", Collections.nCopies(MOST_FDS, memory));
            final List<Fd> received = new ArrayList<>();
            assertEquals(1, receive(server, received));
            assertEquals(MOST_FDS, received.size());
            received.forEach(Fd::close);
            assertThrows(IllegalArgumentException.class,
                () -> send(client, "x", Collections.nCopies(MOST_FDS + 1, memory)));
        }
    }

    @Test
    void shouldCloseWhatCameWithAMessageThatWasCutOff()
    {
        try (Fd memory = Memfd.create("passed", 1))
        {
            assertEquals(200, client.send(new byte[200], 0, 200, List.of(memory)));
            final List<Fd> received = new ArrayList<>();
            final IllegalStateException e =
                assertThrows(IllegalStateException.class, () -> receive(server, received));
            assertTrue(e.getMessage().contains("message was cut off"), e.getMessage());
            assertEquals(List.of(), received);
        }
    }

    @Test
    void shouldSayThatThePathIsTooLongOrTaken()
    {
        final Path longPath = directory.resolve("x".repeat(120));
        final IllegalArgumentException e = assertThrows(
            IllegalArgumentException.class, () -> UnixSocket.listen(longPath, UnixSocket.Type.STREAM));
        assertTrue(e.getMessage().contains("maximum=107"), e.getMessage());
        assertEquals(Errno.EADDRINUSE, assertThrows(ErrnoException.class,
            () -> UnixSocket.listen(directory.resolve("socket"), UnixSocket.Type.SEQPACKET)).errno());
    }

    @Test
    void shouldPollForDataAndForTheEnd()
    {
        final Poller poller = new Poller();
        poller.add(server.fd());
        assertEquals(0, poller.poll(0));
        assertFalse(poller.isReadable(server.fd()));
        send(client, "x", List.of());
        assertEquals(1, poller.poll(TestLimits.millis(60_000)));
        assertTrue(poller.isReadable(server.fd()));
        assertFalse(poller.isHungUp(server.fd()));
        client.close();
        assertEquals(1, poller.poll(TestLimits.millis(60_000)));
        assertTrue(poller.isHungUp(server.fd()));
        assertThrows(IllegalArgumentException.class, () -> poller.poll(-1));
        assertThrows(IllegalArgumentException.class, () -> poller.isReadable(client.fd()));
        poller.remove(server.fd());
        assertEquals(0, poller.poll(0));
    }

    private static void send(final UnixSocket socket, final String text, final List<Fd> fds)
    {
        final byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        assertEquals(bytes.length, socket.send(bytes, 0, bytes.length, fds));
    }

    private int receive(final UnixSocket socket, final List<Fd> fds)
    {
        return socket.receive(buffer, fds);
    }
}
