/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SparseFileTest
{
    private static final int PAGE = Mapping.PAGE_SIZE;
    private static final int LENGTH = 4 * PAGE + 100;

    @TempDir
    private Path directory;

    @Test
    void shouldPunchAHoleOrSayThatItCanNot() throws IOException
    {
        final byte[] bytes = ones();
        final Path path = Files.write(directory.resolve("file"), bytes);
        try (SparseFile file = SparseFile.open(path))
        {
            assertEquals(file.hasHoles(), file.punchHole(PAGE - 10, 2 * PAGE));
            if (file.hasHoles())
            {
                Arrays.fill(bytes, PAGE - 10, 3 * PAGE - 10, (byte)0);
            }
            // Neither a range behind the end nor one across it makes the file longer.
            file.punchHole(LENGTH, PAGE);
            assertEquals(file.hasHoles(), file.punchHole(LENGTH - 10, PAGE));
            Arrays.fill(bytes, LENGTH - 10, LENGTH, (byte)(file.hasHoles() ? 0 : 1));
        }
        assertArrayEquals(bytes, Files.readAllBytes(path));
    }

    @Test
    void shouldGiveTheSpaceBack() throws IOException
    {
        final Path path = Files.write(directory.resolve("file"), ones());
        try (SparseFile file = SparseFile.open(path))
        {
            final long before = blocks(path);
            assertTrue(!file.punchHole(0, 4 * PAGE) || blocks(path) < before, "blocks before: " + before);
        }
    }

    @Test
    void shouldZeroARangeOrSayThatItCanNot() throws IOException
    {
        final byte[] bytes = ones();
        final Path path = Files.write(directory.resolve("file"), bytes);
        try (SparseFile file = SparseFile.open(path))
        {
            if (file.zeroRange(7, PAGE))
            {
                Arrays.fill(bytes, 7, 7 + PAGE, (byte)0);
            }
        }
        assertArrayEquals(bytes, Files.readAllBytes(path));
    }

    @Test
    void shouldLeadToTheVeryFileAlsoWhenItsPathLeadsElsewhere() throws IOException
    {
        final Path path = Files.write(directory.resolve("file"), ones());
        try (SparseFile file = SparseFile.open(path))
        {
            Files.move(path, directory.resolve("moved"));
            Files.write(path, new byte[3]);
            assertArrayEquals(ones(), Files.readAllBytes(file.path()));
        }
    }

    @Test
    void shouldSayWhyAFileCanNotBeOpened()
    {
        final ErrnoException e =
            assertThrows(ErrnoException.class, () -> SparseFile.open(directory.resolve("nothing")));
        assertEquals(Errno.ENOENT, e.errno());
        assertEquals("open", e.call());
    }

    @Test
    void shouldRefuseARangeThatCanNotBe() throws IOException
    {
        final Path path = Files.write(directory.resolve("file"), ones());
        try (SparseFile file = SparseFile.open(path))
        {
            assertTrue(file.hasHoles() || !file.punchHole(0, 1));
            final ErrnoException e = assertThrows(ErrnoException.class, () -> file.zeroRange(-1, 1));
            assertEquals(Errno.EINVAL, e.errno());
        }
    }

    private static byte[] ones()
    {
        final byte[] bytes = new byte[LENGTH];
        Arrays.fill(bytes, (byte)1);
        return bytes;
    }

    /** Java has no st_blocks. */
    private static long blocks(final Path path) throws IOException
    {
        final Process stat = new ProcessBuilder("stat", "-c", "%b", path.toString()).start();
        return Long.parseLong(new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).trim());
    }
}
