/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.transport.vhostuser;

import io.bouncedma.os.Errno;
import io.bouncedma.os.ErrnoException;
import io.bouncedma.os.UnixSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SocketEndTest
{
    private static final int MOST = 64;

    @TempDir
    private Path directory;

    /** A peer that listens and accepts nobody is one that is not there yet: who connects does not wait for it. */
    @Test
    void shouldComeBackToAListenerThatIsBusy()
    {
        final Path path = directory.resolve("s");
        final List<UnixSocket> others = new ArrayList<>();
        try (UnixSocket listener = UnixSocket.listen(path, UnixSocket.Type.STREAM);
            SocketEnd end = SocketEnd.connect(path))
        {
            fill(path, others);
            assertNull(end.tryOpen());
            for (final UnixSocket ignored : others)
            {
                listener.accept().close();
            }
            UnixSocket opened = end.tryOpen();
            while (null == opened)
            {
                opened = end.tryOpen();
            }
            opened.close();
        }
        finally
        {
            others.forEach(UnixSocket::close);
        }
    }

    /** When it is made, and not by the thread that is to work, later. */
    @Test
    void shouldRefuseAPathThatNoSocketCanHave()
    {
        final Path path = directory.resolve("s".repeat(100));
        assertThrows(IllegalArgumentException.class, () -> VhostUserBackend.connect(path, new EchoDevice()));
        assertThrows(IllegalArgumentException.class, () -> VhostUserBackend.listen(path, new EchoDevice()));
    }

    /** Somebody listens there, however busy: the socket file is not stale. */
    @Test
    void shouldNotTakeTheFileOfAListenerThatIsBusy()
    {
        final Path path = directory.resolve("s");
        final List<UnixSocket> others = new ArrayList<>();
        try (UnixSocket listener = UnixSocket.listen(path, UnixSocket.Type.STREAM))
        {
            fill(path, others);
            assertEquals(Errno.EADDRINUSE, assertThrows(ErrnoException.class, () -> SocketEnd.listen(path)).errno());
            assertTrue(listener.fd().isOpen());
        }
        finally
        {
            others.forEach(UnixSocket::close);
        }
        final SocketEnd next = SocketEnd.listen(path);
        assertTrue(next.fd().isOpen());
        next.close();
        assertNull(next.fd());
        assertFalse(path.toFile().exists());
    }

    private static void fill(final Path path, final List<UnixSocket> others)
    {
        assertThrows(ErrnoException.class, () ->
        {
            while (others.size() < MOST)
            {
                others.add(UnixSocket.connect(path, UnixSocket.Type.STREAM));
            }
        });
    }
}
