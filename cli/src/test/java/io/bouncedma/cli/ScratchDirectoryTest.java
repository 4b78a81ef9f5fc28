/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What is whose among the directories with the usual prefix; {@link DemoIT} kills real owners.
 */
class ScratchDirectoryTest
{
    private final List<Path> made = new ArrayList<>();

    @AfterEach
    void delete() throws IOException
    {
        for (final Path path : made.reversed())
        {
            Files.deleteIfExists(path);
        }
    }

    @Test
    void shouldDeleteItselfAndNothingElseOfThisProcess() throws IOException
    {
        try (ScratchDirectory outer = new ScratchDirectory())
        {
            final Path file = Files.writeString(outer.path().resolve("file"), "text");
            final Path inner;
            try (ScratchDirectory other = new ScratchDirectory())
            {
                inner = other.path();
                Files.writeString(inner.resolve("file"), "text");
            }
            assertFalse(Files.exists(inner));
            assertTrue(Files.exists(file));
        }
    }

    @Test
    void shouldKeepWhatHasNoLockOfAnOwner() throws IOException
    {
        final Path without = directory();
        final Path file = file(without, "file");
        final Path nearly = directory();
        final Path unlocked = file(nearly, "owner.new");
        final Path linked = directory();
        final Path target = file(linked, "target");
        final Path link = linked.resolve("owner.lock");
        made.add(Files.createSymbolicLink(link, target));
        new ScratchDirectory().close();
        assertTrue(Files.exists(file));
        assertTrue(Files.exists(unlocked));
        assertTrue(Files.exists(target));
        assertTrue(Files.exists(link));
    }

    @Test
    void shouldKeepWhatALinkWithTheUsualNameLeadsTo() throws IOException
    {
        final Path elsewhere = Files.createTempDirectory("elsewhere-");
        made.add(elsewhere);
        final Path lock = file(elsewhere, "owner.lock");
        final Path link = elsewhere.resolveSibling(ScratchDirectory.PREFIX + elsewhere.getFileName());
        made.add(Files.createSymbolicLink(link, elsewhere));
        new ScratchDirectory().close();
        assertTrue(Files.exists(lock));
        assertTrue(Files.exists(link));
    }

    @Test
    void shouldDeleteWhatNobodyHasLocked() throws IOException
    {
        final Path dead = directory();
        file(dead, "image");
        file(dead, "owner.lock");
        new ScratchDirectory().close();
        assertFalse(Files.exists(dead));
    }

    @Test
    void shouldKeepTheLockOfWhatItCanNotDelete() throws IOException
    {
        final List<Path> locks = new ArrayList<>();
        // Several, as in which order a directory is listed is its file system's own matter.
        for (int i = 0; i < 8; i++)
        {
            final Path dead = directory();
            final Path inner = Files.createDirectory(dead.resolve("inner-" + i));
            made.add(inner);
            file(inner, "file");
            locks.add(file(dead, "owner.lock"));
        }
        new ScratchDirectory().close();
        for (final Path lock : locks)
        {
            assertTrue(Files.exists(lock), lock.toString());
        }
    }

    @Test
    void shouldSayWhereThereIsNoRoomForTemporaryFiles(@TempDir final Path directory) throws IOException
    {
        final Path missing = directory.resolve("missing");
        final Path notes = Files.writeString(directory.resolve("notes.txt"), "precious");
        for (final Path parent : new Path[]{missing, notes})
        {
            final FailureException e = assertThrows(FailureException.class, () -> new ScratchDirectory(parent).close());
            final String start = "no directory for temporary files can be made in " + parent + ": ";
            assertTrue(e.getMessage().startsWith(start), e.getMessage());
            assertTrue(e.getMessage().endsWith("name another directory by BOUNCE_DMA_JAVA_OPTS=-Djava.io.tmpdir=DIR"),
                e.getMessage());
        }
        // A file system that is full.
        final Path sample = Files.createSymbolicLink(directory.resolve("sample"), Path.of("/dev/full"));
        final FailureException e = assertThrows(FailureException.class, () -> SampleFile.write(sample));
        assertTrue(e.getMessage().startsWith("sample of 64 MiB can not be written to " + sample + ": No space left"),
            e.getMessage());
        Files.delete(sample);
    }

    private Path directory() throws IOException
    {
        final Path path = Files.createTempDirectory(ScratchDirectory.PREFIX);
        made.add(path);
        return path;
    }

    private Path file(final Path in, final String name) throws IOException
    {
        final Path path = Files.writeString(in.resolve(name), "text");
        made.add(path);
        return path;
    }
}
