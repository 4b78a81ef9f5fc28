/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * A file to travel when the user gives none: the same pseudo-random bytes every time.
 */
final class SampleFile
{
    static final int LENGTH = 64 << 20;

    private static final long SEED = 20200428L;
    private static final int CHUNK = 1 << 20;

    private SampleFile()
    {
    }

    /**
     * Write it.
     *
     * @param path of a new file, in the directory for temporary files.
     * @throws FailureException if it can not be.
     */
    static void write(final Path path)
    {
        final SplittableRandom random = new SplittableRandom(SEED);
        final byte[] chunk = new byte[CHUNK];
        try (OutputStream out = Files.newOutputStream(path))
        {
            for (int done = 0; done < LENGTH; done += CHUNK)
            {
                random.nextBytes(chunk);
                out.write(chunk);
            }
        }
        catch (final IOException e)
        {
            throw new FailureException("sample of " + ByteSize.describe(LENGTH) + " can not be written to " + path +
                ": " + Main.reason(e) + "; " + ScratchDirectory.ADVICE);
        }
    }
}
