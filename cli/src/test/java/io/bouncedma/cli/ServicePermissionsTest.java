/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.UnixDatagram;
import io.bouncedma.os.UnixSocket;
import io.bouncedma.os.testing.OtherUser;
import io.bouncedma.transport.msgq.emulation.EmulatedVm;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What another local user can do with the files of services, whatever the umask is: nothing. Where this process may not
 * become another user the modes alone are looked at.
 */
final class ServicePermissionsTest
{
    private static final String ALL = "rwxrwxrwx";
    private static final int EACCES = 13;
    /** Of nobody here. */
    private static final int OTHER_GROUP = 12_345;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"000", "077"})
    void shouldKeepAnotherUserOutOfABackEnd(final String umask) throws Exception
    {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(ALL));
        final Map<String, String> expected = new TreeMap<>(Map.of(
            "counters", "rw-------", "console.sock", "rw-------", "port", "rw-------"));
        try (ServiceProcess service = new ServiceProcess(directory, "serve", "console",
            "--vhost-user", path("console.sock"), "--port", path("port"), "--counters", path("counters"))
            .umask(umask).start().awaitReady())
        {
            DemoProcess.awaitTrue("counters", () -> Files.exists(directory.resolve("counters")));
            assertEquals(expected, modes("console.sock", "port", "counters"));
            if (OtherUser.canBe())
            {
                assertCanNotConnect("console.sock", UnixSocket.Type.STREAM);
                assertCanNotConnect("port", UnixSocket.Type.STREAM);
                assertCanNotRead(directory.resolve("counters"));
                assertCanNotRead(Path.of("/proc/" + service.pid() + "/environ"));
            }
            service.signal("TERM");
            assertEquals(0, service.exitCode(), service::errors);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"000", "077"})
    void shouldKeepAnotherUserOutOfACable(final String umask) throws Exception
    {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(ALL));
        final Object group = OtherUser.canBe() ? OTHER_GROUP : Files.getAttribute(directory, "unix:gid");
        try (ServiceProcess service = new ServiceProcess(directory, "serve", "net", "--vhost-user", path("net.sock"),
            "--datagram", path("cable"), "--peer", path("peer"), "--socket-mode", "0606", "--socket-group",
            group.toString()).umask(umask).start().awaitReady())
        {
            assertEquals(group, Files.getAttribute(directory.resolve("net.sock"), "unix:gid"));
            assertEquals(group, Files.getAttribute(directory.resolve("cable"), "unix:gid"));
            assertEquals(new TreeMap<>(Map.of("cable", "rw----rw-", "net.sock", "rw----rw-")),
                modes("net.sock", "cable"), service::errors);
            assertEquals("rwx------", mode(scratch()));
            if (OtherUser.canBe())
            {
                // Somebody said that everybody may connect; counters are for nobody else even so.
                assertTrue(canSend("cable"));
                Files.setPosixFilePermissions(directory.resolve("cable"), PosixFilePermissions.fromString("rw-------"));
                assertFalse(canSend("cable"));
                OtherUser.call(() ->
                {
                    UnixSocket.connect(directory.resolve("net.sock"), UnixSocket.Type.STREAM).close();
                    return null;
                });
                assertCanNotRead(scratch().resolve(InspectCommand.FILE_NAME));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"000", "077"})
    void shouldKeepAnotherUserOutOfAHypervisorAndItsMemory(final String umask) throws Exception
    {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(ALL));
        final Path vms = directory.resolve("vms");
        try (ServiceProcess service = new ServiceProcess(directory, "hypervisor", "--dir", vms.toString())
            .umask(umask).start().awaitReady();
            EmulatedVm vm = EmulatedVm.connect(vms.resolve("secondary.sock")))
        {
            assertTrue(vm.poolLength() > 0);
            assertEquals("rwx------", mode(vms));
            assertEquals(new TreeMap<>(Map.of("vms/primary.sock", "rw-------", "vms/secondary.sock", "rw-------")),
                modes("vms/primary.sock", "vms/secondary.sock"));
            if (OtherUser.canBe())
            {
                assertCanNotConnect("vms/primary.sock", UnixSocket.Type.SEQPACKET);
                // Even where the directory is open, as one may be that was there before.
                Files.setPosixFilePermissions(vms, PosixFilePermissions.fromString(ALL));
                assertCanNotConnect("vms/primary.sock", UnixSocket.Type.SEQPACKET);
                assertCanNotRead(memory(service.pid()));
            }
        }
    }

    private void assertCanNotConnect(final String socket, final UnixSocket.Type type)
    {
        assertEquals(EACCES, OtherUser.call(() -> assertThrows(
            ErrnoException.class, () -> UnixSocket.connect(directory.resolve(socket), type))).errno());
    }

    private static void assertCanNotRead(final Path file)
    {
        assertTrue(Files.exists(file, LinkOption.NOFOLLOW_LINKS), file::toString);
        OtherUser.call(() -> assertThrows(AccessDeniedException.class, () -> Files.readAllBytes(file)));
    }

    private boolean canSend(final String to)
    {
        return OtherUser.call(() ->
        {
            try (UnixDatagram sender = UnixDatagram.bind(directory.resolve("sender"), directory.resolve(to));
                Arena arena = Arena.ofConfined())
            {
                return UnixDatagram.REFUSED != sender.send(arena.allocate(64), 0, 64);
            }
        });
    }

    /** The window of the VMs, by the descriptor that the process has of it. */
    private static Path memory(final long pid) throws IOException
    {
        try (Stream<Path> fds = Files.list(Path.of("/proc/" + pid + "/fd")))
        {
            return fds.filter((fd) -> target(fd).startsWith("/memfd:")).findFirst().orElseThrow();
        }
    }

    private static String target(final Path link)
    {
        try
        {
            return Files.readSymbolicLink(link).toString();
        }
        catch (final IOException e)
        {
            return "";
        }
    }

    private Path scratch() throws IOException
    {
        try (Stream<Path> files = Files.list(directory))
        {
            return files.filter(
                (file) -> file.getFileName().toString().startsWith(ScratchDirectory.PREFIX)).findFirst().orElseThrow();
        }
    }

    private Map<String, String> modes(final String... names) throws IOException
    {
        final Map<String, String> modes = new TreeMap<>();
        for (final String name : names)
        {
            modes.put(name, mode(directory.resolve(name)));
        }
        return modes;
    }

    private static String mode(final Path path) throws IOException
    {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private String path(final String name)
    {
        return directory.resolve(name).toString();
    }
}
