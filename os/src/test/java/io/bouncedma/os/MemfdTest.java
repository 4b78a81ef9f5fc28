/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class MemfdTest
{
    /** More than a pipe holds. */
    private static final int LARGE = 1 << 20;
    private static final int PAGE = Mapping.PAGE_SIZE;

    @Test
    void shouldKeepItsSize() throws IOException
    {
        try (Fd fd = Memfd.create("sealed", PAGE);
            RandomAccessFile file = new RandomAccessFile("/proc/self/fd/" + fd.value(), "rw"))
        {
            assertEquals(PAGE, fd.size());
            assertThrows(IOException.class, () -> file.setLength(0));
            assertThrows(IOException.class, () -> file.setLength(2 * PAGE));
            assertEquals(PAGE, fd.size());
            Memfd.requireSealed(fd, PAGE);
            final IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> Memfd.requireSealed(fd, PAGE + 1));
            assertTrue(e.getMessage().contains("size=4096, required=4097"), e.getMessage());
        }
    }

    /** Who gets the file could otherwise leave it unmappable for everybody after that. */
    @Test
    void shouldTakeNoFurtherSeal()
    {
        final int[] further = {PassableFds.F_SEAL_WRITE, PassableFds.F_SEAL_FUTURE_WRITE};
        try (Fd window = Memfd.create("window", PAGE);
            Fd table = Memfd.createSealable("table", PAGE))
        {
            Memfd.sealAgainstOtherWriters(table);
            for (final Fd fd : List.of(window, table))
            {
                for (final int seal : further)
                {
                    assertEquals(Errno.EPERM,
                        assertThrows(ErrnoException.class, () -> PassableFds.seal(fd, seal)).errno());
                }
            }
            Mapping.map(window, PAGE, Access.READ_WRITE).close();
        }
    }

    @Test
    void shouldNameCallArgumentsAndErrno(@TempDir final Path directory)
    {
        final ErrnoException e = assertThrows(ErrnoException.class,
            () -> UnixSocket.connect(directory.resolve("nobody"), UnixSocket.Type.STREAM));
        assertEquals("connect", e.call());
        assertEquals(Errno.ENOENT, e.errno());
        assertTrue(e.getMessage().matches("connect\\(path=.*nobody\\) failed: No such file or directory \\(errno=2\\)"),
            e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Memfd.create("empty", 0));
    }

    @Test
    void shouldRefuseWhatIsNoMemoryFile(@TempDir final Path directory)
    {
        try (UnixSocket listener = UnixSocket.listen(directory.resolve("socket"), UnixSocket.Type.STREAM))
        {
            assertEquals(Errno.EINVAL,
                assertThrows(ErrnoException.class, () -> Memfd.requireSealed(listener.fd(), 1)).errno());
        }
    }

    @Test
    void shouldLetOthersOnlyReadWhatTheOwnerGoesOnWriting()
    {
        try (Fd fd = Memfd.createSealable("table", PAGE);
            Mapping owner = Mapping.map(fd, PAGE, Access.READ_WRITE))
        {
            Memfd.sealAgainstOtherWriters(fd);
            try (Fd readable = Memfd.reopenReadOnly(fd);
                Mapping reader = Mapping.map(readable, PAGE, Access.READ_ONLY))
            {
                assertThrows(ErrnoException.class, () -> Mapping.map(readable, PAGE, Access.READ_WRITE));
                assertThrows(ErrnoException.class, () -> Mapping.map(fd, PAGE, Access.READ_WRITE));
                owner.memory().set(ValueLayout.JAVA_INT, 8, 42);
                assertEquals(42, reader.memory().get(ValueLayout.JAVA_INT, 8));
            }
        }
    }

    @Test
    void shouldPlacePiecesInAnyOrderAndInvalidateThem()
    {
        try (Fd fd = Memfd.create("pieces", 3 * PAGE))
        {
            final Mapping mapping = Mapping.reserve(4 * PAGE);
            final MemorySegment last = mapping.place(0, fd, 2 * PAGE, PAGE, Access.READ_WRITE);
            final MemorySegment first = mapping.place(2 * PAGE, fd, 0, PAGE, Access.READ_WRITE);
            last.set(ValueLayout.JAVA_BYTE, 0, (byte)3);
            first.set(ValueLayout.JAVA_BYTE, 0, (byte)1);
            try (Mapping whole = Mapping.map(fd, 3 * PAGE, Access.READ_WRITE))
            {
                assertEquals(3, whole.memory().get(ValueLayout.JAVA_BYTE, 2 * PAGE));
                assertEquals(1, whole.memory().get(ValueLayout.JAVA_BYTE, 0));
            }
            assertThrows(IllegalArgumentException.class, () -> mapping.place(1, fd, 0, PAGE, Access.READ_WRITE));
            assertThrows(IllegalArgumentException.class, () -> mapping.place(0, fd, 0, 100, Access.READ_WRITE));
            assertThrows(IndexOutOfBoundsException.class,
                () -> mapping.place(4 * PAGE, fd, 0, PAGE, Access.READ_WRITE));
            mapping.close();
            mapping.close();
            assertThrows(IllegalStateException.class, () -> first.get(ValueLayout.JAVA_BYTE, 0));
        }
        assertThrows(IllegalArgumentException.class, () -> Mapping.reserve(0));
        assertThrows(IllegalArgumentException.class, () -> Mapping.reserve(PAGE + 1));
    }

    @Test
    void shouldOwnADescriptorOnce()
    {
        final Fd fd = Memfd.create("owned", PAGE);
        final Fd copy = fd.duplicate();
        fd.close();
        fd.close();
        assertFalse(fd.isOpen());
        assertThrows(IllegalStateException.class, fd::value);
        assertEquals(PAGE, copy.size());
        copy.close();
    }

    @Test
    void shouldCloseAgainAfterANativeCallKeptItOpen() throws Exception
    {
        final Mapping mapping;
        try (Fd fd = Memfd.create("busy", LARGE))
        {
            mapping = Mapping.map(fd, LARGE, Access.READ_WRITE);
        }
        final MemorySegment memory = mapping.memory();
        final Pipe pipe = Pipe.open();
        final Thread writer = new Thread(() ->
        {
            try (Pipe.SinkChannel sink = pipe.sink())
            {
                sink.write(memory.asByteBuffer());
            }
            catch (final IOException e)
            {
                throw new UncheckedIOException(e);
            }
        });
        writer.start();
        try (Pipe.SourceChannel source = pipe.source())
        {
            // Its write has begun, and does not end before somebody reads more than what a pipe holds.
            source.read(ByteBuffer.allocate(1));
            assertThrows(IllegalStateException.class, mapping::close);
            final ByteBuffer rest = ByteBuffer.allocate(LARGE);
            while (source.read(rest) >= 0)
            {
                rest.clear();
            }
        }
        writer.join();
        mapping.close();
        assertThrows(IllegalStateException.class, () -> memory.get(ValueLayout.JAVA_BYTE, 0));
    }
}
