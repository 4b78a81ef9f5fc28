/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a service manager hears.
 */
final class NotifySocketTest
{
    private static final MethodHandle SOCKET =
        Native.link("socket", Native.INT, Native.INT, Native.INT, Native.INT);
    private static final MethodHandle BIND =
        Native.link("bind", Native.INT, Native.INT, Native.POINTER, Native.INT);
    private static final MethodHandle RECV =
        Native.link("recv", Native.LONG, Native.INT, Native.POINTER, Native.LONG, Native.INT);
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int MSG_DONTWAIT = 0x40;

    @TempDir
    private Path directory;

    @Test
    void shouldBeHeardAtAPath()
    {
        final Path path = directory.resolve("notify");
        try (UnixDatagram manager = UnixDatagram.bind(path, directory.resolve("nobody"));
            NotifySocket socket = NotifySocket.to(path.toString()))
        {
            socket.send("READY=1\nSTATUS=größer");
            socket.send("STOPPING=1");
            assertEquals("READY=1\nSTATUS=größer", received(manager));
            assertEquals("STOPPING=1", received(manager));
        }
    }

    @Test
    void shouldBeHeardAtAnAbstractName() throws Throwable
    {
        final String name = "bounce-dma-test-" + ProcessHandle.current().pid();
        try (Arena arena = Arena.ofConfined();
            Fd manager = Fd.of((int)SOCKET.invokeExact(
                Native.state(), SocketAddress.AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "manager");
            NotifySocket socket = NotifySocket.to("@" + name))
        {
            assertEquals(Errno.ECONNREFUSED,
                assertThrows(ErrnoException.class, () -> socket.send("READY=1")).errno(), "nobody is there yet");
            // As bind(2) is called by others: the length is that of the name.
            final MemorySegment address = arena.allocate(3L + name.length());
            address.set(Native.SHORT, 0, (short)SocketAddress.AF_UNIX);
            MemorySegment.copy(name.getBytes(StandardCharsets.UTF_8), 0, address, Native.BYTE, 3, name.length());
            assertEquals(0, (int)BIND.invokeExact(
                Native.state(), manager.value(), address, (int)address.byteSize()));
            socket.send("READY=1");
            final MemorySegment bytes = arena.allocate(256);
            final long length = (long)RECV.invokeExact(
                Native.state(), manager.value(), bytes, bytes.byteSize(), MSG_DONTWAIT);
            assertEquals("READY=1", text(bytes, length));
        }
    }

    /** The kernel keeps some datagrams for it, {@code net.unix.max_dgram_qlen}. */
    @Test
    void shouldNotWaitForAManagerThatDoesNotRead()
    {
        final Path path = directory.resolve("notify");
        try (UnixDatagram manager = UnixDatagram.bind(path, directory.resolve("nobody"));
            NotifySocket socket = NotifySocket.to(path.toString()))
        {
            while (socket.trySend("WATCHDOG=1"))
            {
                Thread.onSpinWait();
            }
            assertEquals("WATCHDOG=1", received(manager));
            assertTrue(socket.trySend("WATCHDOG=1"));
        }
    }

    /** A heartbeat does not wait even as long as an order does. */
    @Test
    void shouldWaitOnlyToSayWhatHasToBeSaid() throws InterruptedException
    {
        final Path path = directory.resolve("notify");
        try (UnixDatagram manager = UnixDatagram.bind(path, directory.resolve("nobody"));
            NotifySocket order = NotifySocket.to(path.toString(), TestLimits.seconds(60));
            NotifySocket heartbeat = NotifySocket.to(path.toString(), TestLimits.seconds(60)))
        {
            while (order.trySend("WATCHDOG=1"))
            {
                Thread.onSpinWait();
            }
            final Thread waiting = new Thread(() -> order.send("STOPPING=1"));
            waiting.start();
            assertFalse(heartbeat.trySend("WATCHDOG=1"));
            assertTrue(waiting.isAlive());
            String last = received(manager);
            waiting.join();
            while (!last.startsWith("STOPPING"))
            {
                last = received(manager);
            }
        }
    }

    @Test
    void shouldSayThatAManagerReadsNothing() throws InterruptedException
    {
        final Path path = directory.resolve("notify");
        try (UnixDatagram manager = UnixDatagram.bind(path, directory.resolve("nobody"));
            NotifySocket socket = NotifySocket.to(path.toString(), 1))
        {
            while (socket.trySend("WATCHDOG=1"))
            {
                Thread.onSpinWait();
            }
            final List<String> said = new ArrayList<>();
            // By another thread: it would wait for ever without its limit.
            final Thread sender = new Thread(() ->
                said.add(assertThrows(ErrnoException.class, () -> socket.send("STOPPING=1")).getMessage()));
            sender.setDaemon(true);
            sender.start();
            sender.join(TestLimits.millis(60_000));
            assertFalse(sender.isAlive());
            assertTrue(said.getFirst().contains("the manager reads nothing"), said::toString);
            assertEquals("WATCHDOG=1", received(manager));
        }
    }

    @Test
    void shouldSayThatNobodyIsThere()
    {
        try (NotifySocket socket = NotifySocket.to(directory.resolve("nobody").toString()))
        {
            final ErrnoException e = assertThrows(ErrnoException.class, () -> socket.send("READY=1"));
            assertEquals(Errno.ENOENT, e.errno());
            assertTrue(e.getMessage().contains("nobody"), e.getMessage());
            // There is no room, either, but there never will be.
            assertEquals(Errno.ENOENT,
                assertThrows(ErrnoException.class, () -> socket.trySend("WATCHDOG=1")).errno());
        }
    }

    /** It would speak for this process. */
    @Test
    void shouldNotBeAChilds() throws IOException
    {
        final List<String> before = keptByChildren();
        try (NotifySocket socket = NotifySocket.to(directory.resolve("nobody").toString()))
        {
            assertNotNull(socket);
            assertEquals(before, keptByChildren());
        }
    }

    /** Sockets without O_CLOEXEC, which is octal in proc_pid_fdinfo(5). */
    private static List<String> keptByChildren() throws IOException
    {
        final List<String> kept = new ArrayList<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd")))
        {
            for (final Path descriptor : descriptors)
            {
                final String socket = Files.readSymbolicLink(descriptor).toString();
                final Path info = Path.of("/proc/self/fdinfo").resolve(descriptor.getFileName());
                if (socket.startsWith("socket:") && (Integer.parseInt(Files.readString(info).lines()
                    .filter((line) -> line.startsWith("flags:")).findFirst().orElseThrow()
                    .replaceAll("\\D", ""), 8) & 02000000) == 0)
                {
                    kept.add(socket);
                }
            }
        }
        return kept;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "notify", "./notify", "vsock:2:1234", "@"})
    void shouldRefuseWhatIsNoAddress(final String address)
    {
        assertThrows(IllegalArgumentException.class, () -> NotifySocket.to(address));
        assertThrows(IllegalArgumentException.class, () -> NotifySocket.to("/" + "d".repeat(107)));
        assertThrows(IllegalArgumentException.class, () -> NotifySocket.to("@" + "d".repeat(108)));
    }

    private static String received(final UnixDatagram manager)
    {
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment bytes = arena.allocate(256);
            final int length = manager.receive(bytes, 0);
            return text(bytes, length);
        }
    }

    private static String text(final MemorySegment bytes, final long length)
    {
        assertTrue(length > 0);
        return new String(bytes.asSlice(0, length).toArray(Native.BYTE), StandardCharsets.UTF_8);
    }
}
