/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli.peers;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A raw image of zeros, on which a device keeps what the guest writes.
 *
 * @param path of the file.
 */
record DiskImage(Path path)
{
    /** What blk-verify needs. */
    static final long LENGTH = 128 << 20;
    private static final Pattern CLAIM = Pattern.compile("raw offset=(\\d+) length=(\\d+) sha256=(\\p{XDigit}{64})");

    /**
     * Make one.
     *
     * @param directory where.
     * @param name      of the file.
     */
    static DiskImage create(final Path directory, final String name) throws IOException
    {
        final Path path = directory.resolve(name);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))
        {
            channel.write(ByteBuffer.allocate(1), LENGTH - 1);
        }
        return new DiskImage(path);
    }

    /**
     * Compare it with what the guest says that it wrote past all file systems.
     *
     * @param output of blk-verify or blk-soak.
     */
    void assertHolds(final String output) throws IOException
    {
        final Matcher claim = CLAIM.matcher(output);
        assertTrue(claim.find(), output);
        final ByteBuffer bytes = read(Long.parseLong(claim.group(1)), Integer.parseInt(claim.group(2)));
        assertEquals(claim.group(3), sha256(bytes), "the image does not hold what the guest wrote: " + claim.group());
    }

    /**
     * Make it longer, with zeros.
     *
     * @param length in bytes.
     */
    void grow(final long length) throws IOException
    {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw"))
        {
            file.setLength(length);
        }
    }

    /**
     * Turn over each bit of a part.
     *
     * @param offset of its first byte.
     * @param length of it.
     */
    void spoil(final long offset, final int length) throws IOException
    {
        final ByteBuffer bytes = read(offset, length);
        for (int i = 0; i < length; i++)
        {
            bytes.put(i, (byte)~bytes.get(i));
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE))
        {
            channel.write(bytes, offset);
        }
    }

    private ByteBuffer read(final long offset, final int length) throws IOException
    {
        final ByteBuffer bytes = ByteBuffer.allocate(length);
        try (FileChannel channel = FileChannel.open(path))
        {
            while (bytes.hasRemaining() && channel.read(bytes, offset + bytes.position()) >= 0)
            {
                continue;
            }
        }
        assertEquals(length, bytes.position(), "the image ends early");
        return bytes.flip();
    }

    private static String sha256(final ByteBuffer bytes)
    {
        try
        {
            final MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes);
            return HexFormat.of().formatHex(digest.digest());
        }
        catch (final NoSuchAlgorithmException e)
        {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
