/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Descriptors that a user of the library opens, or has from elsewhere.
 */
final class FdTest
{
    private static final int F_DUPFD = 0;
    private static final int EACCES = 13;
    /** As fdinfo has it, in octal ({@code proc(5)}). */
    private static final long O_CLOEXEC = 02000000;
    private static final long O_ACCMODE = 3;

    @TempDir
    private Path directory;

    @Test
    void shouldOpenForWhatIsAsked() throws IOException
    {
        final Path path = Files.write(directory.resolve("file"), new byte[3 * Mapping.PAGE_SIZE]);
        try (Fd reader = Fd.open(path, Access.READ_ONLY); Fd writer = Fd.open(path, Access.READ_WRITE, OpenFlag.SYNC))
        {
            assertEquals(0, flags(reader) & O_ACCMODE);
            assertEquals(2, flags(writer) & O_ACCMODE);
            for (final Fd fd : List.of(reader, writer))
            {
                assertEquals(O_CLOEXEC, flags(fd) & O_CLOEXEC);
                assertEquals(3L * Mapping.PAGE_SIZE, fd.size());
                assertTrue(fd.hasLength());
            }
            assertEquals(OpenFile.O_SYNC, flags(writer) & OpenFile.O_SYNC);
            final ErrnoException e = assertThrows(ErrnoException.class,
                () -> Mapping.map(reader, Mapping.PAGE_SIZE, Access.READ_WRITE));
            assertEquals(EACCES, e.errno());
        }
    }

    @Test
    void shouldOpenInTheWayThatIsAsked() throws IOException
    {
        final Path path = directory.resolve("new");
        Fd.open(path, Access.READ_WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE).close();
        assertEquals("rw-------", PosixFilePermissions.toString(
            Files.getPosixFilePermissions(path)));
        final ErrnoException again = assertThrows(ErrnoException.class,
            () -> Fd.open(path, Access.READ_WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE));
        assertTrue(again.getMessage().contains(path.toString()), again.getMessage());
        assertTrue(again.getMessage().contains("EXCLUSIVE"), again.getMessage());
        final Path link = Files.createSymbolicLink(directory.resolve("link"), path);
        Fd.open(link, Access.READ_ONLY).close();
        assertThrows(ErrnoException.class, () -> Fd.open(link, Access.READ_ONLY, OpenFlag.NO_FOLLOW));
    }

    @Test
    void shouldKnowNoLengthOfADevice()
    {
        try (Fd zero = Fd.open(Path.of("/dev/zero"), Access.READ_WRITE, OpenFlag.NON_BLOCKING))
        {
            assertFalse(zero.hasLength());
        }
    }

    @Test
    void shouldAdoptWhatIsOpenAndKeepItFromChildren() throws IOException
    {
        try (Fd file = Memfd.create("adopted", Mapping.PAGE_SIZE))
        {
            final int number = file.control(F_DUPFD, 0, "F_DUPFD");
            final Fd adopted = Fd.adopt(number, "mine");
            assertEquals(O_CLOEXEC, flags(adopted) & O_CLOEXEC);
            assertEquals(Mapping.PAGE_SIZE, adopted.size());
            adopted.close();
            final ErrnoException e = assertThrows(ErrnoException.class, () -> Fd.adopt(number, "mine"));
            assertTrue(e.getMessage().contains("mine"), e.getMessage());
            assertThrows(IllegalArgumentException.class, () -> Fd.adopt(-1, "none"));
        }
    }

    private static long flags(final Fd fd) throws IOException
    {
        return Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd.value())).stream()
            .filter((line) -> line.startsWith("flags:"))
            .mapToLong((line) -> Long.parseLong(line.substring("flags:".length()).strip(), 8))
            .findFirst().orElseThrow();
    }
}
