/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import io.bouncedma.os.TestLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class PeerProcessTest
{
    private static final int LIMIT_S = TestLimits.seconds(60);

    @TempDir
    private Path directory;

    @Test
    void shouldNameThePackageOfAProgramThatIsMissing()
    {
        final AssertionError error = assertThrows(AssertionError.class, () -> PeerProcess.start("peer", "some-package",
            directory, Map.of(), List.of("no-such-program-anywhere"), PeerProcess::pid));
        assertEquals("can not start no-such-program-anywhere: install the Debian package some-package " +
            "(.ci/peer-packages)", error.getMessage());
    }

    @Test
    void shouldNameThePackageOfAProgramThatDoesNotGetReady()
    {
        final AssertionError error = assertThrows(AssertionError.class, () -> PeerProcess.start("peer", "some-package",
            directory, Map.of(), List.of("sh", "-c", "exit 127"), (peer) -> peer.expect("ready", LIMIT_S)));
        assertTrue(error.getMessage().startsWith("peer (Debian package some-package, pid "), error.getMessage());
    }

    @Test
    void shouldTakeWhatComesBeforeEachText() throws Exception
    {
        try (PeerProcess peer = shell("while read -r line; do printf 'got %s> ' \"$line\"; done"))
        {
            peer.send("one");
            assertEquals("got one", peer.expect("> ", LIMIT_S));
            peer.send("two");
            peer.send("three");
            assertEquals("got two", peer.expect("> ", LIMIT_S));
            assertEquals("got three", peer.expect("> ", LIMIT_S));
        }
    }

    @Test
    void shouldFindWhatWasPrintedJustBeforeTheEnd() throws Exception
    {
        try (PeerProcess peer = shell("echo last word"))
        {
            assertEquals("last ", peer.expect("word", LIMIT_S));
        }
    }

    @Test
    void shouldTellWhatAProcessSaidThatEnded() throws Exception
    {
        try (PeerProcess peer = shell("echo hello; echo no disk >&2; exit 4"))
        {
            final String message =
                assertThrows(AssertionError.class, () -> peer.expect("ready", LIMIT_S)).getMessage();
            assertEquals("peer (Debian package dash, pid " + peer.pid() + "): ended with exit code 4 before 'ready'\n" +
                "-- printed:\nup\nhello\n\n-- errors:\nno disk\n", message);
        }
    }

    @Test
    void shouldTellWhatAProcessSaidThatIsSilentNow() throws Exception
    {
        try (PeerProcess peer = shell("echo hello; read -r line"))
        {
            peer.expect("hello", LIMIT_S);
            final String message = assertThrows(AssertionError.class, () -> peer.expect("ready", 0)).getMessage();
            assertTrue(message.contains("no 'ready' within 0 s"), message);
            assertTrue(message.contains("hello"), message);
        }
    }

    @Test
    void shouldSeeASocketListenAndNotConnect() throws Exception
    {
        final Path path = directory.resolve("peer.sock");
        try (PeerProcess peer = shell("read -r line");
            ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX))
        {
            assertThrows(AssertionError.class, () -> peer.awaitListening(path, 0));
            server.bind(UnixDomainSocketAddress.of(path));
            server.configureBlocking(false);
            assertThrows(AssertionError.class, () -> peer.awaitListening(directory.resolve("er.sock"), 0));
            peer.awaitListening(path, LIMIT_S);
            assertNull(server.accept());
        }
    }

    @Test
    void shouldNotTakeAConnectionForASocketThatListens() throws Exception
    {
        final Path path = directory.resolve("peer.sock");
        final SocketChannel client;
        final SocketChannel accepted;
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX))
        {
            server.bind(UnixDomainSocketAddress.of(path));
            client = SocketChannel.open(UnixDomainSocketAddress.of(path));
            accepted = server.accept();
        }
        try (client;
            accepted;
            PeerProcess peer = shell("read -r line"))
        {
            assertThrows(AssertionError.class, () -> peer.awaitListening(path, 0));
        }
    }

    private PeerProcess shell(final String script) throws Exception
    {
        return PeerProcess.start("peer", "dash", directory, Map.of(), List.of("sh", "-c", "echo up; " + script),
            (peer) -> peer.expect("up\n", LIMIT_S));
    }
}
