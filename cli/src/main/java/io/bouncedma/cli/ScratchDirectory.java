/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A directory for this process alone that goes when the process ends, however it is asked to end.
 */
final class ScratchDirectory implements AutoCloseable
{
    /** What the names of all scratch directories begin with. */
    static final String PREFIX = "bounce-dma-";

    private final Path path;
    private final Thread hook;

    ScratchDirectory() throws IOException
    {
        path = Files.createTempDirectory(PREFIX);
        hook = new Thread(this::delete, "scratch");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    Path path()
    {
        return path;
    }

    @Override
    public void close()
    {
        delete();
        try
        {
            Runtime.getRuntime().removeShutdownHook(hook);
        }
        catch (final IllegalStateException e)
        {
            // The process is ending already: the hook has nothing left to do.
            Thread.onSpinWait();
        }
    }

    private synchronized void delete()
    {
        final File[] files = path.toFile().listFiles();
        if (null != files)
        {
            for (final File file : files)
            {
                deleteFile(file.toPath());
            }
        }
        deleteFile(path);
    }

    private static void deleteFile(final Path file)
    {
        try
        {
            Files.deleteIfExists(file);
        }
        catch (final IOException e)
        {
            System.err.println("bounce-dma: can not delete " + file + ": " + e.getMessage());
        }
    }
}
