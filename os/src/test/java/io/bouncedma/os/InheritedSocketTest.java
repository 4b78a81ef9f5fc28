/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import io.bouncedma.os.testing.SocketActivator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Sockets that were there when the process started. They are made here, and each gets a second owner.
 */
final class InheritedSocketTest
{
    private static final int AF_INET = 2;
    private static final int SOCK_STREAM = 1;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource
    void shouldServeWhoConnectsAndLeaveTheFile(final UnixSocket.Type type) throws IOException
    {
        final Path path = directory.resolve("s");
        final int descriptor = SocketActivator.listen(directive(type), path);
        try (Fd manager = Fd.of(descriptor, "manager").duplicate())
        {
            assertTrue(manager.isOpen());
            try (InheritedSocket inherited = InheritedSocket.take(descriptor))
            {
                assertEquals(path, inherited.path());
                assertEquals(type, inherited.type());
                assertNull(inherited.socket().accept(), "nobody knocked: it does not wait");
                try (UnixSocket client = UnixSocket.connect(path, type);
                    UnixSocket accepted = inherited.socket().accept())
                {
                    assertNotNull(accepted);
                    assertTrue(client.fd().isOpen());
                }
            }
            assertEquals(Errno.EBADF,
                assertThrows(ErrnoException.class, () -> InheritedSocket.take(descriptor)).errno(), "it is closed");
            assertTrue(Files.exists(path));
            UnixSocket.connect(path, type).close();
        }
    }

    @Test
    void shouldNotBeAChilds() throws IOException
    {
        try (InheritedSocket inherited = InheritedSocket.take(
            SocketActivator.listen("ListenStream", directory.resolve("s"))))
        {
            final String flags = Files.readString(Path.of("/proc/self/fdinfo/" + inherited.descriptor())).lines()
                .filter((line) -> line.startsWith("flags:")).findFirst().orElseThrow();
            // O_CLOEXEC and O_NONBLOCK, octal.
            assertTrue((Integer.parseInt(flags.replaceAll("\\D", ""), 8) & 02004000) == 02004000, flags);
        }
    }

    @Test
    void shouldRefuseWhatDoesNotListen() throws IOException
    {
        try (UnixSocket made = UnixSocket.listen(directory.resolve("s"), UnixSocket.Type.STREAM);
            UnixSocket connected = UnixSocket.connect(directory.resolve("s"), UnixSocket.Type.STREAM);
            UnixDatagram datagram = UnixDatagram.bind(directory.resolve("d"), directory.resolve("peer"));
            EventFd event = EventFd.create("event"))
        {
            assertTrue(made.fd().isOpen());
            assertTrue(assertThrows(IllegalArgumentException.class, () -> InheritedSocket.take(connected.fd().value()))
                .getMessage().contains("it does not listen for connections"));
            assertTrue(assertThrows(IllegalArgumentException.class, () -> InheritedSocket.take(datagram.fd().value()))
                .getMessage().contains("it does not listen for connections"));
            assertEquals(Errno.ENOTSOCK, assertThrows(
                ErrnoException.class, () -> InheritedSocket.take(event.fd().value())).errno());
            assertEquals(Errno.EBADF, assertThrows(ErrnoException.class, () -> InheritedSocket.take(9999)).errno());
        }
    }

    @Test
    void shouldRefuseAnotherFamily() throws Throwable
    {
        final MethodHandle socket = Native.link("socket", Native.INT, Native.INT, Native.INT, Native.INT);
        try (Fd inet = Fd.of((int)socket.invokeExact(Native.state(), AF_INET, SOCK_STREAM, 0), "inet"))
        {
            assertTrue(assertThrows(IllegalArgumentException.class, () -> InheritedSocket.take(inet.value()))
                .getMessage().contains("it is no Unix socket"));
        }
    }

    private static String directive(final UnixSocket.Type type)
    {
        return UnixSocket.Type.STREAM == type ? "ListenStream" : "ListenSequentialPacket";
    }
}
