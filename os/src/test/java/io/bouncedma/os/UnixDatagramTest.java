/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import io.bouncedma.os.testing.OwnThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

@ExtendWith(OwnThread.class)
class UnixDatagramTest
{
    @TempDir
    private Path directory;
    private final MemorySegment bytes = Arena.ofAuto().allocate(100);

    @Test
    void shouldKeepDatagramsApartAndTellTheLengthOfThoseThatWereCutOff()
    {
        try (UnixDatagram one = UnixDatagram.bind(path("one"), path("two"));
            UnixDatagram two = UnixDatagram.bind(path("two"), path("one")))
        {
            assertEquals(UnixDatagram.WOULD_BLOCK, two.receive(bytes, 0));
            bytes.set(Native.BYTE, 10, (byte)42);
            assertEquals(3, one.send(bytes, 10, 3));
            assertEquals(80, one.send(bytes, 0, 80));
            assertEquals(0, one.send(bytes, 0, 0));
            bytes.fill((byte)0);
            assertEquals(3, two.receive(bytes, 50));
            assertEquals(42, bytes.get(Native.BYTE, 50));
            assertEquals(80, two.receive(bytes, 60), "though there was room for 40");
            assertEquals(0, two.receive(bytes, 0));
            assertEquals(UnixDatagram.WOULD_BLOCK, two.receive(bytes, 0));
        }
        assertFalse(Files.exists(path("one")));
    }

    @Test
    void shouldSayThatNobodyIsThereOrHasRoom() throws IOException
    {
        try (UnixDatagram one = UnixDatagram.bind(path("one"), path("two")))
        {
            assertEquals(UnixDatagram.REFUSED, one.send(bytes, 0, 3));
            try (UnixSocket stream = UnixSocket.listen(path("two"), UnixSocket.Type.STREAM))
            {
                assertEquals(UnixDatagram.REFUSED, one.send(bytes, 0, 3), "a socket of another kind: " + stream.fd());
            }
            final UnixDatagram two = UnixDatagram.bind(path("two"), path("one"));
            int sent = 0;
            while (one.send(bytes, 0, 3) > 0)
            {
                sent++;
            }
            assertTrue(sent > 0);
            assertEquals(UnixDatagram.WOULD_BLOCK, one.send(bytes, 0, 3));
            assertEquals(3, two.receive(bytes, 0));
            assertEquals(3, one.send(bytes, 0, 3));
            two.close();
            two.close();
            assertEquals(UnixDatagram.REFUSED, one.send(bytes, 0, 3));
            final ErrnoException e = assertThrows(
                ErrnoException.class, () -> UnixDatagram.bind(path("one"), path("two")));
            assertEquals(Errno.EADDRINUSE, e.errno());
        }
    }

    private Path path(final String name)
    {
        return directory.resolve(name);
    }
}
