/*
 * Copyright 2026 The bounce-dma authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.bouncedma.os;

import java.io.IOException;
import java.nio.file.FileSystemException;

/**
 * Names the file of a failure: the JDK does so when opening one fails, but not when reading or writing does.
 */
public final class FileErrors
{
    private FileErrors()
    {
    }

    /**
     * A failure that tells which file it is about.
     *
     * @param file    as the user knows it.
     * @param failure of reading or writing it.
     * @return the same failure if it names a file already, else one with the name before what it says, and with it as
     *     its cause.
     */
    public static FileSystemException named(final Object file, final IOException failure)
    {
        if (failure instanceof final FileSystemException named)
        {
            return named;
        }
        final FileSystemException named = new FileSystemException(file.toString(), null, failure.getMessage());
        named.initCause(failure);
        return named;
    }
}
