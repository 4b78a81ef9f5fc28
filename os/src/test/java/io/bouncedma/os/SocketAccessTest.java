/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import io.bouncedma.os.testing.OtherUser;
import io.bouncedma.os.testing.Umask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Who may connect to a socket.
 */
final class SocketAccessTest
{
    private static final int EACCES = 13;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {0000, 0022, 0077, 0777})
    void shouldBeTheOwnersAloneWhateverTheUmaskIs(final int mask) throws IOException
    {
        try (Umask umask = new Umask(mask);
            UnixSocket stream = UnixSocket.listen(path("stream"), UnixSocket.Type.STREAM);
            UnixSocket packet = UnixSocket.listen(path("packet"), UnixSocket.Type.SEQPACKET);
            UnixDatagram datagram = UnixDatagram.bind(path("datagram"), path("peer")))
        {
            for (final String name : List.of("stream", "packet", "datagram"))
            {
                assertEquals("rw-------", mode(path(name)), name);
            }
            assertTrue(null != umask && stream.fd().isOpen() && packet.fd().isOpen() && datagram.fd().isOpen());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0000, 0077})
    void shouldBeForWhomIsSaid(final int mask) throws IOException
    {
        final SocketAccess access = new SocketAccess(0662, group());
        try (Umask umask = new Umask(mask);
            UnixSocket stream = UnixSocket.listen(path("stream"), UnixSocket.Type.STREAM, access);
            UnixDatagram datagram = UnixDatagram.bind(path("datagram"), path("peer"), access))
        {
            for (final String name : List.of("stream", "datagram"))
            {
                assertEquals("rw-rw--w-", mode(path(name)), name);
                assertEquals(group(), attributes(path(name)).group(), name);
            }
            assertTrue(null != umask && stream.fd().isOpen() && datagram.fd().isOpen());
        }
    }

    /** While it has a name already, and before it listens. */
    @Test
    void shouldBeNobodysWhileItIsMade() throws IOException
    {
        final List<String> seen = new ArrayList<>();
        try (Umask umask = new Umask(0);
            UnixDatagram socket = UnixDatagram.bind(path("other"), path("peer")))
        {
            assertTrue(null != umask);
            SocketFile.create(path("s"), socket.fd(), new SocketAccess(0666, null),
                (at) -> seen.add("bound " + mode(bound(at, socket))), (at) -> seen.add("opened " + mode(at))).delete();
        }
        assertEquals(List.of("bound rw-------", "opened rw-rw-rw-"), seen);
    }

    /** A file for the name, made as Linux makes that of a socket: with the socket's mode. */
    private static Path bound(final Path at, final UnixDatagram socket)
    {
        try
        {
            final int mode = (int)Files.getAttribute(Path.of("/proc/self/fd/" + socket.fd().value()), "unix:mode");
            Files.createFile(at);
            Files.setAttribute(at, "unix:mode", mode & 0777);
            return at;
        }
        catch (final IOException e)
        {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldKeepAnotherUserOut()
    {
        if (!OtherUser.canBe())
        {
            // Without root nobody can be another one; that the modes are right is held above.
            return;
        }
        opened(directory);
        try (Umask umask = new Umask(0);
            UnixSocket ours = UnixSocket.listen(path("ours"), UnixSocket.Type.STREAM);
            UnixSocket all = UnixSocket.listen(path("all"), UnixSocket.Type.STREAM, new SocketAccess(0666, null)))
        {
            assertTrue(null != umask && ours.fd().isOpen() && all.fd().isOpen());
            assertEquals(EACCES, OtherUser.call(() -> assertThrows(
                ErrnoException.class, () -> UnixSocket.connect(path("ours"), UnixSocket.Type.STREAM)).errno()));
            OtherUser.call(() ->
            {
                UnixSocket.connect(path("all"), UnixSocket.Type.STREAM).close();
                return null;
            });
        }
    }

    @Test
    void shouldSayThatAGroupCanNotBeGiven()
    {
        if (!OtherUser.canBe())
        {
            return;
        }
        opened(directory);
        final ErrnoException e = OtherUser.call(() -> assertThrows(ErrnoException.class, () ->
            UnixSocket.listen(path("s"), UnixSocket.Type.STREAM, new SocketAccess(0660, group()))));
        assertEquals(Errno.EPERM, e.errno());
        assertTrue(e.getMessage().contains("access=0660 of group " + group().getName()), e.getMessage());
        assertTrue(e.getMessage().contains("user is to be in that group"), e.getMessage());
        assertFalse(Files.exists(path("s")));
    }

    @Test
    void shouldRefuseWhatIsNoMode()
    {
        assertThrows(IllegalArgumentException.class, () -> new SocketAccess(01000, null));
        assertThrows(IllegalArgumentException.class, () -> new SocketAccess(-1, null));
    }

    private Path path(final String name)
    {
        return directory.resolve(name);
    }

    /** Root's own for whoever is not root: the group that this process is in anyway. */
    private GroupPrincipal group()
    {
        try
        {
            return OtherUser.canBe() ?
                FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByGroupName("7") :
                attributes(directory).group();
        }
        catch (final IOException e)
        {
            throw new AssertionError(e);
        }
    }

    /** The directory, and those that it is in, let others in. */
    private static void opened(final Path directory)
    {
        try
        {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        }
        catch (final IOException e)
        {
            throw new AssertionError(e);
        }
    }

    private static String mode(final Path path)
    {
        return PosixFilePermissions.toString(attributes(path).permissions());
    }

    private static PosixFileAttributes attributes(final Path path)
    {
        try
        {
            return Files.readAttributes(path, PosixFileAttributes.class);
        }
        catch (final IOException e)
        {
            throw new AssertionError(e);
        }
    }
}
