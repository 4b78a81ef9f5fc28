/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import io.bouncedma.os.FileErrors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * SHA-256 of what passes.
 */
final class Sha256
{
    private static final int CHUNK = 1 << 20;

    private final MessageDigest digest;

    Sha256()
    {
        try
        {
            digest = MessageDigest.getInstance("SHA-256");
        }
        catch (final NoSuchAlgorithmException e)
        {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    void update(final ByteBuffer bytes)
    {
        digest.update(bytes);
    }

    String hex()
    {
        return HexFormat.of().formatHex(digest.digest());
    }

    static String ofFile(final Path path, final long length) throws IOException
    {
        final Sha256 hash = new Sha256();
        final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ))
        {
            long left = length;
            while (left > 0)
            {
                chunk.clear().limit((int)Math.min(CHUNK, left));
                final int count = channel.read(chunk);
                if (count < 0)
                {
                    break;
                }
                left -= count;
                hash.update(chunk.flip());
            }
        }
        catch (final IOException e)
        {
            throw FileErrors.named(path, e);
        }
        return hash.hex();
    }
}
